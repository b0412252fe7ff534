/** Frame payloads as people write and read them: hex, base64, text. */

/** Bytes, or what is wrong with the text, in words. */
export type ParsedPayload = { readonly bytes: Uint8Array } | { readonly problem: string };

/**
 * Reads hex digits in pairs. Accepts `BEEF`, `be ef`, `BE:EF`, `0xBE, 0xEF` and `\xBE\xEF`; an odd digit or a strange
 * character is refused with its place, never cut off.
 */
export function parseHex(text: string): ParsedPayload {
  const bytes: number[] = [];
  let pending: { readonly digit: number; readonly at: number } | undefined;
  for (let at = 0; at < text.length; at++) {
    const prefix = text.slice(at, at + 2);
    if (pending === undefined && (/^0x$/i.test(prefix) || prefix === "\\x")) {
      at++;
      continue;
    }
    const character = text.charAt(at);
    if (/[\s:,;_-]/.test(character)) {
      if (pending === undefined) continue;
      return { problem: `Half a byte at character ${pending.at + 1}: write two digits for each.` };
    }
    if (!/[0-9a-f]/i.test(character)) {
      return { problem: `Not a hex digit at character ${at + 1}.` };
    }
    const digit = parseInt(character, 16);
    if (pending === undefined) pending = { digit, at };
    else {
      bytes.push(pending.digit * 16 + digit);
      pending = undefined;
    }
  }
  if (pending !== undefined) {
    return { problem: `Half a byte at character ${pending.at + 1}: write two digits for each.` };
  }
  return { bytes: Uint8Array.from(bytes) };
}

/** Reads base64 in the standard or URL alphabet, padded or not; white space is ignored. */
export function parseBase64(text: string): ParsedPayload {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return { bytes: bytesOfBase64(text) }; // as the server writes it
  }
  const wrong = /[^A-Za-z0-9+/_=\s-]|=(?!\s*=?\s*$)/.exec(text);
  if (wrong) return { problem: `Not a base64 character at character ${wrong.index + 1}.` };
  const compact = text.replace(/\s/g, "");
  const digits = compact.replace(/=+$/, "");
  if (digits.length % 4 === 1 || (compact.length !== digits.length && compact.length % 4 !== 0)) {
    return { problem: "Base64 is cut off: its length does not come out." };
  }
  return { bytes: bytesOfBase64(digits) };
}

/** In memory of their own: Buffer's shared pool would be held by the smallest payload that is kept. */
function bytesOfBase64(digits: string): Uint8Array {
  if (digits.length > scratch.length) return new Uint8Array(Buffer.from(digits, "base64"));
  const length = scratch.write(digits, "base64");
  return scratchBytes.slice(0, length);
}

const scratch = Buffer.alloc(1024);
/** The same memory without the name of a Buffer. */
const scratchBytes = new Uint8Array(scratch.buffer, scratch.byteOffset, scratch.length);

/** Encodes text as UTF-8; a lone surrogate has no bytes and is refused. */
export function parseText(text: string): ParsedPayload {
  if (!text.isWellFormed()) return { problem: "Contains half a character (a lone surrogate)." };
  return { bytes: new TextEncoder().encode(text) };
}

/** `BEEF`: upper case, no separators. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexOfByte[byte] ?? "";
  return text;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).toUpperCase().padStart(2, "0"),
);

/** `BE EF`: for reading. */
export function toSpacedHex(bytes: Uint8Array): string {
  return toHex(bytes).replace(/..(?!$)/g, "$& ");
}

/** Standard alphabet with padding, as the server writes it. */
export function toBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

/** The bytes as UTF-8 text, or undefined if they are none. */
export function toText(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark is part of the payload: without it the text would stand for other bytes.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not UTF-8: an answer, not a failure
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
