/** The comparisons of an event filter: `decoded.soil."p.h" > 7`, `decoded.rooms[0].t < 5`, `decoded.rooms[*].t > 30`, `rssi < -110`. */
import type { JsonValue, Message, Undecodable } from "./messages";

export type Term = (message: Message | Undecodable) => boolean;
/** What a field holds in a message: nothing, one value, or those of all items of a list. */
type Reader = (message: Message | Undecodable) => readonly JsonValue[];

/** A field, quotes included, what to compare with, and the rest. */
const comparison = /^((?:"(?:[^"\\]|\\.)*"|[^"<>=!])+)(>=|<=|!=|[=><])(.*)$/s;

/** The term of a word with a comparison, or what is wrong with it; undefined for any other word. */
export function readComparison(
  word: string,
): { readonly holds: Term } | { readonly problem: string } | undefined {
  const [, path, operator = "", operand = ""] = comparison.exec(word) ?? [];
  if (path === undefined) return undefined;
  const read = readField(path);
  if (!read) {
    return {
      problem:
        'Compare decoded.<field>, fport, fcnt, rssi, snr, sf or gateways. A field\'s name with dots is in quotes: decoded."soil.t".',
    };
  }
  if (operand === "") return { problem: `Something to compare ${path} with is missing.` };
  if (operator === "=" || operator === "!=") {
    const equals = equality(operand);
    const isEqual: Term = (message) => read(message).some(equals);
    return { holds: operator === "=" ? isEqual : (message) => !isEqual(message) };
  }
  const limit = numberIn(unquoted(operand));
  const compare = comparisons[operator];
  if (limit === undefined || !compare) return { problem: `${operator} needs a number.` };
  return {
    holds: (message) =>
      read(message).some((value) => {
        const number = typeof value === "string" ? numberIn(value) : value;
        return typeof number === "number" && compare(number, limit);
      }),
  };
}

/** True for the name of something to compare that is not in the decoded payload. */
export function isField(name: string): boolean {
  return radioFields.has(name.toLowerCase());
}

/** Without its quotes; `\"` within them is a quote. */
export function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"/gs, (_, inner: string) =>
    inner.replace(/\\(["\\])/g, "$1"),
  );
}

/** A number that was sent as text counts as a number, unless the text to compare with is in quotes. */
function equality(operand: string): (value: JsonValue) => boolean {
  const text = unquoted(operand);
  const number = numberIn(text);
  const isText = operand.startsWith('"');
  return (value) => {
    if (typeof value === "number") return value === number;
    if (typeof value === "object" && value !== null) return false;
    if (String(value) === text) return true;
    return (
      !isText && number !== undefined && typeof value === "string" && numberIn(value) === number
    );
  };
}

/** The number that a text is, such as `21.30` or `-1e3`. */
function numberIn(text: string): number | undefined {
  return /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

const comparisons: Readonly<Record<string, ((a: number, b: number) => boolean) | undefined>> = {
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
};

/** One step into a value: `.name`, `."na.me"`, `[0]`, `["na.me"]`, or `[*]` for all items. */
const step = /\.?"((?:[^"\\]|\\.)*)"|\["((?:[^"\\]|\\.)*)"\]|\[(\d{1,6}|\*)\]|\.([^."[\]]+)/gsy;

function readField(path: string): Reader | undefined {
  const [root = ""] = /^[a-z]+/i.exec(path) ?? [];
  if (root.toLowerCase() !== "decoded" || root === path) return radioFields.get(path.toLowerCase());
  const names: string[] = [];
  let at = root.length;
  while (at < path.length) {
    step.lastIndex = at;
    const [whole = "", quoted, inBrackets, index, plain = ""] = step.exec(path) ?? [];
    if (whole === "") return undefined;
    names.push(index ?? plain + unquoted(`"${quoted ?? inBrackets ?? ""}"`));
    at += whole.length;
  }
  return (message) =>
    names.reduce<readonly JsonValue[]>(
      (values, name) => values.flatMap((value) => children(value, name)),
      decodedOf(message),
    );
}

/** Own fields and items only: `decoded.constructor` finds nothing that was not sent. */
function children(value: JsonValue, name: string): readonly JsonValue[] {
  if (typeof value !== "object" || value === null) return [];
  if (name === "*" && Array.isArray(value)) return value as readonly JsonValue[];
  if (!Object.hasOwn(value, name)) return [];
  const child = (value as Readonly<Record<string, JsonValue>>)[name];
  return child === undefined ? [] : [child];
}

function decodedOf(message: Message | Undecodable): readonly JsonValue[] {
  const decoded = decodedPayloadOf(message);
  return decoded === undefined ? [] : [decoded];
}

function decodedPayloadOf(message: Message | Undecodable): JsonValue | undefined {
  switch (message.kind) {
    case "uplink":
      return message.decodedPayload;
    case "uplinkNormalized":
      return message.normalizedPayload;
    case "downlinkQueued":
    case "downlinkSent":
    case "downlinkAck":
    case "downlinkNack":
      return message.downlink.decodedPayload;
    case "serviceData":
      return message.data;
    default:
      return undefined;
  }
}

const radioFields: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["fport", one((message) => ("fPort" in message ? message.fPort : downlinkPort(message)))],
  ["fcnt", one((message) => ("fCnt" in message ? message.fCnt : undefined))],
  ["rssi", one((message) => ("reception" in message ? message.reception.rssi : undefined))],
  ["snr", one((message) => ("reception" in message ? message.reception.snr : undefined))],
  [
    "gateways",
    one((message) => ("reception" in message ? message.reception.gatewayCount : undefined)),
  ],
  ["sf", one(spreadingFactor)],
]);

function one(read: (message: Message | Undecodable) => number | undefined): Reader {
  return (message) => {
    const value = read(message);
    return value === undefined ? [] : [value];
  };
}

function downlinkPort(message: Message | Undecodable): number | undefined {
  return "downlink" in message ? message.downlink?.fPort : undefined;
}

function spreadingFactor(message: Message | Undecodable): number | undefined {
  const dataRate = "dataRate" in message ? message.dataRate : undefined;
  return dataRate?.modulation === "LoRa" ? dataRate.spreadingFactor : undefined;
}
