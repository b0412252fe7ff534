/** A clock that stands still until a test moves it; wall and monotonic time can be moved apart. */
import type { Clock } from "../../src/util/clock";
import type { Disposable } from "../../src/util/emitter";

interface Timer {
  dueAt: number;
  readonly period: number | undefined;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  private readonly timers = new Set<Timer>();
  private elapsed = 1_000;

  constructor(private wall = Date.parse("2026-02-23T08:00:00Z")) {}

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(milliseconds: number, callback: () => void): Disposable {
    return this.plan(milliseconds, undefined, callback);
  }

  every(milliseconds: number, callback: () => void): Disposable {
    return this.plan(milliseconds, milliseconds, callback);
  }

  /** How many timers run. */
  get pending(): number {
    return this.timers.size;
  }

  /** Milliseconds until each running timer is due, the next one first. */
  get waits(): readonly number[] {
    return [...this.timers].map(({ dueAt }) => dueAt - this.elapsed).sort((a, b) => a - b);
  }

  /** Lets time pass; what becomes due happens in order, each at its own moment. */
  advance(milliseconds: number): void {
    const end = this.elapsed + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(({ dueAt }) => dueAt <= end);
      const [next] = due.sort((a, b) => a.dueAt - b.dueAt);
      if (next === undefined) break;
      this.goTo(Math.max(this.elapsed, next.dueAt));
      if (next.period === undefined) this.timers.delete(next);
      else next.dueAt += next.period;
      next.callback();
    }
    this.goTo(end);
  }

  /** What sleep and a set clock look like: only the wall clock moves, forward or back. */
  jumpWall(milliseconds: number): void {
    this.wall += milliseconds;
  }

  /** A blocked event loop: time has passed, and no timer has run yet. The next `advance(0)` runs those due. */
  block(milliseconds: number): void {
    this.goTo(this.elapsed + milliseconds);
  }

  private goTo(to: number): void {
    this.wall += to - this.elapsed;
    this.elapsed = to;
  }

  private plan(milliseconds: number, period: number | undefined, callback: () => void): Disposable {
    const timer = { dueAt: this.elapsed + milliseconds, period, callback };
    this.timers.add(timer);
    return { dispose: () => this.timers.delete(timer) };
  }
}
