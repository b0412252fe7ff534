/** From followed downlinks to the list of what waits for the end device: ours, in the order in which it will get them. */
import { currentState, isPending, timeOf, type TrackedDownlink } from "../../model/downlinkVerdict";
import { shortCorrelationId } from "../../stack/correlation";
import type { PreparedDownlink } from "../../stack/downlink";
import { toSpacedHex } from "../../stack/framePayload";
import { visible } from "../../stack/visible";
import type { QueueRow, QueueState } from "../../protocol/downlinkPage";
import { timeOfDay } from "./downlinkTimes";

const maximumRows = 20;
/** Characters of one payload. */
const maximumTitle = 120;

/** `tracked` with the newest first. The server lists nothing over MQTT, so this is what we know, not what there is. */
export function toQueue(
  tracked: readonly TrackedDownlink[],
  others: number,
  now: number,
): QueueState {
  const waiting = tracked.filter(isPending).reverse();
  const leftOut = Math.max(0, waiting.length - maximumRows);
  return {
    ours: waiting.slice(0, maximumRows).map((each) => toRow(each, now)),
    others,
    more: leftOut,
  };
}

function toRow(tracked: TrackedDownlink, now: number): QueueRow {
  const { downlink, correlationId } = tracked;
  const since = timeOf(tracked, "queued", "notAcknowledged", "sent") ?? now;
  const state = waitText(tracked);
  return {
    correlationId,
    title: cut(titleOf(downlink)),
    details: `FPort ${downlink.fPort} · ${state} since ${timeOfDay(since, now).replace(/\.\d+$/, "")} · id ${shortCorrelationId(correlationId)}`,
  };
}

function waitText(tracked: TrackedDownlink): string {
  if (tracked.outlived) return `still being tried, a ${tracked.outlived} cannot stop it,`;
  return currentState(tracked) === "sent" ? "sent, waits for its answer" : "waits";
}

function titleOf({ bytes, fields }: PreparedDownlink): string {
  if (bytes === undefined) return visible(JSON.stringify(fields), maximumTitle);
  return bytes.length === 0 ? "empty frame" : toSpacedHex(bytes);
}

function cut(text: string): string {
  return text.length <= maximumTitle ? text : `${text.slice(0, maximumTitle)}…`;
}
