/** How an attempt to be connected ended, and what repeated ends say. Source: reliability §2.5. */

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
