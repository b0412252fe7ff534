/**
 * From what a user typed to the exact topic and JSON to publish, or to a message for each wrong field.
 * The server drops a bad downlink without a word, so all its rules are checked here. Source: tts-mqtt §6.
 */
import { isOwnCorrelationId, newCorrelationId } from "./correlation";
import {
  classBCToWire,
  isTooSoon,
  parseAttempts,
  parseClassBC,
  type ClassBC,
  type ClassBCInput,
} from "./downlinkOptions";
import { parseFields } from "./fieldsPayload";
import { parseBase64, parseHex, parseText, toBase64, type ParsedPayload } from "./framePayload";
import { isId, parseApplicationUid } from "./identifiers";
import { priorities, type JsonObject, type Priority } from "./messages";
import { downlinkTopic, type DownlinkOperation } from "./topics";

export const payloadFormats = ["hex", "base64", "text", "fields"] as const;
/** `fields` is a JSON object for the server's own downlink encoder. */
export type PayloadFormat = (typeof payloadFormats)[number];

/** One downlink as typed. `priority` defaults to NORMAL, which is then written out. */
export interface DownlinkItemInput {
  readonly fPort: number | string;
  readonly payloadFormat: PayloadFormat;
  readonly payload: string;
  readonly priority?: string;
  readonly confirmed?: boolean;
  /** Transmissions at most, of a confirmed downlink; empty or missing leaves it to the server. */
  readonly maximumAttempts?: number | string;
  /** Given, even without gateways and time, it keeps the downlink out of class A's receive windows. */
  readonly classBC?: ClassBCInput | undefined;
  readonly correlationIds?: readonly string[];
  /** An empty frame is legal but rarely meant: it must be chosen. */
  readonly allowEmpty?: boolean;
}

export interface DownlinkInput {
  readonly applicationUid: string;
  readonly deviceId: string;
  /** Defaults to `push`. Replacing with no items clears the queue. */
  readonly operation?: DownlinkOperation;
  readonly downlinks: readonly DownlinkItemInput[];
}

export type DownlinkField =
  | "application"
  | "device"
  | "downlinks"
  | "fPort"
  | "payload"
  | "priority"
  | "maximumAttempts"
  | "gateways"
  | "absoluteTime"
  | "correlationIds";

/** What is wrong with one field; `item` is the index into `downlinks`, -1 for the whole. */
export interface FieldError {
  readonly item: number;
  readonly field: DownlinkField;
  readonly message: string;
}

/** One downlink as it will be published. `bytes` is undefined when the server's encoder makes them. */
export interface PreparedDownlink {
  readonly fPort: number;
  readonly bytes: Uint8Array | undefined;
  readonly fields: JsonObject | undefined;
  readonly priority: Priority;
  readonly confirmed: boolean;
  /** Undefined leaves it to the server. */
  readonly maximumAttempts?: number | undefined;
  readonly classBC?: ClassBC | undefined;
  /** Ours; the user's own follow in `userCorrelationIds`. */
  readonly correlationId: string;
  readonly userCorrelationIds: readonly string[];
}

export interface PreparedPublish {
  readonly topic: string;
  /** JSON text. */
  readonly payload: string;
  readonly downlinks: readonly PreparedDownlink[];
}

/** Largest frame payload that any data rate of EU868 or US915 can carry (tts-mqtt §6.4). Bytes. */
export const maximumFramePayload = 242;
/** What fits at the slowest data rate of EU868 beside a MAC command (tts-mqtt §6.4, real-traffic 14). Bytes. */
export const slowestDataRatePayload = 50;
const maximumItems = 50;
const maximumCorrelationIds = 10;

