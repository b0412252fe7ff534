/** Many calls become few. */
import type { Clock } from "./clock";
import type { Disposable } from "./emitter";

/**
 * Collects values and hands them over together: at once when `milliseconds` have passed since the last time,
 * otherwise as soon as they have. Equal values (by identity) are handed over once.
 */
export class Coalescer<T> implements Disposable {
  private readonly pending = new Set<T>();
  private timer: Disposable | undefined;
  private isDisposed = false;
  private lastFlush = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly milliseconds: number,
    private readonly deliver: (values: ReadonlySet<T>) => void,
  ) {}

  add(value: T): void {
    if (this.isDisposed) return;
    this.pending.add(value);
    if (this.timer) return;
    const wait = Math.max(0, this.lastFlush + this.milliseconds - this.clock.monotonic());
    this.timer = this.clock.after(wait, () => this.flush());
  }

  dispose(): void {
    this.isDisposed = true;
    this.timer?.dispose();
    this.timer = undefined;
    this.pending.clear();
  }

  private flush(): void {
    this.timer = undefined;
    this.lastFlush = this.clock.monotonic();
    const values = new Set(this.pending);
    this.pending.clear();
    this.deliver(values);
  }
}
