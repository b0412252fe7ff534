/** From a followed downlink to the row that the downlink panel shows: words, times, advice. */
import { currentState, type DownlinkState, type TrackedDownlink } from "../../model/downlinks";
import { shortCorrelationId } from "../../stack/correlation";
import type { PreparedDownlink } from "../../stack/downlink";
import { toSpacedHex } from "../../stack/framePayload";
import { visible } from "../../stack/visible";
import type { DraftDownlink, SentRow, SentStep, Tone } from "../../protocol";
import { timeBetween, timeOfDay } from "./downlinkTimes";

/** After so long without an answer a downlink counts as not confirmed (reliability R10). Milliseconds. */
export const answerDeadline = 15_000;
const maximumRows = 50;
const maximumSteps = 20;
/** Characters of JSON that all rows together may have. */
const maximumSize = 150_000;

const words: Readonly<Record<DownlinkState, { readonly word: string; readonly tone: Tone }>> = {
  publishing: { word: "publishing", tone: "waiting" },
  published: { word: "published", tone: "waiting" },
  notPublished: { word: "not published", tone: "bad" },
  queued: { word: "queued", tone: "good" },
  sent: { word: "sent", tone: "good" },
  acknowledged: { word: "acknowledged", tone: "good" },
  notAcknowledged: { word: "not acknowledged", tone: "warning" },
  failed: { word: "failed", tone: "bad" },
};

/** The newest rows that may be posted, and how many older ones there are. */
export function toRows(
  tracked: readonly TrackedDownlink[],
  now: number,
): { readonly rows: readonly SentRow[]; readonly more: number } {
  const rows: SentRow[] = [];
  let size = 0;
  for (const each of tracked.slice(0, maximumRows)) {
    const row = toRow(each, now);
    size += JSON.stringify(row).length;
    if (size > maximumSize) break;
    rows.push(row);
  }
  return { rows, more: tracked.length - rows.length };
}

/** In how long the silence about one of them becomes worth a word. Milliseconds; undefined if never. */
export function untilSilence(tracked: readonly TrackedDownlink[], now: number): number | undefined {
  const waits = tracked
    .filter((each) => currentState(each) === "published")
    .map((each) => publishedAt(each) + answerDeadline - now)
    .filter((wait) => wait > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

export function toRow(tracked: TrackedDownlink, now: number): SentRow {
  const { downlink, steps } = tracked;
  const state = currentState(tracked);
  const silent = state === "published" && now - publishedAt(tracked) >= answerDeadline;
  const leftOut = Math.max(0, steps.length - maximumSteps);
  return {
    correlationId: tracked.correlationId,
    shortId: shortCorrelationId(tracked.correlationId),
    title: titleOf(downlink),
    details: detailsOf(tracked) + (leftOut > 0 ? ` · ${leftOut} earlier steps not shown` : ""),
    userCorrelationIds: downlink.userCorrelationIds,
    tone: silent ? "warning" : toneOf(state, downlink),
    state: silent ? "not confirmed: the server has not answered" : stateText(tracked, state),
    advice: silent ? silenceAdvice(tracked) : advice(state, downlink),
    steps: steps.slice(leftOut).map((step, index) => toStep(step, steps[leftOut + index - 1], now)),
    again: toDraft(downlink),
  };
}

type Step = TrackedDownlink["steps"][number];

function toStep(step: Step, before: Step | undefined, now: number): SentStep {
  return {
    ...words[step.state],
    time: timeOfDay(step.at, now),
    since: before === undefined ? "" : `+${timeBetween(step.at - before.at)}`,
    note: visible(step.note ?? ""),
  };
}

function publishedAt(tracked: TrackedDownlink): number {
  return tracked.steps.findLast((step) => step.state === "published")?.at ?? 0;
}

function titleOf({ bytes, fields }: PreparedDownlink): string {
  if (bytes === undefined) return visible(JSON.stringify(fields), 300);
  return bytes.length === 0 ? "empty frame" : toSpacedHex(bytes);
}

function detailsOf({ downlink, operation }: TrackedDownlink): string {
  const { bytes, fPort, priority, confirmed } = downlink;
  const size =
    bytes === undefined ? "fields" : `${bytes.length} byte${bytes.length === 1 ? "" : "s"}`;
  return [
    `FPort ${fPort}`,
    size,
    priority,
    ...(confirmed ? ["confirmed"] : []),
    ...(operation === "replace" ? ["replaced the queue"] : []),
  ].join(" · ");
}

function toneOf(state: DownlinkState, { confirmed }: PreparedDownlink): Tone {
  if (state === "queued" || (state === "sent" && confirmed)) return "waiting";
  return words[state].tone;
}

function stateText(tracked: TrackedDownlink, state: DownlinkState): string {
  const note = tracked.steps.findLast((step) => step.state === state)?.note;
  const reason = note === undefined ? "" : `: ${visible(note)}`;
  switch (state) {
    case "publishing":
      return "on its way to the server";
    case "published":
      return "reached the server; waiting for its answer";
    case "notPublished":
      return `not published${reason}`;
    case "queued":
      return "in the server's queue";
    case "sent":
      return tracked.downlink.confirmed
        ? "sent by a gateway; waiting for the acknowledgement"
        : "sent by a gateway";
    case "acknowledged":
      return "acknowledged by the end device";
    case "notAcknowledged":
      return `not acknowledged${reason}`;
    case "failed":
      return `failed${reason}`;
  }
}

function advice(state: DownlinkState, { confirmed }: PreparedDownlink): string {
  if (state === "queued") {
    return "A class A end device can only receive right after it has spoken.";
  }
  if (state === "sent" && !confirmed) {
    return "Unconfirmed: whether the end device received it is not known.";
  }
  if (state === "notAcknowledged") return "Do not send it again yourself.";
  return "";
}

function silenceAdvice({ downlink }: TrackedDownlink): string {
  const reasons = [
    "the API key may not write downlinks",
    "the end device does not exist in the application",
    ...(downlink.fields === undefined ? [] : ["its payload formatter refuses these fields"]),
  ];
  return `The server drops a downlink without a word when ${reasons.join(", or ")}.`;
}

/** The downlink as a draft, to be sent again or changed. */
function toDraft(downlink: PreparedDownlink): DraftDownlink {
  const { bytes, fields } = downlink;
  return {
    fPort: String(downlink.fPort),
    format: bytes === undefined ? "fields" : "hex",
    typedAs: "hex",
    texts: {
      hex: bytes === undefined ? "" : toSpacedHex(bytes),
      base64: "",
      text: "",
      fields: fields === undefined ? "" : JSON.stringify(fields, null, 2),
    },
    allowEmpty: bytes?.length === 0,
    priority: downlink.priority,
    confirmed: downlink.confirmed,
    correlationIds: downlink.userCorrelationIds.join(", "),
  };
}
