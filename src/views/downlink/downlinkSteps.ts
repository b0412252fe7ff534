/** The way of a downlink so far, step by step, with the times in which nothing could be heard. */
import {
  currentState,
  type ConnectionGap,
  type TrackedDownlink,
} from "../../model/downlinkVerdict";
import { visible } from "../../stack/visible";
import type { SentStep, Tone } from "../../protocol/downlinkPage";
import { stateWords } from "./downlinkWords";
import { timeBetween, timeOfDay } from "./downlinkTimes";

interface Moment {
  readonly at: number;
  readonly word: string;
  readonly tone: Tone;
  readonly note: string;
}

export function toSteps(tracked: TrackedDownlink, now: number): readonly SentStep[] {
  // What was not known to be queued cannot be known to be taken out of the queue.
  const isInQueue = tracked.queuedAs !== undefined || currentState(tracked) === "superseded";
  const moments: Moment[] = tracked.steps
    .filter(({ state }) => state !== "superseded" || isInQueue)
    .filter(({ state }, index, steps) => state !== "published" || !isKnownBy(steps.slice(0, index)))
    .map(({ state, at, note }) => ({ ...wordsOf(state), at, note: visible(note ?? "") }));
  for (const gap of tracked.gaps) insert(moments, gapMoment(gap, now));
  return moments.map(({ at, ...words }, index) => {
    const before = moments[index - 1];
    const since = before === undefined ? "" : `+${timeBetween(at - before.at)}`;
    return { ...words, time: timeOfDay(at, now), since };
  });
}

/** That it is in the queue tells already that it reached the server, whose receipt may come later. */
function isKnownBy(earlier: TrackedDownlink["steps"]): boolean {
  return earlier.some(({ state }) => state === "queued");
}

function wordsOf(state: TrackedDownlink["steps"][number]["state"]) {
  // The user's act, not the wire's.
  return state === "publishing" ? { ...stateWords[state], word: "composed" } : stateWords[state];
}

/** Steps stay in their order of arrival; a gap stands before the first one that came later. */
function insert(moments: Moment[], gap: Moment): void {
  const index = moments.findIndex(({ at }) => at > gap.at);
  moments.splice(index < 0 ? moments.length : index, 0, gap);
}

function gapMoment({ from, to }: ConnectionGap, now: number): Moment {
  const note =
    to === undefined
      ? "What the server says now is missed."
      : `Until ${timeOfDay(to, now)} (${timeBetween(to - from)}); what the server said meanwhile is missed.`;
  return { at: from, word: "not connected", tone: "warning", note };
}
