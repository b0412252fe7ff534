/**
 * Messages on their way to us, so that the socket is read at full speed whatever the rest of the extension does: a slow
 * reader loses messages at the server, where nobody counts them. Source: reliability R23, §2.6, G1.
 */
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

/** What is handed over in one turn of the event loop. Milliseconds. */
const slice = 8;
export const maximumWaiting = 2_000;
export const maximumWaitingBytes = 8 * 1024 * 1024;

interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export class MessageQueue implements Disposable {
  /** Oldest first; undefined where a message was shed. */
  private waiting: (Waiting | undefined)[] = [];
  private readonly countByTopic = new Map<string, number>();
  private count = 0;
  private bytes = 0;
  private shed = 0;
  private sliceStart = 0;
  private timer: Disposable | undefined;
  private isDisposed = false;

  constructor(
    private readonly clock: Clock,
    private readonly deliver: (topic: string, payload: Uint8Array) => void,
    /** Called when the queue is empty again, with how many messages were thrown away since the last time. */
    private readonly onShed: (count: number) => void,
  ) {}

  /** The socket has a new piece of data: a new turn of the event loop. */
  beginTurn(): void {
    this.sliceStart = this.clock.monotonic();
  }

  /** Hands the message over at once if there is time, or keeps a copy until there is. */
  add(topic: string, payload: Uint8Array): void {
    if (this.isDisposed) return;
    if (this.count === 0 && this.hasTime()) {
      this.deliver(topic, payload);
      return;
    }
    if (this.isFull(payload.length) && !this.makeRoom(topic)) {
      this.shed++;
      return;
    }
    this.waiting.push({ topic, payload: new Uint8Array(payload) });
    this.countChange(topic, 1, payload.length);
    this.timer ??= this.clock.after(0, () => this.drain());
  }

  /** The connection is gone: what still waits is counted as thrown away. */
  giveUp(): void {
    this.shed += this.count;
    this.report();
    this.dispose();
  }

  dispose(): void {
    this.isDisposed = true;
    this.timer?.dispose();
    this.waiting = [];
    this.countByTopic.clear();
  }

  private hasTime(): boolean {
    return this.clock.monotonic() - this.sliceStart < slice;
  }

  private isFull(length: number): boolean {
    return this.count >= maximumWaiting || this.bytes + length > maximumWaitingBytes;
  }

  /** A noisy end device must not hide a join: the newest of a topic that fills half the queue goes first. */
  private makeRoom(topic: string): boolean {
    const noisy = [...this.countByTopic].find(([, count]) => count > maximumWaiting / 2)?.[0];
    if (noisy === undefined || noisy === topic) return false;
    const index = this.waiting.findLastIndex((each) => each?.topic === noisy);
    const victim = this.waiting[index];
    if (!victim) return false;
    this.waiting[index] = undefined;
    this.countChange(noisy, -1, -victim.payload.length);
    this.shed++;
    return true;
  }

  private drain(): void {
    this.timer = undefined;
    this.beginTurn();
    let done = 0;
    // At least one in each turn, or a clock that jumps could stop it for good.
    for (; done < this.waiting.length && (done === 0 || this.hasTime()); done++) {
      const next = this.waiting[done];
      if (!next) continue;
      this.countChange(next.topic, -1, -next.payload.length);
      this.deliver(next.topic, next.payload);
    }
    this.waiting.splice(0, done);
    if (this.isDisposed) return; // by a listener
    if (this.waiting.length > 0) this.timer = this.clock.after(0, () => this.drain());
    else this.report();
  }

  private report(): void {
    const { shed } = this;
    this.shed = 0;
    if (shed > 0) this.onShed(shed);
  }

  private countChange(topic: string, change: 1 | -1, bytes: number): void {
    this.count += change;
    this.bytes += bytes;
    const count = (this.countByTopic.get(topic) ?? 0) + change;
    if (count === 0) this.countByTopic.delete(topic);
    else this.countByTopic.set(topic, count);
  }
}
