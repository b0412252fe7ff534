/** Ends the wait for the server's answer to a downlink. Source: reliability R4, R10. */
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";
import type { DownlinkTracker } from "./downlinks";
import { currentState, type TrackedDownlink } from "./downlinkVerdict";

/** Milliseconds, unless the user sets another time. */
export const defaultAnswerTimeout = 15_000;

export class AnswerWatch implements Disposable {
  private readonly waiting = new Map<string, Disposable>();
  private readonly listener: Disposable;

  /** @param timeout asked for with each wait that begins; milliseconds */
  constructor(
    private readonly tracker: DownlinkTracker,
    private readonly clock: Clock,
    private readonly timeout: () => number = () => defaultAnswerTimeout,
  ) {
    this.listener = tracker.onDidChange((tracked) => this.follow(tracked));
  }

  dispose(): void {
    this.listener.dispose();
    for (const wait of this.waiting.values()) wait.dispose();
    this.waiting.clear();
  }

  private follow(tracked: TrackedDownlink): void {
    const { correlationId: id } = tracked;
    const isAwaiting = currentState(tracked) === "published";
    if (isAwaiting === this.waiting.has(id)) return;
    this.waiting.get(id)?.dispose();
    this.waiting.delete(id);
    if (!isAwaiting) return;
    const wait = this.clock.after(this.timeout(), () => {
      this.waiting.delete(id);
      this.tracker.unanswered(id, this.clock.now());
    });
    this.waiting.set(id, wait);
  }
}
