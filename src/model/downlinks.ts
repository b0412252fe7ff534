/** Follows every downlink of ours from the click to the server's last word. Source: tts-mqtt §7, reliability R9–R11, real-traffic. */
import { shortCorrelationId } from "../stack/correlation";
import { Emitter } from "../util/emitter";
import type {
  DownlinkEvent,
  DownlinkFailed,
  DownlinkQueueInvalidated,
  Message,
} from "../stack/messages";
import type { PreparedDownlink } from "../stack/downlink";
import { ownText } from "../util/ownText";
import {
  answerOf,
  attemptNote,
  hasSent,
  isTriedAgain,
  ownIds,
  transmissionOf,
  UnmatchedAnswers,
  withStep,
  type EarlyAnswer,
} from "./downlinkMatching";
import { attemptsMade, keptError, queuedAs, withGapBegun, withGapEnded } from "./downlinkFacts";
import type { DownlinkQueue, TrackedTarget } from "./downlinkTarget";
import {
  currentState,
  isOpen,
  isPending,
  type DownlinkState,
  type DownlinkStep,
  type TrackedDownlink,
} from "./downlinkVerdict";
import { OwnQueues } from "./ownQueues";

/** Downlinks of one publish and those that they are to take the place of: ids of ours. */
interface Replacement {
  readonly ids: readonly string[];
  readonly replaced: readonly string[];
}

export class DownlinkTracker {
  private readonly byId = new Map<string, TrackedDownlink>();
  /** By the id of each downlink that is to take the place of others. */
  private readonly replacing = new Map<string, Replacement>();
  private readonly unmatched = new UnmatchedAnswers();
  private readonly queues = new OwnQueues((id) => this.byId.get(id));
  private readonly emptiedEmitter = new Emitter<DownlinkQueue>();
  private readonly changeEmitter = new Emitter<TrackedDownlink>();
  /** Fires with the new value whenever something became known of a downlink. */
  readonly onDidChange = this.changeEmitter.event;
  /** Fires when a replace or clear of ours has thrown away what waited, of other senders, too. */
  readonly onDidEmpty = this.emptiedEmitter.event;

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

  /**
   * Begins to follow downlinks that are about to be published. Returns the ids of those that a replace or clear takes
   * out of the queue if the server does as it is told.
   */
  begin(
    { applicationKey, deviceId, operation }: TrackedTarget,
    downlinks: readonly PreparedDownlink[],
    now: number,
  ): readonly string[] {
    const replaced =
      operation === "replace"
        ? this.of(applicationKey, deviceId)
            .filter(isOpen)
            .map((each) => each.correlationId)
        : [];
    const ids = downlinks.map(({ correlationId }) => correlationId);
    for (const downlink of downlinks) {
      const { correlationId } = downlink;
      if (operation === "replace") this.replacing.set(correlationId, { ids, replaced });
      this.set({
        ...{ applicationKey, deviceId, operation, correlationId, downlink },
        steps: [{ state: "publishing", at: now, note: undefined }],
        ...{ queuedAs: undefined, error: undefined, gaps: [] },
      });
    }
    return replaced;
  }

  /** Notes what became of the publish itself. */
  published(
    correlationId: string,
    now: number,
    state: Extract<DownlinkState, "published" | "notPublished" | "unknown"> = "published",
    note?: string,
  ): void {
    const tracked = this.byId.get(correlationId);
    if (tracked) this.add(tracked, { state, at: now, note });
  }

  /** The time in which servers answer is over. Does nothing if the server has said something. */
  unanswered(correlationId: string, now: number): void {
    const tracked = this.byId.get(correlationId);
    if (!tracked || currentState(tracked) !== "published") return;
    this.add(tracked, { state: "noAnswer", at: now, note: undefined });
  }

