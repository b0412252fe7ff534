/** Every way a connection can fail, sorted and put into words. Source: reliability §2.5, tts-mqtt §1.6. */
import type { ConnectionFailure } from "./connectionState";
import { failureWords } from "./failureWords";
import { words, type Words } from "./words";

/** How far the attempt had come when it failed. */
export type AttemptPhase = "socket" | "login" | "subscribe" | "connected";

/** What ended an attempt, without any object of MQTT.js or Node. */
export interface AttemptEnd {
  readonly phase: AttemptPhase;
  /** `ECONNREFUSED`, `CONNACK_5`, `SUBACK_128`, `TIMEOUT`, `CLOSED`, `EMQTTPROTO`, `NO_KEY` … */
  readonly code: string;
  /** Our own words for framing errors and certificates; empty otherwise. */
  readonly detail: string;
  readonly security: "tls" | "plaintext";
  readonly host: string;
  readonly port: number;
  /** The same key was accepted before in this window. */
  readonly keyWorkedBefore: boolean;
  /** The key was changed so lately that the server may still remember its refusal (reliability G5). */
  readonly keyIsFresh?: boolean;
  /** How often a key that had worked was refused before this time. */
  readonly slowRetries?: number;
  /** How often in a row the server ended it without having sent anything, this time included. */
  readonly silentEnds?: number;
  /** Framing errors of the last ten minutes, this one included. */
  readonly framingErrors?: number;
}

/** How often the same must happen before it says something about the settings or the server (reliability §2.5). */
const telling = 3;

/** True when the port itself may be the wrong one: nothing ever came from it. */
export function isSilentEnd({
  phase,
  code,
  security,
}: Pick<AttemptEnd, "phase" | "code" | "security">): boolean {
  if (code === "TIMEOUT") return phase === "socket" && security === "tls";
  return (phase === "socket" || phase === "login") && (code === "CLOSED" || code === "ECONNRESET");
}

export function isTellingSilence(end: AttemptEnd): boolean {
  return isSilentEnd(end) && (end.silentEnds ?? 0) >= telling;
}

export function isGivenUp(end: AttemptEnd): boolean {
  return (end.slowRetries ?? 0) >= telling;
}

export function isTellingFraming(end: AttemptEnd): boolean {
  return (end.framingErrors ?? 0) >= telling;
}

export function failureOf(end: AttemptEnd): ConnectionFailure {
  return { code: end.code, ...(wordsFor(end) ?? unknownWords(end)) };
}

function wordsFor(end: AttemptEnd): Words | undefined {
  const build = Object.hasOwn(failureWords, end.code) ? failureWords[end.code] : undefined; // R18
  if (build) return build(end);
  if (isTlsCode(end.code)) {
    return words(
      "ask",
      `TLS failed (${end.code})`,
      "The server's certificate or TLS version was not accepted. Run the connection check for details.",
      "check",
    );
  }
  return undefined;
}

/** TLS failures never go away by trying again, so an unknown one also asks (reliability A21). */
function isTlsCode(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|DEPTH_|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/.test(
    code,
  );
}

function unknownWords(end: AttemptEnd): Words {
  return words(
    "retry",
    `connection failed (${end.code})`,
    "The next attempt follows by itself.",
    "check",
  );
}
