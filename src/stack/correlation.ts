/** Our own correlation ids: the only thing that ties a server's answer to a downlink of ours (tts-mqtt §7.3). */
import { randomBytes } from "node:crypto";

const prefix = "tts-explorer:";
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32: no I, L, O, U to misread

/** A new id: our prefix and 26 random characters (130 bits). Tells nothing about user or machine. */
export function newCorrelationId(): string {
  return prefix + Array.from(randomBytes(26), (byte) => alphabet.charAt(byte & 31)).join("");
}

/** True for ids made by {@link newCorrelationId}, in this window or another. */
export function isOwnCorrelationId(id: string): boolean {
  return id.startsWith(prefix);
}

/** The four characters by which people recognise a downlink of ours: `7K2P`. */
export function shortCorrelationId(id: string): string {
  return id.slice(-4);
}
