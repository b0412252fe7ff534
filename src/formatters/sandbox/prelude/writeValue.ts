/**
 * Writes a formatter's value as JSON text by the server's rules (formatters §1.3): `undefined` and holes are null,
 * getters are called, `toJSON` is not, built-in objects have forms of their own.
 *
 * The server first copies the value (calling getters) and only then finds out what it cannot store. So a getter that
 * throws ends the writing here, while the rest is noted and reported after the formatter's own `errors`.
 */
import { createObject, enumerableKeys, getter, makeList, method, stringifyJson } from "./captured";
import { itemsOf, lengthOf, numbersIn, ownNames, pairsOf } from "./contents";
import { kindOf, unboxed } from "./kinds";

/** What the server finds only when it stores the value. */
export interface Findings {
  /** Paths and values such as `.a[1]: invalid NaN value`. */
  readonly numbers: string[];
  /** Why the value cannot be stored at all. */
  refusal: "" | "depth" | "function" | "panic";
  /** A Date, a BigInt or another object whose stored form means nothing. */
  readonly oddities: string[];
}

export function makeFindings(): Findings {
  return { numbers: makeList(), refusal: "", oddities: makeList() };
}

const maxDepth = 10_000;
const maxFindings = 20;
/** Seconds from year 1 to 1970, which the server's clock counts from. */
const secondsBefore1970 = 62_135_596_800;

interface Frame {
  readonly source: Record<string, unknown>;
  /** Undefined in a list, whose keys are its indices. */
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  next: number;
}

const timeOf = method(Date.prototype, "getTime");
const describeSymbol = getter(Symbol.prototype, "description");

/** Writes `keys` of `source` as an object, such as the `data` of a result. */
export function writeFields(source: object, keys: readonly string[], findings: Findings): string {
  const frames = makeList<Frame>();
  let text = open(frames, source, keys, keys.length);
  for (let depth = frames.length; depth > 0; depth = frames.length) {
    const frame = frames[depth - 1];
    if (frame === undefined) break;
    if (frame.next >= frame.length) {
      const end = frame.keys === undefined ? "]" : "}";
      text += end;
      frames.length = depth - 1;
      continue;
    }
    if (frame.next > 0) text += ",";
    const key = keyAt(frame, frame.next);
    frame.next += 1;
    const name = frame.keys === undefined ? "" : nameOf(key);
    const value = write(frames, frame.source[key], findings);
    // Adding a plain variable is what the engine does without copying the text so far.
    text += name;
    text += value;
  }
  return text;
}

/** Writes one value of any kind, as the only field of an object around it. */
export function writeAny(value: unknown, findings: Findings): string {
  const holder = createObject(null) as { "": unknown };
  holder[""] = value;
  const text = writeFields(holder, [""], findings);
  return sliceText(text, '{"":'.length, text.length - 1);
}

function keyAt({ keys }: Frame, index: number): string {
  return keys === undefined ? `${index}` : (keys[index] ?? "");
}

/** A formatter uses the same few keys again and again. */
let names = createObject(null) as Record<string, string>;
let nameCount = 0;
const maxNames = 1000;

function nameOf(key: string): string {
  const known = names[key];
  if (known !== undefined) return known;
  if (nameCount >= maxNames) {
    names = createObject(null) as Record<string, string>;
    nameCount = 0;
  }
  nameCount += 1;
  return (names[key] = `${stringifyJson(key)}:`);
}

/** Where the value is that is being written, such as `.a[1]`. */
function pathOf(frames: readonly Frame[]): string {
  let path = "";
  for (let index = 0; index < frames.length; index++) {
    const frame = frames[index];
    if (frame === undefined) break;
    const key = keyAt(frame, frame.next - 1);
    if (frame.keys === undefined) path += `[${key}]`;
    else if (index > 0 || key !== "") path += `.${key}`;
  }
  return path;
}

const sliceText = method3(String.prototype, "slice");

