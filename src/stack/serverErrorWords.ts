/**
 * What the server's reasons for giving up a downlink mean, in plain words. The one table of its error names. Source:
 * tts-mqtt §8, real-traffic 2, 9, 11–15, 23, 26.
 */
import type { JsonValue, JsonObject, ServerError } from "./messages";
import { counted } from "../util/counted";

interface ErrorWords {
  /** Follows "failed: ". */
  readonly reason: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Undefined for a name that is not in the table: then the server's own text is all there is. */
export function serverErrorWords(error: ServerError | undefined): ErrorWords | undefined {
  const entry = table.get(error?.name ?? "");
  return typeof entry === "function" ? entry(error?.attributes ?? {}, error?.text ?? "") : entry;
}

type Entry = ErrorWords | ((attributes: JsonObject, text: string) => ErrorWords);

const notActivated = "Switch the end device on and let it join, then send again.";
const restartDevice = "Let the end device join again. If that does not help, register it anew.";

const table: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ["no_f_port", { reason: "the downlink has no FPort", advice: "Choose an FPort from 1 to 223." }],
  [
    "no_device_session",
    { reason: "the end device has never joined the network", advice: notActivated },
  ],
  [
    "no_app_s_key",
    { reason: "the server has no key to encrypt for this end device", advice: restartDevice },
  ],
  [
    "app_s_key",
    {
      reason: "the server could not fetch the key to encrypt for this end device",
      advice: "The Join Server did not answer. Send it again later.",
    },
  ],
  [
    "rebuild",
    {
      reason: "the end device joined anew while the downlink was being queued",
      advice: "Send it again.",
    },
  ],
  [
    "max_retries_reached",
    ({ max_retries }) => ({
      reason: notAcknowledgedReason(numberOf(max_retries)),
      advice: "The end device may be out of reach of downlinks, or restarts because of this one.",
    }),
  ],
  [
    "device_not_found",
    {
      reason: "the Network Server does not know the end device",
      advice: "It is registered in part only. Register it anew in the Console.",
    },
  ],
  [
    "application_downlink_too_long",
    ({ length, max }) => ({
      reason: tooLongReason(numberOf(length), numberOf(max)),
      advice: "Shorten it, split it, or wait until the end device uses a faster data rate.",
    }),
  ],
  [
    "f_cnt_too_low",
    ({ f_cnt, min_f_cnt }) => ({
      reason: `its frame counter was used before${counterText(numberOf(f_cnt), numberOf(min_f_cnt))}`,
      advice:
        "The application encrypts for this end device itself, so only the application can send to it: with the next frame counter.",
    }),
  ],
  [
    "unknown_session",
    {
      reason: "its session has ended",
      advice:
        "Send it again. An application that encrypts for the end device itself has to use the present session.",
    },
  ],
  [
    "unknown_mac_state",
    { reason: "the Network Server has lost the end device's state", advice: restartDevice },
  ],
  [
    "downlink_queue_capacity",
    {
      reason: "the end device's downlink queue is full",
      advice: "Clear the queue, or wait until the end device has taken some out of it.",
    },
  ],
  [
    "downlink_expired",
    {
      reason: "its time of transmission has passed",
      advice: "Choose a later time, or leave it open.",
    },
  ],
  [
    "absolute_time",
    {
      reason: "no gateway could send it at that time",
      advice: "Gateways need a time source (GPS) for it. Choose another time or other gateways.",
    },
  ],
  [
    "fixed_paths",
    {
      reason: "the chosen gateways could not send it",
      advice:
        "Check their ids: the server may not know them. They may also be offline, busy or over their duty cycle. Choose others, or none.",
    },
  ],
  [
    "confirmed_multicast_downlink",
    {
      reason: "a multicast group cannot acknowledge",
      advice: "Send it unconfirmed.",
    },
  ],
  [
    "no_downlink_path",
    {
      reason: "no gateway to send it through is known",
      advice: "A multicast group needs gateways to be named; others must have spoken lately.",
    },
  ],
  [
    "transmission",
    ({ result }) => ({
      reason: `the gateway refused to send it${because(typeof result === "string" ? result : "")}`,
      advice: "It is gone from the queue. Send it again if it is still wanted.",
    }),
  ],
  [
    "validation",
    (_, text) =>
      /frm_payload.*length/.test(text)
        ? {
            reason: "its payload is longer than any frame can be",
            advice: "Shorten it, or let the payload formatter make fewer bytes: at most 242.",
          }
        : {
            reason: `the server does not take it: ${text}`,
            advice: "Change what the server names and send it again.",
          },
  ],
  [
    "no_payload",
    {
      reason: "it has neither bytes nor fields",
      advice: "Enter a payload, or choose to send an empty frame.",
    },
  ],
]);

/** Attributes are text, but for lengths (real-traffic 23). Undefined for anything that is no whole number. */
function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "string") return /^\d{1,10}$/.test(value) ? Number(value) : undefined;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** @param attempts how often it was sent, if that is known */
export function notAcknowledgedReason(attempts: number | undefined): string {
  const words = "the end device did not acknowledge it";
  if (attempts === undefined) return words;
  return `${words} in ${counted(attempts, "attempt")}`;
}

function tooLongReason(length: number | undefined, maximum: number | undefined): string {
  if (maximum === undefined) return "it does not fit at the end device's data rate";
  if (length === undefined) return `it does not fit, ${maximum} bytes do`;
  return `${counted(length, "byte does", "bytes do")} not fit, ${maximum} do`;
}

function counterText(fCnt: number | undefined, minimum: number | undefined): string {
  if (fCnt === undefined || minimum === undefined) return "";
  return `: ${fCnt}, where ${minimum} is the next that may be used`;
}

/** The gateway's results of tts-mqtt §7.1. */
const refusals: ReadonlyMap<string, string> = new Map([
  ["TOO_LATE", "it came to the gateway too late for the receive window"],
  ["TOO_EARLY", "it came to the gateway too early"],
  ["COLLISION_PACKET", "the gateway was sending another packet at that moment"],
  ["COLLISION_BEACON", "the gateway was sending a beacon at that moment"],
  ["TX_FREQ", "the gateway cannot send on that frequency"],
  ["TX_POWER", "the gateway cannot send with that power"],
  ["GPS_UNLOCKED", "the gateway has lost its time source (GPS)"],
]);

function because(result: string): string {
  const words = refusals.get(result);
  return words === undefined ? "" : `: ${words}`;
}
