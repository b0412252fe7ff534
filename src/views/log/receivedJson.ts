/**
 * A received JSON text, written anew token by token: numbers beyond what the engine can hold, the order of fields and
 * repeated names stay what they were (reliability A28). Only keys, and what is added beside payloads, differ.
 */
import { parseBase64, toSpacedHex, toText } from "../../stack/framePayload";
import { jsonTokens, textOf } from "../../stack/jsonTokens";
import { redactKeys } from "../../stack/redact";
import { visible } from "../../stack/visible";

/** Never shown: they are keys or opaque tokens (tts-mqtt §12). */
export const secretNames: ReadonlySet<string> = new Set(["uplink_token", "app_s_key"]);
const notShown = '"(not shown)"';

/**
 * The text in lines of two spaces, payloads in hex and text beside base64.
 * @param text valid JSON, not nested too deeply to be shown
 * @param name makes it the one field of an object
 */
export function laidOutJson(text: string, name?: string): string {
  const tokens = [...jsonTokens(text)].map(({ written }) => withoutKeys(written));
  if (name === undefined) return new Layout(tokens).value("");
  const body = new Layout(tokens).value("  ");
  return `{\n  ${JSON.stringify(name)}: ${body}\n}`;
}

/** The text as it is, without its secrets. */
export function bareJson(text: string): string {
  const parts: string[] = [];
  let hidden: number | undefined;
  let copied = 0;
  let depth = 0;
  let before = "";
  for (const { written, end } of jsonTokens(text)) {
    const start = end - written.length;
    if (hidden === undefined) {
      parts.push(text.slice(copied, start));
      const isSecret = written === ":" && secretNames.has(textOf(before));
      parts.push(isSecret ? `:${notShown}` : withoutKeys(written));
      hidden = isSecret ? depth : undefined;
    }
    if (written === "{" || written === "[") depth++;
    else if (written === "}" || written === "]") depth--;
    // The secret ends where its value does: with a bracket that closes, or at once.
    if (hidden !== undefined && written !== ":" && depth === hidden) hidden = undefined;
    copied = end;
    before = written;
  }
  return parts.join("") + text.slice(copied);
}

/** A name or text whose escapes could hide a key from the eyes that look for one. */
function withoutKeys(written: string): string {
  if (!written.startsWith('"') || !written.includes("\\")) return written;
  const text = textOf(written);
  const shown = redactKeys(text);
  return shown === text ? written : JSON.stringify(shown);
}

class Layout {
  private at = 0;

  constructor(private readonly tokens: readonly string[]) {}

  value(indent: string): string {
    const token = this.next();
    if (token === "{") return this.inner(indent, "}", (deeper) => this.fields(deeper));
    if (token === "[") return this.inner(indent, "]", (deeper) => [this.value(deeper)]);
    return token;
  }

  /** What stands between two brackets, each part in a line of its own. */
  private inner(indent: string, end: string, read: (indent: string) => string[]): string {
    const begin = end === "}" ? "{" : "[";
    const deeper = `${indent}  `;
    const lines: string[] = [];
    while (this.tokens[this.at] !== end && this.at < this.tokens.length) {
      lines.push(...read(deeper));
      if (this.tokens[this.at] === ",") this.at++;
    }
    this.at++;
    if (lines.length === 0) return begin + end;
    return `${begin}\n${deeper}${lines.join(`,\n${deeper}`)}\n${indent}${end}`;
  }

  /** One field, and what is added to it. */
  private fields(indent: string): string[] {
    const name = this.next();
    this.next(); // the colon
    const meaning = textOf(name);
    const value = this.value(indent);
    if (secretNames.has(meaning)) return [`${name}: ${notShown}`];
    const field = `${name}: ${value}`;
    if (meaning !== "frm_payload" || !value.startsWith('"')) return [field];
    return [
      field,
      ...payloadForms(textOf(value)).map(
        ([form, text]) => `${JSON.stringify(form)}: ${JSON.stringify(text)}`,
      ),
    ];
  }

  private next(): string {
    return this.tokens[this.at++] ?? "";
  }
}

function payloadForms(base64: string): [string, string][] {
  const parsed = parseBase64(base64);
  if ("problem" in parsed) return [["frm_payload problem", parsed.problem]];
  const forms: [string, string][] = [["frm_payload (hex)", toSpacedHex(parsed.bytes)]];
  const text = toText(parsed.bytes);
  if (text !== undefined && text !== "") forms.push(["frm_payload (text)", visible(text)]);
  return forms;
}
