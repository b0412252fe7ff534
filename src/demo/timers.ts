/** Timers on an injected clock that all end together when the simulation closes. */
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

export class Timers implements Disposable {
  private readonly running = new Set<Disposable>();
  private isDisposed = false;

  constructor(private readonly clock: Clock) {}

  /** Whole milliseconds since 1970. */
  now(): number {
    return Math.floor(this.clock.now());
  }

  /** Calls back once after `milliseconds`, unless disposed of before. */
  after(milliseconds: number, callback: () => void): Disposable {
    if (this.isDisposed) return { dispose: () => undefined };
    const timer = this.clock.after(milliseconds, () => {
      this.running.delete(timer);
      callback();
    });
    this.running.add(timer);
    return {
      dispose: () => {
        this.running.delete(timer);
        timer.dispose();
      },
    };
  }

  dispose(): void {
    this.isDisposed = true;
    for (const timer of this.running) timer.dispose();
    this.running.clear();
  }
}
