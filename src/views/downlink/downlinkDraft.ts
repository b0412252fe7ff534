/** From the draft in the downlink panel to what is published, and to the preview of it. */
import {
  buildDownlink,
  emptyFrameNote,
  maximumFramePayload,
  parsePayload,
  type DownlinkInput,
  type FieldError,
  type PreparedDownlink,
} from "../../stack/downlink";
import { toWireTime } from "../../stack/downlinkOptions";
import {
  parseHex,
  parseText,
  toBase64,
  toHex,
  toSpacedHex,
  toText,
} from "../../stack/framePayload";
import { isId } from "../../stack/identifiers";
import type { PayloadLimit } from "../../stack/payloadLimit";
import { visible } from "../../stack/visible";
import type {
  ByteFormat,
  Draft,
  DownlinkPreview,
  DraftDownlink,
  Operation,
  Preview,
} from "../../protocol/downlinkPage";
import { fittingWords, limitFor, type Window } from "./fittingWords";

/** Where a draft goes. `applicationUid` is undefined when no known application is chosen. */
export interface DraftTarget {
  readonly applicationUid: string | undefined;
  readonly deviceId: string;
  /** True if the end device was seen in the application's traffic. */
  readonly isKnownDevice: boolean;
  /** At the data rate of its last uplink. */
  readonly payloadLimit: PayloadLimit | undefined;
}

export interface CheckedDraft {
  readonly preview: Omit<Preview, "revision">;
  /** In full, for copying; the preview's own may be cut. Undefined while there are problems. */
  readonly publish: { readonly topic: string; readonly body: string } | undefined;
  /** None while there are problems. */
  readonly downlinks: readonly PreparedDownlink[];
}

const nameOf: Readonly<Record<ByteFormat, string>> = { hex: "Hex", base64: "Base64", text: "Text" };
/** Characters of JSON that the panel shows. */
const maximumShownBody = 100_000;

/** Checks a draft for `push`. `createId` is called once per downlink, in order, when all is well. */
export function checkDraft(
  draft: Draft,
  target: DraftTarget,
  createId: () => string,
  now: number,
): CheckedDraft {
  const built = buildDownlink(toDownlinkInput(draft, target, "push"), createId, now);
  const publish =
    "errors" in built
      ? undefined
      : { topic: built.topic, body: JSON.stringify(JSON.parse(built.payload), null, 2) };
  const preview = {
    downlinks: draft.downlinks.map((each) => previewDownlink(each, target.payloadLimit)),
    problems: "errors" in built ? built.errors.map(toProblem) : [],
    deviceWarning: deviceWarning(target),
    publish: publish && { topic: publish.topic, body: cutBody(publish.body) },
  };
  return { preview, publish, downlinks: "errors" in built ? [] : built.downlinks };
}

/** How many problems stand against an operation. Clearing needs only a target. */
export function countProblems(problems: Preview["problems"], operation: Operation): number {
  if (operation !== "clear") return problems.length;
  return problems.filter(({ field }) => field === "application" || field === "device").length;
}

/** What the validator and publisher of `stack/downlink` take. Clearing is replacing with nothing. */
export function toDownlinkInput(
  draft: Draft,
  target: DraftTarget,
  operation: Operation,
): DownlinkInput {
  return {
    applicationUid: target.applicationUid ?? "",
    deviceId: target.deviceId,
    operation: operation === "push" ? "push" : "replace",
    downlinks:
      operation === "clear"
        ? []
        : draft.downlinks.map((downlink) => ({
            fPort: downlink.fPort,
            payloadFormat: downlink.format,
            payload: shownPayload(downlink).text,
            priority: downlink.priority,
            confirmed: downlink.confirmed,
            maximumAttempts: downlink.maximumAttempts.trim(),
            classBC: toClassBC(downlink),
            correlationIds: splitIds(downlink.correlationIds),
            allowEmpty: downlink.allowEmpty,
          })),
  };
}

/**
 * What stands in the payload box, which is what will be sent: the bytes typed in another format if they can be shown in
 * this one, otherwise what was typed here before. `hint` says why something could not be converted.
 */
export function shownPayload(downlink: DraftDownlink): { text: string; hint?: string } {
  const { format, typedAs, texts } = downlink;
  const own = texts[format];
  const source = texts[typedAs];
  if (format === "fields" || format === typedAs || source.trim() === "") return { text: own };
  const kept = `What you typed is kept under ${nameOf[typedAs]}.`;
  const parsed = parsePayload(typedAs, source);
  if (!("bytes" in parsed)) return { text: own, hint: `Not converted: it has an error. ${kept}` };
  const text = bytesAs(parsed.bytes, format);
  if (text === undefined) {
    return { text: own, hint: `Not converted: these bytes are no plain text. ${kept}` };
  }
  return { text };
}

