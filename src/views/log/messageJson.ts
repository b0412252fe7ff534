/** A message as a JSON text to read: as received, with payloads in hex and text beside base64, and no secrets. */
import type { EventEntry } from "../../model/eventStore";
import { parseBase64, toSpacedHex, toText } from "../../stack/framePayload";
import { redact } from "../../stack/redact";
import { visible } from "../../stack/visible";

/** Never shown: they are keys or opaque tokens (tts-mqtt §12). */
const secretNames = new Set(["uplink_token", "app_s_key"]);
const maximumHexShown = 1024;

/** @param raw the body as received, undefined when it is no longer kept */
export function messageJson(entry: EventEntry, raw: Uint8Array | undefined): string {
  const { content } = entry;
  if (content.kind === "connection" || content.kind === "gap") return pretty({ ...content });
  if (raw === undefined) return pretty({ note: "The raw message is no longer kept." });
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("utf8");
  if (content.kind !== "undecodable")
    return redact(pretty(annotate(JSON.parse(withoutMark(text)))));
  return redact(
    pretty({
      "not decodable": content.reason,
      topic: visible(content.topic),
      bytes: content.size,
      hex: toSpacedHex(raw.subarray(0, maximumHexShown)),
      text: visible(text, 4 * 1024),
    }),
  );
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Depth is bounded: only decoded messages, at most 64 levels deep, come here. */
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

/** Control and bidi characters inside strings are written as JSON escapes, so that nothing hides. */
function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
