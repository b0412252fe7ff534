/** From a followed downlink to the card that the downlink panel shows: words, times, advice. */
import type { DownlinkEvidence } from "../../model/downlinkEvidence";
import { currentState, isPending, type TrackedDownlink } from "../../model/downlinkVerdict";
import { shortCorrelationId } from "../../stack/correlation";
import type { PreparedDownlink } from "../../stack/downlink";
import { toSpacedHex } from "../../stack/framePayload";
import type { JsonObject } from "../../stack/messages";
import { visible } from "../../stack/visible";
import { maximumPayloadText, type DraftDownlink, type SentRow } from "../../protocol/downlinkPage";
import { typedOptions } from "./downlinkDraft";
import { toSteps } from "./downlinkSteps";
import { warningsOf } from "./downlinkWarnings";
import { adviceText, causesOf, verdictText, verdictTone } from "./downlinkWords";
import { counted } from "../../util/counted";

const maximumRows = 50;
const maximumSteps = 20;
/** Characters of JSON that all rows together may have. */
const maximumSize = 150_000;
/** Waits are told anew at this pace. Milliseconds. */
const agingInterval = 10_000;

/** The newest rows that may be posted, and how many older ones there are. */
export function toRows(
  tracked: readonly TrackedDownlink[],
  now: number,
  evidence: DownlinkEvidence,
): { readonly rows: readonly SentRow[]; readonly more: number } {
  const rows: SentRow[] = [];
  let size = 0;
  for (const each of tracked.slice(0, maximumRows)) {
    const row = toRow(each, now, evidence);
    size += JSON.stringify(row).length;
    if (size > maximumSize) break;
    rows.push(row);
  }
  return { rows, more: tracked.length - rows.length };
}

/** In how long what is said about a wait is out of date. Milliseconds; undefined if nothing waits. */
export function untilAged(tracked: readonly TrackedDownlink[]): number | undefined {
  return tracked.some(isPending) ? agingInterval : undefined;
}

export function toRow(tracked: TrackedDownlink, now: number, evidence: DownlinkEvidence): SentRow {
  const { downlink } = tracked;
  const steps = toSteps(tracked, now);
  const leftOut = Math.max(0, steps.length - maximumSteps);
  return {
    correlationId: tracked.correlationId,
    shortId: shortCorrelationId(tracked.correlationId),
    title: titleOf(downlink),
    details: detailsOf(tracked) + (leftOut > 0 ? ` · ${leftOut} earlier steps not shown` : ""),
    userCorrelationIds: downlink.userCorrelationIds,
    tone: verdictTone(tracked),
    state: verdictText(tracked),
    advice: adviceText(tracked, evidence, now),
    warnings: warningsOf(tracked, evidence, now),
    ...causesOf(tracked, evidence),
    steps: steps.slice(leftOut),
    again: toDraft(downlink),
    againLabel: againLabels.has(currentState(tracked)) ? "Send again…" : "Use again",
  };
}

/** Ends after which one may well want another try. It is a new downlink, and the user's own act. */
const againLabels: ReadonlySet<string> = new Set(["notPublished", "unknown", "noAnswer", "failed"]);

/** The payload of a downlink as one line. */
export function titleOf({ bytes, fields }: PreparedDownlink): string {
  if (bytes === undefined) return visible(JSON.stringify(fields), 300);
  return bytes.length === 0 ? "empty frame" : toSpacedHex(bytes);
}

function detailsOf({ downlink, operation, queuedAs }: TrackedDownlink): string {
  const { bytes, fPort, priority, confirmed } = downlink;
  const size = bytes === undefined ? "fields" : counted(bytes.length, "byte");
  const encoded = bytes === undefined ? queuedAs : undefined;
  return [
    `FPort ${encoded?.fPort ?? fPort}`,
    size,
    ...(encoded && encoded.bytes.length > 0 ? [`encoded as ${toSpacedHex(encoded.bytes)}`] : []),
    priority,
    ...(confirmed ? ["confirmed"] : []),
    ...(operation === "replace" ? ["replaced the queue"] : []),
  ].join(" · ");
}

/** As it would be typed, in lines if it then fits into the form; the page takes no more than that. */
function fieldsText(fields: JsonObject | undefined): string {
  if (fields === undefined) return "";
  const texts = [JSON.stringify(fields, null, 2), JSON.stringify(fields)];
  return texts.find(({ length }) => length <= maximumPayloadText) ?? "";
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
      fields: fieldsText(fields),
    },
    allowEmpty: bytes?.length === 0,
    priority: downlink.priority,
    confirmed: downlink.confirmed,
    ...typedOptions(downlink),
    correlationIds: downlink.userCorrelationIds.join(", "),
  };
}
