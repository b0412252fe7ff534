/** Bytes of a body to a parsed value, within bounds of size and depth. Source: reliability R17, P01–P09. */
import { isAscii, isUtf8 } from "node:buffer";
import { jsonErrorPlace } from "./jsonErrorPlace";

/** Bytes of the largest body that is parsed. */
export const maximumBody = 256 * 1024;
const maximumDepth = 64;

/** The parsed value, or why there is none. */
export type ParsedJson = { readonly value: unknown } | { readonly problem: string };

/** Parses strict UTF-8 JSON; a byte order mark is accepted. Never throws. */
export function parseJson(payload: Uint8Array): ParsedJson {
  if (payload.length === 0) return { problem: "empty message" };
  if (payload.length > maximumBody) {
    return { problem: `larger than ${maximumBody / 1024} KiB, not decoded` };
  }
  const text = readText(payload);
  if (text === undefined) return { problem: "not UTF-8" };
  if (hasManyBrackets(text) && isDeep(text)) {
    return { problem: `nested deeper than ${maximumDepth} levels, not decoded` };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    const place = jsonErrorPlace(text);
    return {
      problem: `not JSON: ${place >= text.length ? "it ends too early" : `error at character ${place + 1}`}`,
    };
  }
}

/** Strict UTF-8 as text without its byte order mark, or undefined. */
function readText(payload: Uint8Array): string | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (isAscii(bytes)) return bytes.toString("latin1"); // nearly all bodies, in a third of the time
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** True when there are so many brackets that they could be nested too deeply: a quick look that spares most texts isDeep. */
function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    let at = text.indexOf(bracket);
    while (at >= 0) {
      if (++count > maximumDepth) return true;
      at = text.indexOf(bracket, at + 1);
    }
  }
  return false;
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside strings. */
function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maximumDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
