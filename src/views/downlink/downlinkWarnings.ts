/** What is odd about a downlink although nothing has failed: the eye should catch it. */
import type { DownlinkEvidence } from "../../model/downlinkEvidence";
import {
  currentState,
  isOpen,
  timeOf,
  type ConnectionGap,
  type TrackedDownlink,
} from "../../model/downlinkVerdict";
import { toHex, toSpacedHex } from "../../stack/framePayload";
import { visible } from "../../stack/visible";
import { duration } from "../times";
import { timeOfDay } from "./downlinkTimes";
import { overdueBy, tooLongText } from "./downlinkWaiting";

export function warningsOf(
  tracked: TrackedDownlink,
  evidence: DownlinkEvidence,
  now: number,
): readonly string[] {
  const isWaiting = currentState(tracked) === "queued";
  return [
    queuedOtherwise(tracked),
    ...formatterNotes(tracked),
    ...(isWaiting ? [tooLongText(tracked, evidence), silentDevice(evidence, now)] : []),
    missed(tracked, now),
  ].filter((warning) => warning !== "");
}

/** `queued` shows what the server made of it (tts-mqtt §6.3). */
function queuedOtherwise({ downlink, queuedAs }: TrackedDownlink): string {
  if (queuedAs === undefined) return "";
  const { bytes } = queuedAs;
  if (downlink.bytes === undefined) {
    return bytes.length > 0
      ? ""
      : "The server has queued an empty frame: it has no payload formatter that makes bytes of these fields.";
  }
  if (toHex(bytes) !== toHex(downlink.bytes)) {
    const shown = bytes.length === 0 ? "an empty frame" : toSpacedHex(bytes.subarray(0, 64));
    return `The server has queued other bytes than were sent: ${shown}.`;
  }
  return "";
}

/** What the server's payload formatter has changed or warned of. */
export function formatterNotes(tracked: TrackedDownlink): readonly string[] {
  return [changedPort(tracked), formatterWarnings(tracked)].filter((note) => note !== "");
}

/** An encoder that returns another FPort changes it without a word (real-traffic 32). */
function changedPort({ downlink, queuedAs }: TrackedDownlink): string {
  const fPort = queuedAs?.fPort ?? 0;
  if (fPort === 0 || fPort === downlink.fPort) return "";
  const by = downlink.bytes === undefined ? ", as the payload formatter there says" : "";
  return `The server has queued it on FPort ${fPort} instead of ${downlink.fPort}${by}.`;
}

function formatterWarnings({ queuedAs }: TrackedDownlink): string {
  if (!queuedAs?.warnings) return "";
  const shown = queuedAs.warnings.map((text) => visible(text, 80)).join(", ");
  return `The server's payload formatter warns: ${shown}.`;
}

function silentDevice(evidence: DownlinkEvidence, now: number): string {
  const late = overdueBy(evidence, now);
  if (late === undefined) return "";
  return `The end device is overdue by ${duration(late)}. Look at the end device or its coverage, not at the downlink.`;
}

/** While the connection was down the server's next word may have been missed: that is no failure. */
function missed(tracked: TrackedDownlink, now: number): string {
  const gap = tracked.gaps.at(-1);
  const state = currentState(tracked);
  if (!gap || !isOpen(tracked) || state === "publishing") return "";
  if (gap.to !== undefined && gap.to <= (timeOf(tracked, state) ?? 0)) return "";
  return `${gapText(gap, now)}, so ${missedWords[state] ?? "the server's answer"} may have been missed.`;
}

const missedWords: Readonly<Partial<Record<string, string>>> = {
  queued: "that it was sent",
  sent: "its acknowledgement",
  notAcknowledged: "the next attempt or its acknowledgement",
};

function gapText({ from, to }: ConnectionGap, now: number): string {
  const begin = timeOfDay(from, now).replace(/\.\d+$/, "");
  if (to === undefined) return `Not connected since ${begin}`;
  return `Not connected from ${begin} to ${timeOfDay(to, now).replace(/\.\d+$/, "")}`;
}
