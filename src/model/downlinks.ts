/** Follows every downlink of ours from the click to the server's last word. Source: tts-mqtt §7, reliability R9–R11. */
import { Emitter } from "../util/emitter";
import type { DownlinkEvent, DownlinkFailed, Message, ServerError } from "../stack/messages";
import type { PreparedDownlink } from "../stack/downlink";
import type { DownlinkOperation } from "../stack/topics";

/**
 * publishing → published (the server took the packet, nothing more) → queued → sent → acknowledged, or
 * notAcknowledged (the server tries again), failed, notPublished (it never left this machine or nobody knows).
 */
export type DownlinkState =
  | "publishing"
  | "published"
  | "notPublished"
  | "queued"
  | "sent"
  | "acknowledged"
  | "notAcknowledged"
  | "failed";

export interface DownlinkStep {
  readonly state: DownlinkState;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What else is worth knowing about the step, in words. */
  readonly note: string | undefined;
}

/** One downlink of ours and all that the server said about it so far. */
export interface TrackedDownlink {
  readonly correlationId: string;
  readonly applicationKey: string;
  readonly deviceId: string;
  readonly operation: DownlinkOperation;
  readonly downlink: PreparedDownlink;
  readonly steps: readonly DownlinkStep[];
  /** Set by `down/failed`. */
  readonly error: ServerError | undefined;
}

/** The latest step of a downlink by the server's order of things, not by arrival. */
export function currentState(downlink: TrackedDownlink): DownlinkState {
  let best: DownlinkStep | undefined;
  for (const step of downlink.steps) {
    if (best === undefined || rank[step.state] >= rank[best.state]) best = step;
  }
  return best?.state ?? "publishing";
}

// `queued` may overtake our PUBACK, and `sent` of a second attempt follows a `nack`.
const rank: Readonly<Record<DownlinkState, number>> = {
  publishing: 0,
  notPublished: 1,
  published: 1,
  queued: 2,
  sent: 3,
  notAcknowledged: 3,
  acknowledged: 4,
  failed: 4,
};

/** True while the server still has something to say about it. */
export function isPending(downlink: TrackedDownlink): boolean {
  const state = currentState(downlink);
  if (state === "sent") return downlink.downlink.confirmed;
  return state === "queued" || state === "notAcknowledged";
}

export class DownlinkTracker {
  private readonly byId = new Map<string, TrackedDownlink>();
  private readonly changeEmitter = new Emitter<TrackedDownlink>();
  /** Fires with the new value whenever a downlink gained a step. */
  readonly onDidChange = this.changeEmitter.event;

  /** @param maximum how many downlinks are remembered; the oldest go first */
  constructor(private readonly maximum = 500) {}

  /** Newest first. */
  of(applicationKey: string, deviceId?: string): TrackedDownlink[] {
    return [...this.byId.values()]
      .filter(
        (each) =>
          each.applicationKey === applicationKey &&
          (deviceId === undefined || each.deviceId === deviceId),
      )
      .reverse();
  }

  get(correlationId: string): TrackedDownlink | undefined {
    return this.byId.get(correlationId);
  }

  /** Begins to follow downlinks that are about to be published. */
  begin(
    target: { applicationKey: string; deviceId: string; operation: DownlinkOperation },
    downlinks: readonly PreparedDownlink[],
    now: number,
  ): void {
    for (const downlink of downlinks) {
      const step: DownlinkStep = { state: "publishing", at: now, note: undefined };
      this.set({
        ...target,
        correlationId: downlink.correlationId,
        downlink,
        steps: [step],
        error: undefined,
      });
    }
  }

  /** Notes what became of the publish itself. */
  published(correlationId: string, now: number, problem?: string): void {
    const tracked = this.byId.get(correlationId);
    if (!tracked) return;
    const state = problem === undefined ? "published" : "notPublished";
    this.addStep(tracked, { state, at: now, note: problem });
  }

  /**
   * Adds the step that an upstream message tells of. Messages about other downlinks change nothing, nor do those of
   * another application than the one named.
   */
  apply(message: Message, now: number, applicationKey?: string): readonly TrackedDownlink[] {
    switch (message.kind) {
      case "downlinkQueued":
      case "downlinkSent":
      case "downlinkAck":
      case "downlinkNack":
        return this.applyEvent(message, now, applicationKey);
      case "downlinkFailed":
        return this.applyFailure(message, now, applicationKey);
      default:
        return [];
    }
  }

  private applyEvent(message: DownlinkEvent, now: number, key?: string): TrackedDownlink[] {
    const state = stateOf[message.kind];
    return this.find(message, message.downlink.correlationIds, key).map((tracked) =>
      this.addStep(tracked, { state, at: now, note: eventNote(message) }),
    );
  }

  private applyFailure(message: DownlinkFailed, now: number, key?: string): TrackedDownlink[] {
    const note = message.error?.text ?? "The server gave no reason.";
    return this.find(message, message.downlink?.correlationIds ?? [], key).map((tracked) =>
      this.addStep({ ...tracked, error: message.error }, { state: "failed", at: now, note }),
    );
  }

  private find(message: Message, innerIds: readonly string[], key?: string): TrackedDownlink[] {
    const found = new Set<TrackedDownlink>();
    // Several downlinks of one push share the envelope's ids, so the downlink's own list is asked first.
    for (const id of innerIds.length > 0 ? innerIds : message.correlationIds) {
      const tracked = this.byId.get(id);
      if (tracked?.deviceId !== message.deviceId) continue;
      if (key === undefined || tracked.applicationKey === key) found.add(tracked);
    }
    return [...found];
  }

  private addStep(tracked: TrackedDownlink, step: DownlinkStep): TrackedDownlink {
    const next = { ...tracked, steps: [...tracked.steps, step].slice(-maximumSteps) };
    this.set(next);
    return next;
  }

  private set(tracked: TrackedDownlink): void {
    this.byId.set(tracked.correlationId, tracked);
    if (this.byId.size > this.maximum) {
      const oldest = this.byId.keys().next();
      if (oldest.done !== true) this.byId.delete(oldest.value);
    }
    this.changeEmitter.fire(tracked);
  }
}

/** A confirmed downlink can be tried up to 32 times, three steps each. */
const maximumSteps = 100;

const stateOf = {
  downlinkQueued: "queued",
  downlinkSent: "sent",
  downlinkAck: "acknowledged",
  downlinkNack: "notAcknowledged",
} as const;

function eventNote(message: DownlinkEvent): string | undefined {
  const { attempt, maximumAttempts } = message.downlink;
  if (message.kind !== "downlinkNack" || attempt === undefined) return undefined;
  return `the server tries again, attempt ${attempt} of ${maximumAttempts ?? 8}`;
}
