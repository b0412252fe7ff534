/** Bytes of a body to a parsed value, within bounds of size and depth. Source: reliability R17, P01–P09. */
import { isUtf8 } from "node:buffer";
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
  if (!isUtf8(payload)) return { problem: "not UTF-8" };
  if (isDeep(payload)) return { problem: `nested deeper than ${maximumDepth} levels, not decoded` };
  const marked = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  const text = marked.charCodeAt(0) === 0xfeff ? marked.slice(1) : marked;
  try {
    return { value: JSON.parse(text) };
  } catch {
    const place = jsonErrorPlace(text);
    return {
      problem: `not JSON: ${place >= text.length ? "it ends too early" : `error at character ${place + 1}`}`,
    };
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside strings. */
function isDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === backslash) at++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > maximumDepth) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
