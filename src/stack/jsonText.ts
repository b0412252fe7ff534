/** Bytes of a body to a parsed value, within bounds of size and depth. Source: reliability R17, P01–P09. */
import { isAscii, isUtf8 } from "node:buffer";
import { jsonErrorPlace } from "./jsonErrorPlace";
import { firstDuplicateName } from "./jsonTokens";

/** Bytes of the largest body that is parsed. */
export const maximumBody = 256 * 1024;
const maximumDepth = 64;

/** The parsed value, or why there is none. */
export type ParsedJson =
  | {
      readonly value: unknown;
      /** A name that stands twice in one object, of which the value holds the last only. */
      readonly duplicateName: string | undefined;
    }
  | { readonly problem: string };

/** Parses strict UTF-8 JSON; a byte order mark is accepted. Never throws. */
export function parseJson(payload: Uint8Array): ParsedJson {
  if (payload.length === 0) return { problem: "empty message" };
  if (payload.length > maximumBody) {
    return { problem: `larger than ${maximumBody / 1024} KiB, not decoded` };
  }
  const text = readText(payload);
  if (text === undefined) return { problem: "not UTF-8" };
  const names = countNames(payload);
  if (names === undefined) {
    return { problem: `nested deeper than ${maximumDepth} levels, not decoded` };
  }
  try {
    const value: unknown = JSON.parse(text);
    // Of names that stand twice the value holds one, so that the counts differ; which one it is may take its time.
    const hasAll = typeof value !== "object" || value === null || namesOf(value) === names;
    return { value, duplicateName: hasAll ? undefined : firstDuplicateName(text) };
  } catch {
    const place = jsonErrorPlace(text);
    return {
      problem: `not JSON: ${place >= text.length ? "it ends too early" : `error at character ${place + 1}`}`,
    };
  }
}

/** Strict UTF-8 as text without its byte order mark, or undefined. */
export function readText(payload: Uint8Array): string | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (isAscii(bytes)) return bytes.toString("latin1"); // nearly all bodies, in a third of the time
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * How many names the objects have together; undefined when it is nested too deeply. One look at each byte: this and
 * {@link namesOf} are a fifth of what an uplink costs to decode.
 */
function countNames(bytes: Uint8Array): number | undefined {
  let depth = 0;
  let names = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] ?? 0;
    if (code === quote) at = endOfString(bytes, at);
    else if (code === colon) names++;
    else if ((code | 0x20) === openBrace) {
      if (++depth > maximumDepth) return undefined;
    } else if ((code | 0x20) === closeBrace) depth--;
  }
  return names;
}

/** Where the quote stands that ends the string which begins there. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
/** Braces; the brackets differ from them by the bit 0x20. */
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** How many names the objects within a list or an object have together. */
function namesOf(value: object): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const each of value as readonly unknown[]) {
      if (typeof each === "object" && each !== null) count += namesOf(each);
    }
    return count;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) {
    count++;
    const child = fields[name];
    if (typeof child === "object" && child !== null) count += namesOf(child);
  }
  return count;
}
