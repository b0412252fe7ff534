/**
 * A filter over events as one types it: `kind:up,join device:pump* -device:pump-9 decoded.temperature > 30 valve`. All
 * terms must hold; a minus turns a term round; `is:trouble` is all that went wrong; a word without colon or comparison must stand in the event's line.
 */
import { describe, eventLabel, type EventLabel } from "./describe";
import { globMatches } from "../util/glob";
import { isField, readComparison, unquoted, type Term } from "./eventFields";
import type { Message, Undecodable, Uplink } from "./messages";

export interface EventFilter {
  /** The text it was made from. */
  readonly text: string;
  matches(message: Message | Undecodable): boolean;
}

const labels: readonly EventLabel[] = ["UP", "NORM", "JOIN", "DOWN", "LOC", "DATA", "BAD"];
const maximumText = 500;
const maximumTerms = 20;

/** Reads a filter, or says in words which part cannot be understood. */
export function parseEventFilter(text: string): EventFilter | { readonly problem: string } {
  if (text.length > maximumText) return { problem: "Longer than a filter can be." };
  const words = tokens(text);
  if (!words) return { problem: "A quote is not closed." };
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

/**
 * Words as typed, quotes included, which hold a text with spaces together; spaces around a comparison do not count.
 * Undefined when a quote is never closed.
 */
function tokens(text: string): string[] | undefined {
  const words: string[] = [];
  let word = "";
  let isOver = false;
  for (const [part] of text.matchAll(
    /"(?:[^"\\]|\\.)*"|\s*(?:>=|<=|!=|[=><])\s*|\s+|[^\s"<>=!]+|./gs,
  )) {
    if (part === '"') return undefined;
    const piece = part.startsWith('"') ? part : part.trim();
    if (piece === "") isOver = true;
    else {
      if (isOver && word !== "") words.push(word);
      word = isOver ? piece : word + piece;
      isOver = false;
    }
  }
  return word === "" ? words : [...words, word];
}

function readTerm(word: string): { readonly holds: Term } | { readonly problem: string } {
  const comparison = readComparison(word);
  if (comparison) return comparison;
  const [, key = "", list = ""] = /^([a-z_]\w*):(.*)$/is.exec(word) ?? [];
  switch (key.toLowerCase()) {
    case "":
      break;
    case "kind":
      return readKinds(list);
    case "device":
      return readDevices(list);
    case "is":
      if (list.toLowerCase() === "trouble") return { holds: isTrouble };
      return { problem: "After is: comes trouble, all that went wrong." };
    default:
      return { problem: unknownKey(key) };
  }
  const wanted = unquoted(word).toLowerCase();
  return { holds: (message) => lineOf(message).includes(wanted) };
}

function unknownKey(key: string): string {
  if (isField(key)) return `Compare ${key} with =, < or >, as in ${key} = 1.`;
  return `There is no ${key}: here, only kind:, device: and is:trouble. Put a text with a colon in quotes.`;
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

function lineOf(message: Message | Undecodable): string {
  return `${eventLabel(message)} ${message.deviceId ?? ""} ${describe(message)}`.toLowerCase();
}