  /** A clear reached the server, which answers nothing to it (tts-mqtt §6.5): what waited is taken as thrown away. */
  cleared(
    { applicationKey, deviceId }: DownlinkQueue,
    replaced: readonly string[],
    now: number,
  ): void {
    this.superseded(replaced, now, "the queue was cleared", "clear");
    this.queues.emptied(applicationKey, deviceId);
    this.emptiedEmitter.fire({ applicationKey, deviceId });
  }

  /**
   * The server has emptied the queue for us, so it must have taken these out. The server itself says nothing of it. What was
   * transmitted is not in the queue then, and goes on being tried (real-traffic 7).
   * @param by what of ours did that
   */
  superseded(
    correlationIds: readonly string[],
    now: number,
    note: string,
    by?: TrackedDownlink["outlived"],
  ): void {
    for (const id of correlationIds) {
      const tracked = this.byId.get(id);
      if (!tracked || !isOpen(tracked)) continue;
      if (currentState(tracked) !== "sent")
        this.add(tracked, { state: "superseded", at: now, note });
      else if (by) this.set({ ...tracked, outlived: by });
    }
  }

  /** From `at` on, what the server says is not heard. Milliseconds since 1970. */
  disconnected(applicationKey: string, at: number): void {
    for (const each of this.of(applicationKey)) {
      if (isOpen(each)) this.replace(each, withGapBegun(each, at));
    }
  }

  /** The end of the gap. */
  connected(applicationKey: string, at: number): void {
    for (const each of this.of(applicationKey)) this.replace(each, withGapEnded(each, at));
  }

  /**
   * Adds what an upstream message of this application tells. Messages about other downlinks change nothing. Returns the
   * downlinks that it is about.
   */
  apply(message: Message, now: number, applicationKey: string): readonly TrackedDownlink[] {
    const about = this.applyBody(message, now, applicationKey);
    for (const { id, note } of this.queues.take(message, now, applicationKey, about.length > 0)) {
      const tracked = this.byId.get(id);
      if (tracked && isPending(tracked)) this.add(tracked, { state: "notKnown", at: now, note });
    }
    return about.map((each) => this.byId.get(each.correlationId) ?? each);
  }

  private applyBody(
    message: Message,
    now: number,
    applicationKey: string,
  ): readonly TrackedDownlink[] {
    switch (message.kind) {
      case "downlinkQueued":
        return this.applyQueued(message, now, applicationKey);
      case "downlinkSent":
        return this.applySent(message, now, applicationKey);
      case "downlinkAck":
      case "downlinkNack":
        return this.applyAnswer(message, now, applicationKey);
      case "downlinkFailed":
        return this.applyFailure(message, now, applicationKey);
      case "downlinkQueueInvalidated":
        return this.applyInvalidated(message, now, applicationKey);
      default:
        return [];
    }
  }

  private applyQueued(message: DownlinkEvent, now: number, key: string): TrackedDownlink[] {
    return this.find(message, message.downlink.correlationIds, key).map((tracked) => {
      const told = { ...tracked, queuedAs: tracked.queuedAs ?? queuedAs(message.downlink) };
      const next = this.add(told, { state: "queued", at: now, note: undefined });
      this.replaceOthers(next, now);
      return next;
    });
  }

  /** Only seen by applications that encrypt themselves: they have to compute these downlinks anew (tts-mqtt §7.4). */
  private applyInvalidated(
    message: DownlinkQueueInvalidated,
    now: number,
    key: string,
  ): TrackedDownlink[] {
    const found = message.downlinks.flatMap((each) => this.find(message, each.correlationIds, key));
    const ids = [...new Set(found.map(({ correlationId }) => correlationId))];
    this.superseded(ids, now, invalidatedNote);
    return ids.flatMap((id) => this.byId.get(id) ?? []);
  }

  private applySent(message: DownlinkEvent, now: number, key: string): TrackedDownlink[] {
    const transmission = transmissionOf(message.downlink);
    return this.find(message, message.downlink.correlationIds, key).map((tracked) => {
      const next = this.add(tracked, { state: "sent", at: now, note: undefined, transmission });
      const early = this.unmatched.take(key, message);
      return early ? this.addAnswer(next, early) : next;
    });
  }

