/**
 * Makes downlinks wait their turn: one in flight per end device, so many a minute per application, in the order they came.
 * The server cuts the connection of who sends faster (tts-mqtt §1.7, reliability §5.3). What waits is never kept: it is
 * dropped with the connection.
 */
import type { Waiting } from "../model/downlinkTurn";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

/** `cancelled` by the one who waited, `dropped` with the connection, `full` when too many wait already. */
export type NoTurn = "cancelled" | "dropped" | "full";

export const defaultPerMinute = 10;
/** Per application. */
export const maximumWaiting = 200;
const minute = 60_000;

interface Waiter {
  readonly deviceId: string;
  readonly onWait: Waiting["onWait"];
  readonly settle: (turn: Disposable | NoTurn) => void;
}

interface Lane {
  readonly waiters: Set<Waiter>;
  readonly busyDevices: Set<string>;
  /** Beginnings within the last minute, oldest first; monotonic milliseconds. */
  starts: number[];
  /** Until then the server closes the connection at the first publish; monotonic milliseconds. */
  limitedUntil: number;
  timer: Disposable | undefined;
}

export class DownlinkPacer implements Disposable {
  private readonly lanes = new Map<string, Lane>();

  /** @param perMinute asked anew for every downlink */
  constructor(
    private readonly clock: Clock,
    private readonly perMinute: () => number,
  ) {}

  /** Resolves with what to dispose of when the downlink is no longer in flight, or with why there will be no turn. */
  turn(key: string, deviceId: string, waiting: Waiting = {}): Promise<Disposable | NoTurn> {
    const { onWait, signal } = waiting;
    const lane = this.lane(key);
    if (signal?.aborted === true) return Promise.resolve("cancelled");
    if (lane.waiters.size >= maximumWaiting) return Promise.resolve("full");
    return new Promise((resolve) => {
      const settle = (turn: Disposable | NoTurn) => {
        lane.waiters.delete(waiter);
        signal?.removeEventListener("abort", cancel);
        resolve(turn);
      };
      const waiter: Waiter = { deviceId, onWait, settle };
      const cancel = () => {
        settle("cancelled");
        this.advance(lane);
      };
      signal?.addEventListener("abort", cancel);
      lane.waiters.add(waiter);
      this.advance(lane);
    });
  }

  /** The server has enforced its own rate limit: nothing begins for a minute (real-traffic 29). */
  limited(key: string): void {
    const lane = this.lane(key);
    lane.limitedUntil = this.clock.monotonic() + minute;
    this.advance(lane);
  }

  /** Milliseconds for which nothing begins because of the server's rate limit. */
  limitLeft(key: string): number {
    return Math.max(0, (this.lanes.get(key)?.limitedUntil ?? 0) - this.clock.monotonic());
  }

  /** Ends every wait of an application: its connection is gone. */
  drop(key: string): void {
    const lane = this.lanes.get(key);
    if (!lane) return;
    for (const waiter of lane.waiters) waiter.settle("dropped");
    this.advance(lane);
  }

  dispose(): void {
    for (const key of this.lanes.keys()) this.drop(key);
  }

  private lane(key: string): Lane {
    const known = this.lanes.get(key);
    if (known) return known;
    this.forgetIdleLanes();
    const lane: Lane = {
      waiters: new Set(),
      busyDevices: new Set(),
      starts: [],
      limitedUntil: -Infinity,
      timer: undefined,
    };
    this.lanes.set(key, lane);
    return lane;
  }

  /** Gives turns to all who may have one, and tells the others how long they wait. */
  private advance(lane: Lane): void {
    const now = this.clock.monotonic();
    const perMinute = this.perMinute();
    lane.timer?.dispose();
    lane.timer = undefined;
    lane.starts = lane.starts.filter((start) => now - start < minute);
    // The beginnings to come if nobody has to wait for an end device.
    const expected = [...lane.starts];
    for (const waiter of lane.waiters) {
      const paced = Math.max(now, (expected.at(-perMinute) ?? -Infinity) + minute);
      const isLimited = lane.limitedUntil > paced;
      const at = isLimited ? lane.limitedUntil : paced;
      const isBusy = lane.busyDevices.has(waiter.deviceId);
      if (!isBusy && at <= now) this.start(lane, waiter, now);
      else {
        const until = at <= now ? undefined : this.clock.now() + at - now;
        waiter.onWait?.({ until, perMinute, ...(isLimited ? { isLimited } : {}) });
        lane.timer ??= until === undefined ? undefined : this.advanceAfter(lane, at - now);
      }
      if (!isBusy || at > now) expected.push(at);
    }
  }

  private start(lane: Lane, { deviceId, settle }: Waiter, now: number): void {
    lane.busyDevices.add(deviceId);
    lane.starts.push(now);
    let isInFlight = true;
    const dispose = () => {
      if (!isInFlight) return;
      isInFlight = false;
      lane.busyDevices.delete(deviceId);
      this.advance(lane);
    };
    settle({ dispose });
  }

  /** Applications come and go; what they sent a minute ago no longer counts. */
  private forgetIdleLanes(): void {
    const now = this.clock.monotonic();
    for (const [key, { waiters, busyDevices, starts, limitedUntil }] of this.lanes) {
      const isRecent = now - (starts.at(-1) ?? -Infinity) < minute || limitedUntil > now;
      if (waiters.size === 0 && busyDevices.size === 0 && !isRecent) this.lanes.delete(key);
    }
  }

  private advanceAfter(lane: Lane, milliseconds: number): Disposable {
    return this.clock.after(milliseconds, () => this.advance(lane));
  }
}
