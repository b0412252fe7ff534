/** What is known of one downlink of ours, as facts in order of arrival, and what they add up to. Source: tts-mqtt §7.1. */
import type { PreparedDownlink } from "../stack/downlink";
import type { ServerError } from "../stack/messages";
import type { DownlinkOperation } from "../stack/topics";

/**
 * publishing → published (the server took the packet, nothing more) → queued → sent → acknowledged, or notAcknowledged
 * (the server tries again). Other ends: failed; superseded by a replace or clear of ours; notPublished (it never left
 * this machine); unknown (it left, and nobody knows how far it came); noAnswer (the server took it and said nothing);
 * notKnown (it was queued, can wait no longer, and nobody told what became of it).
 */
export type DownlinkState =
  | "publishing"
  | "notPublished"
  | "unknown"
  | "published"
  | "noAnswer"
  | "queued"
  | "notKnown"
  | "superseded"
  | "sent"
  | "notAcknowledged"
  | "acknowledged"
  | "failed";

export interface DownlinkStep {
  readonly state: DownlinkState;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What else is worth knowing about the step, in words. */
  readonly note: string | undefined;
  /** Which transmission it is about: each attempt has a frame counter of its own. */
  readonly transmission?: string | undefined;
  /** Of `notAcknowledged`: the server will not send it again. */
  readonly isLast?: boolean;
}

/** A time without connection while the server might have said something. Milliseconds since 1970; open while it lasts. */
export interface ConnectionGap {
  readonly from: number;
  readonly to: number | undefined;
}

/** One downlink of ours and all that is known of it so far. */
export interface TrackedDownlink {
  readonly correlationId: string;
  readonly applicationKey: string;
  readonly deviceId: string;
  readonly operation: DownlinkOperation;
  readonly downlink: PreparedDownlink;
  /** Each fact once, in order of arrival. */
  readonly steps: readonly DownlinkStep[];
  /** What the server says it has queued. */
  readonly queuedAs: QueuedAs | undefined;
  /** Set by `down/failed`. */
  readonly error: ServerError | undefined;
  readonly gaps: readonly ConnectionGap[];
  /** Transmissions that the server made before it gave up, where it tells. */
  readonly attempts?: number;
  /** What of ours emptied the queue while this one was on its way, which does not stop it (real-traffic 7). */
  readonly outlived?: "clear" | "replace";
}

/** A downlink in the server's queue. Bytes over the longest frame are cut off. */
export interface QueuedAs {
  readonly fPort: number;
  readonly bytes: Uint8Array;
  /** Of its encoder, bounded. */
  readonly warnings?: readonly string[];
  /** The number with which it begins to count attempts, if it tells. */
  readonly attempt?: number;
}

type Facts = Pick<TrackedDownlink, "steps">;

/** The truth as far as it is known. It depends on the facts, never on the order in which the server's came. */
export function currentState({ steps }: Facts): DownlinkState {
  const known = new Set(steps.map(({ state }) => state));
  if (known.has("acknowledged")) return "acknowledged";
  if (known.has("failed")) return "failed";
  if (isInDoubt(steps)) return "notKnown";
  if (hasUnansweredTransmission(steps)) return "sent";
  if (isSuperseded(steps)) return "superseded";
  return untransmitted.find((state) => known.has(state)) ?? "publishing";
}

/** Anything that the server says of it later ends the doubt. */
function isInDoubt(steps: readonly DownlinkStep[]): boolean {
  const index = steps.findLastIndex(({ state }) => state === "notKnown");
  return index >= 0 && steps.slice(index + 1).every(({ state }) => !wordsOfServer.has(state));
}

const wordsOfServer: ReadonlySet<DownlinkState> = new Set<DownlinkState>([
  ...(["queued", "sent", "notAcknowledged", "superseded"] as const),
]);

/** The later word counts, whichever came first. */
const untransmitted = [
  ...["notAcknowledged", "queued", "noAnswer", "published", "unknown", "notPublished"],
] as readonly DownlinkState[];

/** Every attempt has a transmission of its own, so a `sent` counts until the `nack` of the same one is known. */
function hasUnansweredTransmission(steps: readonly DownlinkStep[]): boolean {
  const answered = new Set(
    steps
      .filter(({ state }) => state === "notAcknowledged")
      .map(({ transmission }) => transmission),
  );
  return steps.some(({ state, transmission }) => state === "sent" && !answered.has(transmission));
}

/** Only what was in the queue can be taken out of it, and a later `nack` has put it back (tts-mqtt §6.5). */
function isSuperseded(steps: readonly DownlinkStep[]): boolean {
  const index = steps.findLastIndex(({ state }) => state === "superseded");
  if (index < 0) return false;
  const wasPutBack = steps.some(({ state }, place) => state === "notAcknowledged" && place > index);
  return (
    !wasPutBack && steps.some(({ state }) => state === "queued" || state === "notAcknowledged")
  );
}

/** True while the downlink is the server's: in its queue, or waiting for the end device's answer. */
export function isPending(downlink: TrackedDownlink): boolean {
  const state = currentState(downlink);
  if (state === "sent") return downlink.downlink.confirmed;
  if (state === "notAcknowledged") return !isGivenUp(downlink);
  return state === "queued";
}

/** Not acknowledged, and not sent again. */
export function isGivenUp({ steps }: Facts): boolean {
  return steps.findLast(({ state }) => state === "notAcknowledged")?.isLast === true;
}

/** True while anything that the server says would change the verdict in the ordinary course of things. */
export function isOpen(downlink: TrackedDownlink): boolean {
  return awaiting.has(currentState(downlink)) || isPending(downlink);
}

const awaiting: ReadonlySet<DownlinkState> = new Set<DownlinkState>([
  "publishing",
  "published",
  "noAnswer",
  "unknown",
]);

/** When the latest fact of this kind arrived, milliseconds since 1970. */
export function timeOf({ steps }: Facts, ...states: readonly DownlinkState[]): number | undefined {
  return steps.findLast(({ state }) => states.includes(state))?.at;
}
