/**
 * A filter over events as one types it: `kind:up,join device:pump* -device:pump-9 decoded.temperature > 30 valve`. All
 * terms must hold; a minus turns a term round; `is:trouble` is all that went wrong; a word without colon or comparison must stand in the event's line.
 */
import { describe, eventLabel, type EventLabel } from "./describe";
import { globMatches } from "../util/glob";
import type { JsonValue, Message, Undecodable, Uplink } from "./messages";

export interface EventFilter {
  /** The text it was made from. */
  readonly text: string;
  matches(message: Message | Undecodable): boolean;
}

type Term = (message: Message | Undecodable) => boolean;

const labels: readonly EventLabel[] = ["UP", "NORM", "JOIN", "DOWN", "LOC", "DATA", "BAD"];
const maximumText = 500;
const maximumTerms = 20;

/** Reads a filter, or says in words which part cannot be understood. */
export function parseEventFilter(text: string): EventFilter | { readonly problem: string } {
  if (text.length > maximumText) return { problem: "Longer than a filter can be." };
  const words = tokens(text);
  if (words.length > maximumTerms) return { problem: `At most ${maximumTerms} conditions.` };
  const terms: Term[] = [];
  for (const word of words) {
    const isNegated = word.startsWith("-") && word.length > 1;
    const term = readTerm(isNegated ? word.slice(1) : word);
    if ("problem" in term) return term;
    const { holds } = term;
    terms.push(isNegated ? (message) => !holds(message) : holds);
  }
  return { text, matches: (message) => terms.every((term) => term(message)) };
}

/** Words; quotes hold a text with spaces together, and spaces around a comparison do not count. */
function tokens(text: string): string[] {
  const tight = text.replace(/\s*(>=|<=|!=|=|>|<)\s*/g, "$1");
  return tight.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}

function readTerm(word: string): { readonly holds: Term } | { readonly problem: string } {
  const comparison = /^([\w.-]+)(>=|<=|!=|=|>|<)(.*)$/.exec(word);
  if (comparison) {
    const [, path = "", operator = "", operand = ""] = comparison;
    return readComparison(path, operator, operand.replaceAll('"', ""));
  }
  const [, name, list] = /^(kind|device):(.*)$/.exec(word) ?? [];
  if (word.toLowerCase() === "is:trouble") return { holds: isTrouble };
  if (name === "kind") return readKinds(list ?? "");
  if (name === "device") return readDevices(list ?? "");
  const wanted = word.replaceAll('"', "").toLowerCase();
  return { holds: (message) => lineOf(message).includes(wanted) };
}

/** What went wrong: on the way here, on the server or on the air. */
function isTrouble(message: Message | Undecodable): boolean {
  switch (message.kind) {
    case "undecodable":
    case "downlinkFailed":
    case "downlinkNack":
    case "downlinkQueueInvalidated":
      return true;
    case "uplink":
      return message.problems.length > 0 || message.warnings.length > 0 || hasWarnings(message);
    case "uplinkNormalized":
      return message.problems.length > 0 || hasWarnings(message);
    case "downlinkQueued":
      return message.problems.length > 0 || (message.downlink.warnings?.length ?? 0) > 0;
    default:
      return message.problems.length > 0;
  }
}

/** The normalizer's. */
function hasWarnings({ normalizedWarnings = [] }: Pick<Uplink, "normalizedWarnings">): boolean {
  return normalizedWarnings.length > 0;
}

function readKinds(list: string): { readonly holds: Term } | { readonly problem: string } {
  const wanted = list.toUpperCase().split(",");
  const unknown = wanted.find((kind) => !labels.some((label) => label === kind));
  if (unknown !== undefined) return { problem: `Kinds are ${labels.join(", ").toLowerCase()}.` };
  return { holds: (message) => wanted.includes(eventLabel(message)) };
}

function readDevices(list: string): { readonly holds: Term } | { readonly problem: string } {
  const patterns = list.toLowerCase().split(",");
  if (patterns.some((pattern) => !/^[a-z0-9*-]+$/.test(pattern))) {
    return { problem: "After device: comes an end device id, * stands for any characters." };
  }
  return {
    holds: ({ deviceId = "" }) => patterns.some((pattern) => globMatches(pattern, deviceId)),
  };
}

function readComparison(
  path: string,
  operator: string,
  operand: string,
): { readonly holds: Term } | { readonly problem: string } {
  const read = readField(path);
  if (!read) {
    return { problem: "Compare decoded.<field>, fport, fcnt, rssi, snr, sf or gateways." };
  }
  if (operand === "") return { problem: `Something to compare ${path} with is missing.` };
  const number = Number(operand);
  if (operator === "=" || operator === "!=") {
    const isEqual: Term = (message) => {
      const value = read(message);
      if (typeof value === "number") return value === number;
      return (typeof value === "object" ? undefined : String(value)) === operand;
    };
    return { holds: operator === "=" ? isEqual : (message) => !isEqual(message) };
  }
  if (Number.isNaN(number)) return { problem: `${operator} needs a number.` };
  const compare = comparisons[operator];
  return {
    holds: (message) => {
      const value = read(message);
      return typeof value === "number" && compare?.(value, number) === true;
    },
  };
}

const comparisons: Readonly<Record<string, ((a: number, b: number) => boolean) | undefined>> = {
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
};

type Reader = (message: Message | Undecodable) => JsonValue | undefined;

function readField(path: string): Reader | undefined {
  const [root = "", ...names] = path.split(".");
  if (root.toLowerCase() === "decoded" && names.length > 0) {
    return (message) => names.reduce(child, decodedOf(message));
  }
  return radioFields.get(path.toLowerCase());
}

/** An own field only: `decoded.constructor` finds nothing that was not sent. */
function child(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[name];
}

function decodedOf(message: Message | Undecodable): JsonValue | undefined {
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
  ["fport", (message) => ("fPort" in message ? message.fPort : downlinkPort(message))],
  ["fcnt", (message) => ("fCnt" in message ? message.fCnt : undefined)],
  ["rssi", (message) => ("reception" in message ? message.reception.rssi : undefined)],
  ["snr", (message) => ("reception" in message ? message.reception.snr : undefined)],
  ["gateways", (message) => ("reception" in message ? message.reception.gatewayCount : undefined)],
  ["sf", spreadingFactor],
]);

function downlinkPort(message: Message | Undecodable): number | undefined {
  return "downlink" in message ? message.downlink?.fPort : undefined;
}

function spreadingFactor(message: Message | Undecodable): number | undefined {
  const dataRate = "dataRate" in message ? message.dataRate : undefined;
  return dataRate?.modulation === "LoRa" ? dataRate.spreadingFactor : undefined;
}

function lineOf(message: Message | Undecodable): string {
  return `${eventLabel(message)} ${message.deviceId ?? ""} ${describe(message)}`.toLowerCase();
}
