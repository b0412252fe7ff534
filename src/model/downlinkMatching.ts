/** Which message belongs to which downlink of ours, and each fact counted once. Source: tts-mqtt §7.1, §7.3. */
import type { DownlinkDetails, DownlinkEvent, Message } from "../stack/messages";
import { currentState, type DownlinkStep, type TrackedDownlink } from "./downlinkVerdict";

/** Attempts when the message names no maximum (tts-mqtt §7.1). */
const defaultAttempts = 8;
/** A confirmed downlink can be tried up to 32 times, two steps each, and seldom is. */
const maximumSteps = 100;
const maximumUnmatched = 100;

/** Names one transmission within a device: every attempt gets the next frame counter of its session. */
export function transmissionOf({ sessionKeyId, fCnt }: DownlinkDetails): string {
  return JSON.stringify([sessionKeyId ?? "", fCnt ?? 0]);
}

/**
 * Those ids of a message that are ours, by membership: positions mean nothing. Several downlinks of one push share the
 * envelope's ids, so the downlink's own list is asked first, and the envelope only counts if it names a single one.
 */
export function ownIds(
  message: Message,
  innerIds: readonly string[],
  isOurs: (id: string) => boolean,
): readonly string[] {
  const inner = [...new Set(innerIds)].filter(isOurs);
  if (inner.length > 0) return inner;
  const outer = [...new Set(message.correlationIds)].filter(isOurs);
  return outer.length === 1 || innerIds.length === 0 ? outer : [];
}

/** What follows from a `nack`: the server itself tries again, until the attempts are used up. */
export function attemptNote({ attempt, maximumAttempts }: DownlinkDetails): string {
  if (attempt === undefined) return "the server tries again";
  const maximum = maximumAttempts ?? defaultAttempts;
  if (attempt > maximum) return "that was the last attempt";
  return `the server tries again, attempt ${attempt} of ${maximum}`;
}

/** The downlink with one more fact; the same downlink if the fact is known already. */
export function withStep(tracked: TrackedDownlink, step: DownlinkStep): TrackedDownlink {
  if (isKnown(tracked, step)) return tracked;
  return { ...tracked, steps: bounded([...tracked.steps, step]) };
}

function isKnown(tracked: TrackedDownlink, step: DownlinkStep): boolean {
  // A queue can be replaced again after a `nack` has put the downlink back.
  if (step.state === "superseded") return currentState(tracked) === "superseded";
  return tracked.steps.some(
    ({ state, transmission }) =>
      state === step.state && (!isAttempt(step) || transmission === step.transmission),
  );
}

/** Over the cap a whole transmission goes, the oldest: half of one would change the verdict. */
function bounded(steps: readonly DownlinkStep[]): readonly DownlinkStep[] {
  if (steps.length <= maximumSteps) return steps;
  const oldest = steps.find(isAttempt)?.transmission;
  const rest = steps.filter((step) => !isAttempt(step) || step.transmission !== oldest);
  return rest.length < steps.length ? rest : steps.slice(-maximumSteps);
}

/** There can be many of these, one for each transmission. */
function isAttempt({ state }: DownlinkStep): boolean {
  return state === "sent" || state === "notAcknowledged";
}

/** Answers that carry no id of ours and came before the `sent` that would have told whose they are. */
export class UnmatchedAnswers {
  private readonly byTransmission = new Map<string, { message: DownlinkEvent; at: number }>();

  keep(applicationKey: string, message: DownlinkEvent, at: number): void {
    if (message.downlink.sessionKeyId === undefined) return;
    this.byTransmission.set(place(applicationKey, message), { message, at });
    if (this.byTransmission.size <= maximumUnmatched) return;
    const oldest = this.byTransmission.keys().next();
    if (oldest.done !== true) this.byTransmission.delete(oldest.value);
  }

  /** The answer to this transmission, once. */
  take(
    applicationKey: string,
    sent: DownlinkEvent,
  ): { readonly message: DownlinkEvent; readonly at: number } | undefined {
    const key = place(applicationKey, sent);
    const found = this.byTransmission.get(key);
    this.byTransmission.delete(key);
    return found;
  }
}

function place(applicationKey: string, { deviceId, downlink }: DownlinkEvent): string {
  return JSON.stringify([applicationKey, deviceId, transmissionOf(downlink)]);
}
