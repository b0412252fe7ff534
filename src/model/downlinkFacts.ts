/** What is kept of a message about a downlink of ours: enough for the verdict, and bounded in bytes. */
import type { DownlinkDetails, DownlinkFailed, JsonObject, ServerError } from "../stack/messages";
import { ownBytes, ownText } from "../util/ownText";
import { firstAttempt } from "./downlinkMatching";
import type { QueuedAs, TrackedDownlink } from "./downlinkVerdict";

/** No frame is longer. Bytes. */
const longestFrame = 256;
const maximumWarnings = 3;
const maximumWarning = 120;
const maximumAttributes = 10;
const maximumAttribute = 100;

export function queuedAs(downlink: DownlinkDetails): QueuedAs {
  const { fPort, framePayload, warnings = [] } = downlink;
  const attempt = firstAttempt(downlink);
  const kept = warnings.slice(0, maximumWarnings).map((text) => ownText(text, maximumWarning));
  return {
    fPort,
    bytes: ownBytes(framePayload, longestFrame),
    ...(kept.length === 0 ? {} : { warnings: kept }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}

/** An error with its simple attributes only. */
export function keptError({ namespace, name, text, attributes }: ServerError): ServerError {
  const short = (value: string | undefined) =>
    value === undefined ? undefined : ownText(value, maximumAttribute);
  return {
    namespace: short(namespace),
    name: short(name),
    text: ownText(text, 1_000),
    attributes: simple(attributes),
  };
}

function simple(attributes: JsonObject): JsonObject {
  const kept: [string, string | number][] = [];
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value !== "string" && typeof value !== "number") continue;
    const own = typeof value === "string" ? ownText(value, maximumAttribute) : value;
    kept.push([ownText(name, maximumAttribute), own]);
    if (kept.length >= maximumAttributes) break;
  }
  return Object.fromEntries(kept);
}

/** How often the server has sent it, as `max_retries` does not tell when it began to count at 0 (real-traffic 8, 9). */
export function attemptsMade(
  { downlink }: DownlinkFailed,
  tracked: TrackedDownlink,
): Pick<TrackedDownlink, "attempts"> {
  const next = downlink?.attempt;
  const first = tracked.queuedAs?.attempt;
  return next === undefined || first === undefined || next <= first
    ? {}
    : { attempts: next - first };
}

const maximumGaps = 10;

/** From `at` on nothing is heard. The same downlink if a gap is open already. */
export function withGapBegun(tracked: TrackedDownlink, at: number): TrackedDownlink {
  if (openGap(tracked)) return tracked;
  return { ...tracked, gaps: [...tracked.gaps, { from: at, to: undefined }].slice(-maximumGaps) };
}

/** The same downlink if no gap is open. */
export function withGapEnded(tracked: TrackedDownlink, at: number): TrackedDownlink {
  const gap = openGap(tracked);
  if (!gap) return tracked;
  const closed = { ...gap, to: Math.max(at, gap.from) };
  return { ...tracked, gaps: [...tracked.gaps.slice(0, -1), closed] };
}

function openGap({ gaps }: TrackedDownlink): TrackedDownlink["gaps"][number] | undefined {
  const last = gaps.at(-1);
  return last?.to === undefined ? last : undefined;
}
