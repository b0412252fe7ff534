/** A message as a JSON text to read: as received, with payloads in hex and text beside base64, and no secrets. */
import type { EventEntry } from "../../model/eventStore";
import { toSpacedHex } from "../../stack/framePayload";
import { findApiKey } from "../../stack/identifiers";
import { parseJson, readText } from "../../stack/jsonText";
import { redactKeys } from "../../stack/redact";
import { hiddenCharacters, visible } from "../../stack/visible";
import { bareJson, laidOutJson, secretNames } from "./receivedJson";

const maximumHexShown = 1024;
const maximumTextShown = 4 * 1024;

/**
 * @param raw the body as received, undefined when it is no longer kept
 * @param here what the workspace's own formatter makes of it, to stand before the message
 */
export function messageJson(
  entry: EventEntry,
  raw: Uint8Array | undefined,
  here: object = {},
): string {
  const { content } = entry;
  if (content.kind === "connection" || content.kind === "gap") return pretty({ ...content });
  if (raw === undefined) return pretty({ note: "The raw message is no longer kept." });
  const received = receivedText(raw);
  if (content.kind !== "undecodable") {
    return redactKeys(withFirst(here, received === undefined ? "{}" : laidOutJson(received)));
  }
  const told = {
    "not decodable": content.reason,
    topic: visible(content.topic),
    bytes: content.size,
  };
  if (received === undefined) return redactKeys(pretty({ ...told, ...rawForms(raw) }));
  return redactKeys(withFirst(told, laidOutJson(received, "body")));
}

/**
 * The body with its own spaces, order, numbers and repeated names. Keys and tokens are still not shown, and hidden
 * characters are escapes.
 */
export function rawMessage(raw: Uint8Array | undefined): string {
  if (raw === undefined) return "The raw message is no longer kept.";
  const received = receivedText(raw);
  if (received !== undefined) return escapeHidden(redactKeys(bareJson(received)));
  const text = readText(raw);
  if (text === undefined || mayHoldSecret(text)) return pretty(rawForms(raw));
  return escapeHidden(text);
}

/** The text of a body, if it is JSON. */
function receivedText(raw: Uint8Array): string | undefined {
  return "value" in parseJson(raw) ? readText(raw) : undefined;
}

/** The fields, then those of a laid out object. */
function withFirst(fields: object, laidOut: string): string {
  const first = pretty(fields);
  const rest = escapeHidden(laidOut);
  if (first === "{}" || !rest.startsWith("{")) return rest;
  if (rest === "{}") return first;
  return `${first.slice(0, -"\n}".length)},${rest.slice("{".length)}`;
}

/** Bytes that are no JSON. If they name a secret or hold a key, it cannot be cut out of them reliably. */
function rawForms(raw: Uint8Array): object {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("utf8");
  if (mayHoldSecret(text)) return { text: "(not shown: it may hold a key)" };
  return {
    hex: toSpacedHex(raw.subarray(0, maximumHexShown)),
    text: visible(text, maximumTextShown),
  };
}

function mayHoldSecret(text: string): boolean {
  const read = text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  return [...secretNames].some((name) => read.includes(name)) || findApiKey(read) !== undefined;
}

/** Hidden characters inside strings are written as JSON escapes; the line ends are our own. */
export function pretty(value: unknown): string {
  return escapeHidden(JSON.stringify(value, null, 2));
}

/** All hidden characters as JSON escapes, but for those that JSON may have between its parts. */
function escapeHidden(text: string): string {
  return text.replace(hiddenCharacters, (character) =>
    /[\n\r\t]/.test(character) ? character : character.split("").map(jsonEscape).join(""),
  );
}

function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
