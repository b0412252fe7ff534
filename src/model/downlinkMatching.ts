/** Which message belongs to which downlink of ours, and each fact counted once. Source: tts-mqtt §7.1, §7.3. */
import type { DownlinkDetails, DownlinkEvent, Message } from "../stack/messages";
import { ownText, shortKey } from "../util/ownText";
import { currentState, type DownlinkStep, type TrackedDownlink } from "./downlinkVerdict";

/** Attempts when the message names no maximum (tts-mqtt §7.1). */
const defaultAttempts = 8;
/** A confirmed downlink can be tried up to 32 times, two steps each, and seldom is. */
const maximumSteps = 100;
const maximumUnmatched = 100;

/** Names one transmission within a device: every attempt gets the next frame counter of its session. */
export function transmissionOf({ sessionKeyId, fCnt }: DownlinkDetails): string {
  return shortKey(JSON.stringify([sessionKeyId ?? "", fCnt ?? 0]));
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

type Attempts = Pick<DownlinkDetails, "attempt" | "maximumAttempts">;

/** The number of an attempt with which the server began; without one it counts from 0 and sends once more (real-traffic 8). */
export function firstAttempt(queued: Attempts): number | undefined {
  const { attempt, maximumAttempts } = queued;
  return attempt ?? (maximumAttempts === undefined ? undefined : 0);
}

/**
 * Whether a `nack` means that the downlink is back in the queue: not after the last attempt, and not for an end device whose
 * application encrypts itself, where the attempt is not counted on (real-traffic 9, 26).
 * @param first the attempt that it began with, if that is known
 */
export function isTriedAgain({ attempt, maximumAttempts }: Attempts, first?: number): boolean {
  if (attempt === undefined) return true;
  if (attempt > (maximumAttempts ?? defaultAttempts)) return false;
  return attempt !== 1 || first === 0 || (first === undefined && maximumAttempts !== undefined);
}

/** What follows from a `nack`: the server itself tries again, until the attempts are used up. */
export function attemptNote(downlink: Attempts, first?: number): string {
  const { attempt, maximumAttempts } = downlink;
  if (attempt === undefined) return "the server tries again";
  const maximum = maximumAttempts ?? defaultAttempts;
  if (attempt > maximum) return "that was the last attempt";
  if (!isTriedAgain(downlink, first)) return notTriedAgain;
  const more = first === 0 || attempt === 1 ? 1 : 0;
  return `the server tries again, attempt ${attempt + more} of ${maximum + more}`;
}

export const notTriedAgain =
  "the server does not send it again, as the application encrypts itself";

/** Whether this transmission was one of it. */
export function hasSent({ steps }: TrackedDownlink, transmission: string): boolean {
  return steps.some((step) => step.state === "sent" && step.transmission === transmission);
}

/** The downlink with one more fact; the same downlink if the fact is known already. */
export function withStep(tracked: TrackedDownlink, step: DownlinkStep): TrackedDownlink {
  if (isKnown(tracked, step)) return tracked;
  return { ...tracked, steps: bounded([...tracked.steps, step]) };
}

function isKnown(tracked: TrackedDownlink, step: DownlinkStep): boolean {
  // A queue can be replaced again after a `nack` has put the downlink back.
  if (step.state === "superseded" || step.state === "notKnown") {
    return currentState(tracked) === step.state;
  }
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

/** An answer with no more of its message than what is needed. */
export interface EarlyAnswer {
  readonly at: number;
  readonly isAck: boolean;
  readonly transmission: string;
  readonly details: Attempts;
}

export function answerOf({ kind, downlink }: DownlinkEvent, at: number): EarlyAnswer {
  const { attempt, maximumAttempts } = downlink;
  const transmission = transmissionOf(downlink);
  return { at, isAck: kind === "downlinkAck", transmission, details: { attempt, maximumAttempts } };
}

/** Answers that carry no id of ours and came before the `sent` that would have told whose they are. */
export class UnmatchedAnswers {
  private readonly byTransmission = new Map<string, EarlyAnswer>();

  keep(applicationKey: string, message: DownlinkEvent, at: number): void {
    if (message.downlink.sessionKeyId === undefined) return;
    this.byTransmission.set(place(applicationKey, message), answerOf(message, at));
    if (this.byTransmission.size <= maximumUnmatched) return;
    const oldest = this.byTransmission.keys().next();
    if (oldest.done !== true) this.byTransmission.delete(oldest.value);
  }

  /** The answer to this transmission, once. */
  take(applicationKey: string, sent: DownlinkEvent): EarlyAnswer | undefined {
    const key = place(applicationKey, sent);
    const found = this.byTransmission.get(key);
    this.byTransmission.delete(key);
    return found;
  }
}

function place(applicationKey: string, { deviceId, downlink }: DownlinkEvent): string {
  return ownText(JSON.stringify([applicationKey, deviceId, transmissionOf(downlink)]), 1_000);
}
