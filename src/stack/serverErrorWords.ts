/** What the server's reasons for giving up a downlink mean, in plain words. The one table of its error names. Source: tts-mqtt §8. */
import type { JsonObject, ServerError } from "./messages";

interface ErrorWords {
  /** Follows "failed: ". */
  readonly reason: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Undefined for a name that is not in the table: then the server's own text is all there is. */
export function serverErrorWords(error: ServerError | undefined): ErrorWords | undefined {
  const entry = table.get(error?.name ?? "");
  return typeof entry === "function" ? entry(error?.attributes ?? {}) : entry;
}

type Entry = ErrorWords | ((attributes: JsonObject) => ErrorWords);

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
      reason: `the end device did not acknowledge it${times(max_retries)}`,
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
      reason:
        typeof length === "number" && typeof max === "number"
          ? `${length} bytes do not fit, ${max} do`
          : "it does not fit at the end device's data rate",
      advice: "Shorten it, split it, or wait until the end device uses a faster data rate.",
    }),
  ],
  [
    "f_cnt_too_low",
    {
      reason: "its frame counter was used before",
      advice: "Send it again: it then gets the next frame counter.",
    },
  ],
  ["unknown_session", { reason: "its session has ended", advice: "Send it again." }],
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
      reason: "none of the gateways could send it",
      advice: "They may be offline, busy or over their duty cycle. Choose others, or none.",
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
]);

function times(count: JsonObject[string] | undefined): string {
  return typeof count === "number" ? ` in ${count} attempts` : "";
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
