/** What a waiting downlink waits for, and what fits into one: told from the end device's own uplinks. */
import type { DownlinkEvidence } from "../../model/downlinkEvidence";
import type { TrackedDownlink } from "../../model/downlinkVerdict";
import { dataRateText } from "../../stack/describe";
import { maximumFramePayload, slowestDataRatePayload } from "../../stack/downlink";
import { duration } from "../times";

/** Up to so much of an interval late is nothing to worry about. */
const lateShare = 0.5;

type Rhythm = Pick<
  DownlinkEvidence,
  "isConnected" | "lastHeardAt" | "usualInterval" | "speaksRegularly"
>;

/** How late the end device is, milliseconds; undefined while it is not, or when that cannot be known. */
export function overdueBy(rhythm: Rhythm, now: number): number | undefined {
  const { isConnected, lastHeardAt, usualInterval, speaksRegularly } = rhythm;
  if (!isConnected || lastHeardAt === undefined || usualInterval === undefined) return undefined;
  const late = now - lastHeardAt - usualInterval;
  return speaksRegularly && late > lateShare * usualInterval ? late : undefined;
}

/** When the next chance to receive is likely to come. */
export function waitingText(rhythm: Rhythm, now: number): string {
  const { isConnected, lastHeardAt, usualInterval, speaksRegularly } = rhythm;
  if (!isConnected) return "Not connected: whether it speaks is not heard now.";
  if (lastHeardAt === undefined) return "It was not heard here yet.";
  const heard = `last heard ${duration(now - lastHeardAt)} ago`;
  if (usualInterval === undefined) return `It was ${heard}.`;
  if (!speaksRegularly) return `It speaks irregularly, ${heard}.`;
  const left = lastHeardAt + usualInterval - now;
  const late = overdueBy(rhythm, now);
  const next =
    late !== undefined
      ? `it is overdue by ${duration(late)}`
      : left > 0
        ? `next chance in about ${duration(left)}`
        : "due any moment";
  return `It usually speaks every ${duration(usualInterval)}, ${heard}: ${next}.`;
}

/** After a payload that was too long: what fits at the data rate that the end device used last. */
export function fittingText(
  { error }: Pick<TrackedDownlink, "error">,
  { limit, dataRate }: Pick<DownlinkEvidence, "limit" | "dataRate">,
): string {
  if (error?.name !== "application_downlink_too_long") return "";
  if (limit) {
    const faster = limit.bytes < maximumFramePayload - 1 ? "; at faster data rates more do" : "";
    return `It last used ${limit.dataRate}, where about ${limit.bytes} bytes fit${faster}.`;
  }
  const last = dataRate === undefined ? "" : `It last used ${dataRateText(dataRate)}. `;
  return `${last}${slowestDataRatePayload} bytes fit at every data rate of EU868 and US915.`;
}

/** A downlink in the queue that is longer than fits holds up those behind it (tts-mqtt §6.4). Empty if it fits. */
export function tooLongText(
  { downlink, queuedAs }: Pick<TrackedDownlink, "downlink" | "queuedAs">,
  { limit }: Pick<DownlinkEvidence, "limit">,
): string {
  const length = (queuedAs?.bytes ?? downlink.bytes)?.length ?? 0;
  if (!limit || length <= limit.bytes) return "";
  return (
    `${length} bytes do not fit at ${limit.dataRate}, which the end device last used: about ${limit.bytes} do. ` +
    "It may fail when its turn comes, or hold up those behind it."
  );
}
