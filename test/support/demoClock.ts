/** A clock that stands still until a test advances it. */
import type { Clock } from "../../src/util/clock";
import type { Disposable } from "../../src/util/emitter";

interface Timer {
  dueAt: number;
  readonly period: number | undefined;
  readonly callback: () => void;
}

export class DemoClock implements Clock {
  private readonly timers = new Set<Timer>();

  constructor(private time = Date.parse("2026-02-23T08:00:00Z")) {}

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(milliseconds: number, callback: () => void): Disposable {
    return this.plan(milliseconds, undefined, callback);
  }

  every(milliseconds: number, callback: () => void): Disposable {
    return this.plan(milliseconds, milliseconds, callback);
  }

  /** Lets time pass; what becomes due happens in order, at its own moment. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(({ dueAt }) => dueAt <= end);
      const [next] = due.sort((a, b) => a.dueAt - b.dueAt);
      if (next === undefined) break;
      this.time = next.dueAt;
      if (next.period === undefined) this.timers.delete(next);
      else next.dueAt += next.period;
      next.callback();
    }
    this.time = end;
  }

  private plan(milliseconds: number, period: number | undefined, callback: () => void): Disposable {
    const timer = { dueAt: this.time + milliseconds, period, callback };
    this.timers.add(timer);
    return { dispose: () => this.timers.delete(timer) };
  }
}