/** Checks everything and builds the publish. `createId` is called once per downlink; `now` in milliseconds since 1970. */
export function buildDownlink(
  input: DownlinkInput,
  createId: () => string = newCorrelationId,
  now = Date.now(),
): PreparedPublish | { readonly errors: readonly FieldError[] } {
  const operation = input.operation ?? "push";
  const errors: FieldError[] = [];
  if (parseApplicationUid(input.applicationUid) === undefined) {
    errors.push({ item: -1, field: "application", message: "Not an application id." });
  }
  if (!isId(input.deviceId)) {
    errors.push({ item: -1, field: "device", message: deviceIdProblem(input.deviceId) });
  }
  if (input.downlinks.length === 0 && operation === "push") {
    errors.push({ item: -1, field: "downlinks", message: "Nothing to send." });
  }
  if (input.downlinks.length > maximumItems) {
    errors.push({ item: -1, field: "downlinks", message: `At most ${maximumItems} at once.` });
    return { errors };
  }
  const downlinks = input.downlinks.map((item, index) => {
    const fail = (field: DownlinkField, message: string) =>
      errors.push({ item: index, field, message });
    return prepare(item, fail, createId, now);
  });
  if (errors.length > 0) return { errors };
  const complete = downlinks.filter((downlink) => downlink !== undefined);
  return {
    topic: downlinkTopic(input.applicationUid, input.deviceId, operation),
    payload: JSON.stringify({ downlinks: complete.map(toWire) }),
    downlinks: complete,
  };
}

/** In words what is wrong with an end device id. */
export function deviceIdProblem(text: string): string {
  if (text === "") return "Choose or type an end device id.";
  return "An end device id has 3 to 36 characters: a to z, 0 to 9 and single dashes inside.";
}

/** The FPort as a number, or what is wrong with it. Applications may use 1 to 223. */
export function parseFPort(value: number | string): { fPort: number } | { problem: string } {
  const text = String(value);
  if (text === "") return { problem: "Enter the FPort, 1 to 223." };
  if (!/^[0-9]{1,6}$/.test(text)) return { problem: "FPort is a whole number from 1 to 223." };
  const fPort = Number(text);
  if (fPort === 0) return { problem: "FPort 0 belongs to the network. Use 1 to 223." };
  if (fPort > 223) return { problem: "FPort 224 and above are reserved. Use 1 to 223." };
  return { fPort };
}

/** The payload in one of its forms, or what is wrong with it. */
export function parsePayload(
  format: PayloadFormat,
  text: string,
): ParsedPayload | { readonly fields: JsonObject } {
  switch (format) {
    case "hex":
      return parseHex(text);
    case "base64":
      return parseBase64(text);
    case "text":
      return parseText(text);
    case "fields":
      return parseFields(text);
  }
}

type Fail = (field: DownlinkField, message: string) => void;

/** Undefined only when something was told to `fail`. */
function prepare(
  item: DownlinkItemInput,
  fail: Fail,
  createId: () => string,
  now: number,
): PreparedDownlink | undefined {
  const port = parseFPort(item.fPort);
  if ("problem" in port) fail("fPort", port.problem);
  const payload = parsePayload(item.payloadFormat, item.payload);
  const payloadMessage = payloadProblem(payload, item.allowEmpty === true);
  if (payloadMessage !== undefined) fail("payload", payloadMessage);
  const priority = priorities.find((name) => name === (item.priority ?? "NORMAL"));
  if (priority === undefined) fail("priority", `One of ${priorities.join(", ")}.`);
  const userCorrelationIds = item.correlationIds ?? [];
  const idsMessage = correlationIdsProblem(userCorrelationIds);
  if (idsMessage !== undefined) fail("correlationIds", idsMessage);
  const options = prepareOptions(item, fail, now);
  if ("problem" in port || "problem" in payload || !priority || !options) return undefined;
  return {
    fPort: port.fPort,
    bytes: "bytes" in payload ? payload.bytes : undefined,
    fields: "fields" in payload ? payload.fields : undefined,
    priority,
    confirmed: item.confirmed === true,
    ...options,
    correlationId: createId(),
    userCorrelationIds,
  };
}

