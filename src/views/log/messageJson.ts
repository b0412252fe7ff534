/** A message as a JSON text to read: as received, with payloads in hex and text beside base64, and no secrets. */
import type { EventEntry } from "../../model/eventStore";
import { parseBase64, toSpacedHex, toText } from "../../stack/framePayload";
import { findApiKey } from "../../stack/identifiers";
import { parseJson } from "../../stack/jsonText";
import { redactKeys } from "../../stack/redact";
import { hiddenCharacters, visible } from "../../stack/visible";

/** Never shown: they are keys or opaque tokens (tts-mqtt §12). */
const secretNames = new Set(["uplink_token", "app_s_key"]);
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
  const parsed = parseJson(raw);
  const body = "value" in parsed ? annotate(parsed.value) : undefined;
  if (content.kind !== "undecodable") return redactKeys(pretty(withFirst(here, body)));
  return redactKeys(
    pretty({
      "not decodable": content.reason,
      topic: visible(content.topic),
      bytes: content.size,
      ...(body === undefined ? rawForms(raw) : { body }),
    }),
  );
}

function withFirst(here: object, body: unknown): unknown {
  return typeof body === "object" && body !== null && !Array.isArray(body)
    ? { ...here, ...body }
    : body;
}

/** Bytes that are no JSON. If they name a secret or hold a key, it cannot be cut out of them reliably. */
function rawForms(raw: Uint8Array): object {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("utf8");
  if ([...secretNames].some((name) => text.includes(name)) || findApiKey(text) !== undefined) {
    return { text: "(not shown: it may hold a key)" };
  }
  return {
    hex: toSpacedHex(raw.subarray(0, maximumHexShown)),
    text: visible(text, maximumTextShown),
  };
}

/** Depth is bounded: bodies nested deeper than 64 levels are not parsed. */
function annotate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(annotate);
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = [];
  for (const [name, child] of Object.entries(value)) {
    if (secretNames.has(name)) {
      entries.push([name, "(not shown)"]);
      continue;
    }
    entries.push([name, annotate(child)]);
    if (name === "frm_payload" && typeof child === "string") entries.push(...payloadForms(child));
  }
  // From entries, so that a field named __proto__ stays a field.
  return Object.fromEntries(entries);
}

function payloadForms(base64: string): [string, string][] {
  const parsed = parseBase64(base64);
  if ("problem" in parsed) return [["frm_payload problem", parsed.problem]];
  const forms: [string, string][] = [["frm_payload (hex)", toSpacedHex(parsed.bytes)]];
  const text = toText(parsed.bytes);
  if (text !== undefined && text !== "") forms.push(["frm_payload (text)", visible(text)]);
  return forms;
}

/** Hidden characters inside strings are written as JSON escapes; the line ends are our own. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(hiddenCharacters, (character) =>
    character === "\n" ? character : character.split("").map(jsonEscape).join(""),
  );
}

function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
