/** Frames that wait to be decoded, off the path of the messages: bounded, handed over in batches, the oldest shed first. */
import type { Clock } from "../../util/clock";
import type { Disposable } from "../../util/emitter";

export const maximumQueued = 500;
export const batchSize = 64;
/** Time in which frames gather to a batch. Milliseconds. */
export const gatherTime = 40;

export class LiveQueue<T> implements Disposable {
  private waiting: T[] = [];
  private timer: Disposable | undefined;
  private isRunning = false;
  private isDisposed = false;

  /**
   * @param run decodes a batch; the next is handed over when it is done. Must not reject
   * @param onShed told of each frame that is given up
   */
  constructor(
    private readonly clock: Clock,
    private readonly run: (batch: readonly T[]) => Promise<void>,
    private readonly onShed: (item: T) => void,
  ) {}

  get size(): number {
    return this.waiting.length;
  }

  add(item: T): void {
    if (this.isDisposed) return;
    this.waiting.push(item);
    if (this.waiting.length > maximumQueued) {
      const shed = this.waiting.shift();
      if (shed !== undefined) this.onShed(shed);
    }
    this.plan();
  }

  dispose(): void {
    this.isDisposed = true;
    this.timer?.dispose();
    this.waiting = [];
  }

  private plan(): void {
    if (this.isRunning || this.isDisposed || this.waiting.length === 0) return;
    this.timer ??= this.clock.after(gatherTime, () => {
      this.timer = undefined;
      void this.runBatch();
    });
  }

  private async runBatch(): Promise<void> {
    this.isRunning = true;
    try {
      await this.run(this.waiting.splice(0, batchSize));
    } finally {
      this.isRunning = false;
      this.plan();
    }
  }
}