  /** Matched by our id, or else as the answer to a transmission of ours (tts-mqtt §7.3). */
  private applyAnswer(message: DownlinkEvent, now: number, key: string): TrackedDownlink[] {
    const byIds = this.find(message, message.downlink.correlationIds, key);
    const found = byIds.length > 0 ? byIds : this.findTransmission(message, key);
    if (found.length === 0 && this.of(key, message.deviceId).length > 0) {
      this.unmatched.keep(key, message, now);
    }
    return found.map((tracked) => this.addAnswer(tracked, answerOf(message, now)));
  }

  private addAnswer(tracked: TrackedDownlink, answer: EarlyAnswer): TrackedDownlink {
    const { at, transmission, details } = answer;
    if (answer.isAck) {
      return this.add(tracked, { state: "acknowledged", at, note: undefined, transmission });
    }
    const first = tracked.queuedAs?.attempt;
    return this.add(tracked, {
      ...{ state: "notAcknowledged", at, transmission, note: attemptNote(details, first) },
      ...(isTriedAgain(details, first) ? {} : { isLast: true }),
    });
  }

  private applyFailure(message: DownlinkFailed, now: number, key: string): TrackedDownlink[] {
    const note = ownText(message.error?.text ?? "The server gave no reason.", 300);
    return this.find(message, message.downlink?.correlationIds ?? [], key).map((tracked) => {
      this.replacing.delete(tracked.correlationId); // the old queue is kept (tts-mqtt §6.5)
      const error = tracked.error ?? (message.error && keptError(message.error));
      const told = { ...tracked, ...attemptsMade(message, tracked), error };
      return this.add(told, { state: "failed", at: now, note });
    });
  }

  private find(message: Message, innerIds: readonly string[], key: string): TrackedDownlink[] {
    return ownIds(message, innerIds, (id) => {
      const tracked = this.byId.get(id);
      return tracked?.deviceId === message.deviceId && tracked.applicationKey === key;
    }).flatMap((id) => this.byId.get(id) ?? []);
  }

  private findTransmission({ deviceId, downlink }: DownlinkEvent, key: string): TrackedDownlink[] {
    if (downlink.sessionKeyId === undefined) return [];
    return this.of(key, deviceId).filter((each) => hasSent(each, transmissionOf(downlink)));
  }

  /** Its `queued` proves that the queue before it is gone. */
  private replaceOthers(
    { correlationId, applicationKey, deviceId }: TrackedDownlink,
    now: number,
  ): void {
    const replacement = this.replacing.get(correlationId);
    if (!replacement) return;
    for (const id of replacement.ids) this.replacing.delete(id);
    const note = `id ${shortCorrelationId(correlationId)} took its place`;
    this.superseded(replacement.replaced, now, note, "replace");
    this.queues.emptied(applicationKey, deviceId);
    this.emptiedEmitter.fire({ applicationKey, deviceId });
  }

  private add(tracked: TrackedDownlink, step: DownlinkStep): TrackedDownlink {
    const next = withStep(tracked, step);
    this.replace(this.byId.get(tracked.correlationId), next);
    return next;
  }

  private replace(known: TrackedDownlink | undefined, next: TrackedDownlink): void {
    if (next !== known) this.set(next);
  }

  private set(tracked: TrackedDownlink): void {
    this.byId.set(tracked.correlationId, tracked);
    if (this.byId.size > this.maximum) {
      const [oldest = ""] = this.byId.keys();
      this.byId.delete(oldest);
      this.replacing.delete(oldest);
    }
    this.changeEmitter.fire(tracked);
  }
}

/** Why a downlink of an application that encrypts itself left the queue. */
export const invalidatedNote = "its frame counter was used up";
