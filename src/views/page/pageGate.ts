/**
 * Lets through what a page wants, at a bearable rate whatever the page does: of each kind a few at once, then one per
 * interval. What comes too soon waits as the newest of its kind, or is refused so that the user is told. For every page of
 * ours.
 */
import type { Clock } from "../../util/clock";
import type { Disposable } from "../../util/emitter";

export interface Rate {
  /** Milliseconds for each that is let through. */
  readonly interval: number;
  /** Let through at once after a pause. */
  readonly burst: number;
}

export interface GateOptions<M extends { readonly type: string }> {
  /** Kinds that cost nothing are left out. */
  readonly rates: Readonly<Partial<Record<M["type"], Rate>>>;
  readonly act: (message: M) => void;
  /** For what must never be done later than it was wanted; true if this is such a message. */
  readonly refuse: (message: M) => boolean;
  /** Two with the same wish, one right after the other, are one. Undefined if each is one of its own. */
  readonly wishOf: (message: M) => string | undefined;
}

interface Lane<M> {
  readonly rate: Rate;
  /** Monotonic milliseconds; the burst is used up when it is so far ahead. */
  paidUntil: number;
  last: { readonly at: number; readonly wish: string | undefined };
  /** The newest that waits. */
  waiting: M | undefined;
  timer: Disposable | undefined;
}

export class PageGate<M extends { readonly type: string }> implements Disposable {
  private readonly lanes = new Map<M["type"], Lane<M>>();

  constructor(
    private readonly clock: Clock,
    private readonly options: GateOptions<M>,
  ) {}

  receive(message: M): void {
    const type: M["type"] = message.type;
    const rate = this.options.rates[type];
    if (!rate) {
      this.options.act(message);
      return;
    }
    const lane = this.lanes.get(type) ?? this.newLane(type, rate);
    const wait = lane.paidUntil - (rate.burst - 1) * rate.interval - this.clock.monotonic();
    if (wait > 0) {
      if (!this.options.refuse(message)) this.postpone(lane, message, wait);
    } else if (lane.timer) lane.waiting = message;
    else this.act(lane, message);
  }

  dispose(): void {
    for (const { timer } of this.lanes.values()) timer?.dispose();
    this.lanes.clear();
  }

  private newLane(type: M["type"], rate: Rate): Lane<M> {
    const last = { at: -Infinity, wish: "" };
    const lane = { rate, last, paidUntil: -Infinity, waiting: undefined, timer: undefined };
    this.lanes.set(type, lane);
    return lane;
  }

  /** Does nothing if it was done a moment ago. */
  private act(lane: Lane<M>, message: M): void {
    const now = this.clock.monotonic();
    const wish = this.options.wishOf(message);
    const { interval } = lane.rate;
    if (wish !== undefined && wish === lane.last.wish && now - lane.last.at < interval) return;
    lane.last = { at: now, wish };
    lane.paidUntil = Math.max(now, lane.paidUntil) + interval;
    this.options.act(message);
  }

  private postpone(lane: Lane<M>, message: M, wait: number): void {
    lane.waiting = message;
    lane.timer ??= this.clock.after(wait, () => {
      const { waiting } = lane;
      lane.timer = undefined;
      lane.waiting = undefined;
      if (waiting) this.act(lane, waiting);
    });
  }
}