function method3(prototype: object, name: string) {
  const native = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  const { apply } = Reflect;
  return (self: string, from: number, to: number) => apply(native, self, [from, to]) as string;
}

function open(
  frames: Frame[],
  source: object,
  keys: readonly string[] | undefined,
  length: number,
): string {
  frames[frames.length] = {
    source: source as Record<string, unknown>,
    keys,
    length,
    next: 0,
  };
  return keys === undefined ? "[" : "{";
}

function write(frames: Frame[], value: unknown, findings: Findings): string {
  switch (typeof value) {
    case "string":
      return stringifyJson(value);
    case "number":
      return writeNumber(frames, value, findings);
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return "null";
    case "symbol":
      return stringifyJson((describeSymbol(value) as string | undefined) ?? "");
    case "bigint":
      add(findings.oddities, `${pathOf(frames)} is a BigInt`);
      return value < 0n ? '{"bool":true}' : '{"bool":false}';
    default:
      return value === null ? "null" : writeObject(frames, value as object, findings);
  }
}

function writeNumber(frames: Frame[], value: number, findings: Findings): string {
  if (value !== value || value === Infinity || value === -Infinity) {
    add(findings.numbers, `${pathOf(frames)}: invalid ${value} value`);
    return "null";
  }
  return value === 0 && 1 / value < 0 ? "-0" : `${value}`;
}

function writeObject(frames: Frame[], value: object, findings: Findings): string {
  if (findings.refusal !== "") return "null";
  if (frames.length >= maxDepth || isInItself(frames, value)) return refuse(findings, "depth");
  const kind = kindOf(value);
  switch (kind) {
    case "plain":
    case "view":
      return writeKeys(frames, value);
    case "list":
    case "arguments":
      return open(frames, value, undefined, (value as { length: number }).length);
    case "typedArray":
      return open(frames, numbersIn(value), undefined, lengthOf(value) as number);
    case "map":
      return openList(frames, pairsOf(value));
    case "set":
      return openList(frames, itemsOf(value));
    case "boxed":
      return write(frames, unboxed(value), findings);
    case "boxedString":
      return open(frames, value, ...ownNames(value));
    case "date":
      add(findings.oddities, `${pathOf(frames)} is a Date`);
      return writeDate(timeOf(value) as number);
    case "buffer":
    case "promise":
      add(
        findings.oddities,
        `${pathOf(frames)} is ${kind === "buffer" ? "an ArrayBuffer" : "a Promise"}`,
      );
      return refuse(findings, "panic");
    case "proxy":
      return refuse(findings, "depth");
    case "function":
      return refuse(findings, "function");
  }
}

/** Finds a cycle long before the depth that ends it on the server; looks only at some depths, each twice the one before. */
function isInItself(frames: readonly Frame[], value: object): boolean {
  const depth = frames.length;
  if (depth < 64 || (depth & (depth - 1)) !== 0) return false;
  for (let index = 0; index < depth; index++) if (frames[index]?.source === value) return true;
  return false;
}

function refuse(findings: Findings, refusal: Findings["refusal"]): string {
  findings.refusal = refusal;
  return "null";
}

function writeKeys(frames: Frame[], value: object): string {
  const keys = enumerableKeys(value);
  return open(frames, value, keys, keys.length);
}

function openList(frames: Frame[], list: unknown[]): string {
  return open(frames, list, undefined, list.length);
}

/** What a Date looks like once the server stored its inner fields instead of its meaning. */
function writeDate(time: number): string {
  if (time !== time) return "null";
  const fraction = ((time % 1000) + 1000) % 1000;
  const seconds = (time - fraction) / 1000 + secondsBefore1970;
  const zone = '{"":null,"int64":0,"string":""}';
  return `{"uint64":${fraction * 1e6},"int64":${seconds},"":${zone}}`;
}

function add(list: string[], text: string): void {
  if (list.length < maxFindings) list[list.length] = text;
}