/** The bytes in a format that reads back to the same bytes, or undefined. */
function bytesAs(bytes: Uint8Array, format: ByteFormat): string | undefined {
  if (format === "hex") return toSpacedHex(bytes);
  if (format === "base64") return toBase64(bytes);
  const text = toText(bytes);
  // A text box changes line ends; other control characters and a byte order mark cannot be seen in it.
  if (text === undefined || /[^\P{Cc}\n\t]|\uFEFF/u.test(text)) return undefined;
  const back = parseText(text);
  return "bytes" in back && toHex(back.bytes) === toHex(bytes) ? text : undefined;
}

function toClassBC({ classBC, gateways, absoluteTime }: DraftDownlink) {
  if (!classBC) return undefined;
  return { gateways: splitIds(gateways), absoluteTime: absoluteTime.trim() };
}

/** The options of a downlink as they would be typed. */
export function typedOptions({
  maximumAttempts,
  classBC,
}: PreparedDownlink): Pick<
  DraftDownlink,
  "maximumAttempts" | "classBC" | "gateways" | "absoluteTime"
> {
  const time = classBC?.absoluteTime;
  return {
    maximumAttempts: maximumAttempts === undefined ? "" : String(maximumAttempts),
    classBC: classBC !== undefined,
    gateways: classBC?.gateways.join(", ") ?? "",
    // A time that has passed stands there as a problem: the user decides on another.
    absoluteTime: time === undefined ? "" : toWireTime(time),
  };
}

function previewDownlink(
  downlink: DraftDownlink,
  payloadLimit: PayloadLimit | undefined,
): DownlinkPreview {
  const { text: shown, hint } = shownPayload(downlink);
  const hints = hint === undefined ? [] : [hint];
  if (downlink.format === "fields") {
    hints.push(
      "The server's payload formatter makes the bytes. Without one it queues an empty frame.",
    );
  }
  const parsed = parsePayload(downlink.format, shown);
  if (!("bytes" in parsed)) return { texts: {}, shown, hints, warnings: [] };
  const { bytes } = parsed;
  const byteCount = bytes.length;
  const window = windowOf(downlink);
  const limit = payloadLimit && limitFor(payloadLimit, window);
  if (byteCount > maximumFramePayload) {
    return { byteCount, limit, texts: {}, shown, hints, warnings: [] };
  }
  const fitting = fittingWords(byteCount, payloadLimit, window);
  hints.push(...fitting.hints);
  if (byteCount === 0 && downlink.allowEmpty) hints.push(emptyFrameNote);
  if (downlink.format === "base64") hints.push(...hexTrap(shown, bytes));
  const text = toText(bytes);
  return {
    byteCount,
    limit,
    texts: { hex: toSpacedHex(bytes), base64: toBase64(bytes), text: bytesAs(bytes, "text") },
    visibleText: text === undefined ? undefined : visible(text),
    shown,
    hints,
    warnings: fitting.warnings,
  };
}

/** Only what is kept out of class A's windows is surely sent without an uplink before it. */
export function windowOf({ classBC }: Pick<DraftDownlink, "classBC">): Window {
  return classBC ? "atOnce" : "afterUplink";
}

/** Hex text is valid base64 of other bytes (tts-mqtt §6.1). */
function hexTrap(shown: string, bytes: Uint8Array): string[] {
  const asHex = parseHex(shown);
  if (bytes.length === 0 || !("bytes" in asHex)) return [];
  return [`This reads as hex, too. Read as base64 it is ${toSpacedHex(bytes)}.`];
}

function splitIds(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

function toProblem(error: FieldError): FieldError {
  return error.field === "application" ? { ...error, message: "Choose an application." } : error;
}

function deviceWarning(target: DraftTarget): string {
  if (target.isKnownDevice || target.applicationUid === undefined || !isId(target.deviceId)) {
    return "";
  }
  return (
    "Never seen in this application. If it does not exist there, the server drops the downlink " +
    "without a word."
  );
}

function cutBody(body: string): string {
  if (body.length <= maximumShownBody) return body;
  return `${body.slice(0, maximumShownBody).toWellFormed()}\n… cut here; Copy takes all of it.`;
}