function prepareOptions(
  { confirmed, maximumAttempts, classBC }: DownlinkItemInput,
  fail: Fail,
  now: number,
): Pick<PreparedDownlink, "maximumAttempts" | "classBC"> | undefined {
  // Only a confirmed downlink is tried again; what was typed for one may stay in a form.
  const retry = parseAttempts(confirmed === true ? (maximumAttempts ?? "") : "");
  if ("problem" in retry) fail("maximumAttempts", retry.problem);
  const parsed = classBC && parseClassBC(classBC, now);
  if (parsed && "problem" in parsed) fail(parsed.field, parsed.problem);
  if ("problem" in retry || (parsed && "problem" in parsed)) return undefined;
  return { maximumAttempts: retry.attempts, classBC: parsed };
}

/** True when the time asked for has come too near while the downlink waited to be sent. */
export function isPastItsTime({ downlinks }: PreparedPublish, now: number): boolean {
  return downlinks.some(({ classBC }) => classBC !== undefined && isTooSoon(classBC, now));
}

function payloadProblem(
  payload: ReturnType<typeof parsePayload>,
  allowEmpty: boolean,
): string | undefined {
  if ("problem" in payload) return payload.problem;
  if ("fields" in payload) return undefined;
  if (payload.bytes.length === 0 && !allowEmpty) {
    return "Enter a payload, or choose to send an empty frame.";
  }
  if (payload.bytes.length > maximumFramePayload) {
    return `${payload.bytes.length} bytes: at most ${maximumFramePayload} fit into a frame.`;
  }
  return undefined;
}

function correlationIdsProblem(ids: readonly string[]): string | undefined {
  if (ids.length > maximumCorrelationIds)
    return `At most ${maximumCorrelationIds} correlation ids.`;
  for (const id of ids) {
    if (id === "") return "A correlation id is empty.";
    if (id.length > 100) return "A correlation id has at most 100 characters.";
    if (!/^[\x21-\x7e]+$/.test(id)) {
      return "Correlation ids are written in printable ASCII without spaces.";
    }
    // One of another downlink of ours would make the server's answers count for both.
    if (isOwnCorrelationId(id)) return "Ids in this form are added by the extension itself.";
  }
  if (new Set(ids).size < ids.length) return "A correlation id is there twice.";
  return undefined;
}

/**
 * The payload's fields on the wire. No bytes at all are an empty frame only beside fields: alone the server drops the
 * downlink without a word (real-traffic 22). A payload formatter there may make bytes of these fields; `queued` tells.
 */
export function payloadToWire({
  bytes,
  fields,
}: Partial<Pick<PreparedDownlink, "bytes" | "fields">>): JsonObject {
  if (bytes === undefined) return { decoded_payload: fields ?? {} };
  if (bytes.length === 0) return { frm_payload: "", decoded_payload: emptyFrameFields };
  return { frm_payload: toBase64(bytes) };
}

/** An object without fields does not arrive as one (real-traffic 32). */
const emptyFrameFields = { empty: true };

/** What to know before an empty frame is sent. */
export const emptyFrameNote =
  "The server takes an empty frame only beside fields. A payload formatter on the server that encodes downlinks may make bytes of them: the answer shows what was queued.";

function toWire(downlink: PreparedDownlink): object {
  return {
    f_port: downlink.fPort,
    ...payloadToWire(downlink),
    priority: downlink.priority,
    ...(downlink.confirmed ? { confirmed: true } : {}),
    // Without `attempt` the server counts from 0 and sends once more (tts-mqtt §6.2).
    ...(downlink.maximumAttempts === undefined
      ? {}
      : { confirmed_retry: { attempt: 1, max_attempts: downlink.maximumAttempts } }),
    ...(downlink.classBC === undefined ? {} : { class_b_c: classBCToWire(downlink.classBC) }),
    correlation_ids: [...downlink.userCorrelationIds, downlink.correlationId],
  };
}
