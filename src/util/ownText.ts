/** Texts that are kept must not keep more than themselves: a slice of a long text holds all of it. */
import { createHash } from "node:crypto";

const halfCharacter = /[\ud800-\udbff]$/;

/** A copy of the text in memory of its own, cut at `maximum` UTF-16 units, never inside a character. */
export function ownText(text: string, maximum: number): string {
  const head = text.length > maximum ? text.slice(0, maximum).replace(halfCharacter, "") : text;
  return Buffer.from(head, "utf16le").toString("utf16le");
}

const longestKey = 80;

/** The text itself as a key if it is short, or else a digest of it: equal for equal texts, and of bounded length. */
export function shortKey(text: string): string {
  if (text.length <= longestKey) return ownText(text, longestKey);
  return `sha256:${createHash("sha256").update(text).digest("base64url")}`;
}

/** A copy of at most `maximum` bytes in memory of their own. */
export function ownBytes(bytes: Uint8Array, maximum: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(0, maximum));
}
