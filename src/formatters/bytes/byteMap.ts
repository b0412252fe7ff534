/**
 * Learns which fields depend on which bytes and bits of a frame: each is changed alone, and what the formatter then
 * decodes is compared with what it decodes of the frame as it is. It needs no notes in the formatter.
 */
import { isSame } from "../workbench/differences";
import type { DecodedUplink, FormatterAnswer, JsonObject, JsonValue } from "../formatter";

export type DecodeFrames = (
  frames: readonly Uint8Array[],
) => Promise<readonly FormatterAnswer<DecodedUplink>[]>;

/** What a change of some bits does. */
export interface Effect {
  /** Paths of fields whose value changes or that vanish: `air.temperature`, `values[0]`. */
  readonly fields: readonly string[];
  /** Paths of fields that only then appear. */
  readonly appearing: readonly string[];
  /** True when some change makes the formatter fail. */
  readonly canFail: boolean;
}

export interface ByteCell extends Effect {
  readonly value: number;
  /** Bit 7 first. */
  readonly bits: readonly Effect[];
}

export interface ByteMap {
  readonly bytes: readonly ByteCell[];
  /** Every field of the frame as it is, with its value. */
  readonly fields: ReadonlyMap<string, JsonValue>;
  /** Fields that change without any change of the frame, such as a time; they are left out of the effects. */
  readonly restless: readonly string[];
  readonly runs: number;
}

export interface ByteMapOptions {
  /** Between batches: true ends the search. */
  readonly isCancelled: () => boolean;
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** LoRaWAN's largest payload. Bytes. */
export const maximumFrame = 242;
const batch = 64;
/** Fields of one frame that are followed. */
const maximumFields = 500;
const maximumDepth = 16;

/** Changes each bit alone, and each byte to its complement, to 0 and to 255. */
export async function mapBytes(
  frame: Uint8Array,
  decode: DecodeFrames,
  { isCancelled, onProgress }: ByteMapOptions,
): Promise<ByteMap | { readonly problem: string } | "cancelled"> {
  if (frame.length === 0) return { problem: "The frame is empty." };
  if (frame.length > maximumFrame) {
    return {
      problem: `The frame has ${frame.length} bytes; LoRaWAN carries at most ${maximumFrame}.`,
    };
  }
  const [first, second] = await decode([frame, frame]);
  if (!first?.result || !second?.result) {
    return { problem: `The frame does not decode: ${first?.error?.message ?? "no answer"}` };
  }
  const fields = leaves(first.result.decoded_payload);
  const restless = changed(fields, leaves(second.result.decoded_payload)).fields;
  const changes = [...frame.keys()].flatMap((index) => changesOf(frame, index));
  const effects: Effect[] = [];
  for (let at = 0; at < changes.length; at += batch) {
    if (isCancelled()) return "cancelled";
    onProgress(at / changes.length);
    const some = changes.slice(at, at + batch);
    const answers = await decode(some.map(({ bytes }) => bytes));
    for (const index of some.keys()) effects.push(effectOf(fields, answers[index], restless));
  }
  const perByte = effects.length / frame.length;
  const bytes = [...frame].map((value, index): ByteCell => {
    const own = effects.slice(index * perByte, (index + 1) * perByte);
    return { value, bits: own.slice(0, 8), ...union(own) };
  });
  return { bytes, fields, restless, runs: changes.length + 2 };
}

/** True when no change of the byte changes anything. */
export function isUnused(effect: Effect): boolean {
  return effect.fields.length === 0 && effect.appearing.length === 0 && !effect.canFail;
}

function changesOf(frame: Uint8Array, index: number): readonly { readonly bytes: Uint8Array }[] {
  const value = frame[index] ?? 0;
  const bits = [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => value ^ (1 << bit));
  return [...bits, value ^ 0xff, 0, 0xff].map((changedValue) => {
    const bytes = Uint8Array.from(frame);
    bytes[index] = changedValue;
    return { bytes };
  });
}

function effectOf(
  before: ReadonlyMap<string, JsonValue>,
  answer: FormatterAnswer<DecodedUplink> | undefined,
  restless: readonly string[],
): Effect {
  if (!answer?.result) return { fields: [], appearing: [], canFail: true };
  const { fields, appearing } = changed(before, leaves(answer.result.decoded_payload));
  return { fields: fields.filter((path) => !restless.includes(path)), appearing, canFail: false };
}

function changed(
  before: ReadonlyMap<string, JsonValue>,
  after: ReadonlyMap<string, JsonValue>,
): Omit<Effect, "canFail"> {
  const fields = [...before].flatMap(([path, value]) => {
    const other = after.get(path);
    return other !== undefined && isSame(value, other) ? [] : [path];
  });
  return { fields, appearing: [...after.keys()].filter((path) => !before.has(path)) };
}

function union(effects: readonly Effect[]): Effect {
  return {
    fields: [...new Set(effects.flatMap(({ fields }) => fields))],
    appearing: [...new Set(effects.flatMap(({ appearing }) => appearing))].slice(0, maximumFields),
    canFail: effects.some(({ canFail }) => canFail),
  };
}

/** Every value that is no object or list, by its path; an empty one counts as a value. */
function leaves(payload: JsonObject): ReadonlyMap<string, JsonValue> {
  const found = new Map<string, JsonValue>();
  const visit = (value: JsonValue, path: string, depth: number): void => {
    if (found.size >= maximumFields) return;
    if (typeof value !== "object" || value === null || depth > maximumDepth) found.set(path, value);
    else if (Array.isArray(value)) {
      const list = value as readonly JsonValue[];
      if (list.length === 0) found.set(path, value);
      list.forEach((each, index) => visit(each, `${path}[${index}]`, depth + 1));
    } else {
      const entries = Object.entries(value as JsonObject);
      if (entries.length === 0 && path !== "") found.set(path, value);
      for (const [name, each] of entries)
        visit(each, path === "" ? name : `${path}.${name}`, depth + 1);
    }
  };
  visit(payload, "", 0);
  return found;
}
