/**
 * Stands between wire and decode, so that no flood holds the window's thread: messages are handled at once while the turn
 * has time left, wait in a bounded queue otherwise, and are shed fairly beyond its caps. Source: reliability §2.6, R23.
 */
import { parseUpstreamTopic } from "../stack/topics";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

export interface MessageQueueServices {
  readonly clock: Clock;
  /** Takes a message in. Must copy what it keeps of the payload, and must not throw. */
  readonly handle: (key: string, topic: string, payload: Uint8Array) => void;
  /** So many messages of an application were shed since the last call: when shedding ends, or every few seconds. */
  readonly onShed: (key: string, count: number) => void;
  /** Calls back in the next turn of the event loop, after pending input; `setImmediate` if not given. */
  readonly nextTurn?: (callback: () => void) => Disposable;
}

/** Milliseconds of one turn of the event loop that messages may take. */
export const sliceLength = 8;
export const maximumWaiting = 2_000;
export const maximumWaitingBytes = 8 * 1024 * 1024;
/** While shedding lasts, it is told this often. Milliseconds. */
export const reportInterval = 5_000;

/** An end device and what waits of it. */
interface Sender {
  readonly id: string;
  messages: number;
  bytes: number;
}

interface Waiting {
  readonly key: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly sender: Sender;
  /** A join or the fate of a downlink: rare, and what people wait for. */
  readonly isPrecious: boolean;
}

export class MessageQueue implements Disposable {
  /** Oldest first. */
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private waitingPrecious = 0;
  private readonly senders = new Map<string, Sender>();
  /** The sender that was the last to fill more than half of the queue. */
  private noisy: Sender | undefined;
  private readonly shedByKey = new Map<string, number>();
  private lastReport = -Infinity;
  private reportTimer: Disposable | undefined;
  /** When the present slice is used up, by the monotonic clock; undefined when the next message begins a new one. */
  private sliceEnd: number | undefined;
  private turn: Disposable | undefined;
  private isDisposed = false;

  constructor(private readonly services: MessageQueueServices) {}

  /** Messages that wait to be handled. */
  get size(): number {
    return this.waiting.length;
  }

  /** Their bytes. */
  get bytes(): number {
    return this.waitingBytes;
  }

  /** Handles the message now if there is time and none waits before it; otherwise it waits, or something is shed. */
  add(key: string, topic: string, payload: Uint8Array): void {
    if (this.isDisposed) return;
    if (this.waiting.length === 0 && this.hasTime()) this.services.handle(key, topic, payload);
    else this.wait(key, topic, payload);
  }

  /** What waits is dropped, and a drain that runs stops: there is nobody left to show anything to. */
  dispose(): void {
    this.isDisposed = true;
    this.turn?.dispose();
    this.reportTimer?.dispose();
    this.waiting = [];
    this.waitingBytes = 0;
    this.senders.clear();
    this.shedByKey.clear();
  }

  private hasTime(): boolean {
    const now = this.services.clock.monotonic();
    if (this.sliceEnd === undefined) {
      this.sliceEnd = now + sliceLength;
      this.turn = (this.services.nextTurn ?? nextImmediate)(() => this.drain());
    }
    return now < this.sliceEnd;
  }

  /** The next turn: a new slice for what waits. What it does not get to waits for the turn after. */
  private drain(): void {
    this.sliceEnd = undefined;
    while (this.waiting.length > 0 && this.hasTime()) {
      const next = this.waiting[0];
      if (!next) return;
      this.remove(next);
      this.services.handle(next.key, next.topic, next.payload);
    }
    const isOver = this.waiting.length === 0 && this.shedByKey.size > 0;
    if (isOver && this.services.clock.monotonic() - this.lastReport >= reportInterval)
      this.report();
  }

  private wait(key: string, topic: string, payload: Uint8Array): void {
    const place = parseUpstreamTopic(topic);
    const { kind } = place ?? {};
    const isPrecious = kind === "join" || kind?.startsWith("downlink") === true;
    const sender = this.sender(`${key} ${place?.deviceId ?? ""}`);
    const incoming = { key, topic, payload, sender, isPrecious };
    while (!this.hasRoom(payload.length)) {
      const victim = this.leastMissed(incoming);
      this.countShed(victim.key);
      if (victim === incoming) return;
      this.remove(victim);
    }
    this.waiting.push({ ...incoming, payload: new Uint8Array(payload) });
    this.waitingBytes += payload.length;
    if (isPrecious) this.waitingPrecious++;
    sender.messages++;
    sender.bytes += payload.length;
    this.senders.set(sender.id, sender);
    if (fillsHalf(sender)) this.noisy = sender;
  }

  private sender(id: string): Sender {
    return this.senders.get(id) ?? { id, messages: 0, bytes: 0 };
  }

  private hasRoom(bytes: number): boolean {
    return this.waiting.length < maximumWaiting && this.waitingBytes + bytes <= maximumWaitingBytes;
  }

  private remove(removed: Waiting): void {
    if (this.waiting[0] === removed) this.waiting.shift();
    else this.waiting.splice(this.waiting.indexOf(removed), 1);
    const { sender, payload, isPrecious } = removed;
    this.waitingBytes -= payload.length;
    if (isPrecious) this.waitingPrecious--;
    sender.messages--;
    sender.bytes -= payload.length;
    if (sender.messages === 0) this.senders.delete(sender.id);
  }

  /**
   * Whom a full queue sheds: a sender that fills more than half of it first, joins and news of downlinks last; among
   * equals the one that comes, for that costs nothing.
   */
  private leastMissed(incoming: Waiting): Waiting {
    const noisy = this.noisy && fillsHalf(this.noisy) ? this.noisy : undefined;
    const worth = (each: Waiting) => (each.isPrecious ? 2 : 0) + (each.sender === noisy ? 0 : 1);
    // Nobody can be worth less than this, so there is no need to look further.
    const lowest = noisy ? 0 : this.waitingPrecious < this.waiting.length ? 1 : 3;
    let least = incoming;
    let leastWorth = worth(incoming);
    for (const each of this.waiting) {
      if (leastWorth <= lowest) break;
      const itsWorth = worth(each);
      if (itsWorth >= leastWorth) continue;
      least = each;
      leastWorth = itsWorth;
    }
    return least;
  }

  private countShed(key: string): void {
    this.shedByKey.set(key, (this.shedByKey.get(key) ?? 0) + 1);
    this.reportTimer ??= this.services.clock.after(reportInterval, () => this.report());
  }

  private report(): void {
    this.reportTimer?.dispose();
    this.reportTimer = undefined;
    this.lastReport = this.services.clock.monotonic();
    const counts = [...this.shedByKey];
    this.shedByKey.clear();
    for (const [key, count] of counts) this.services.onShed(key, count);
  }
}

function fillsHalf({ messages, bytes }: Sender): boolean {
  return messages > maximumWaiting / 2 || bytes > maximumWaitingBytes / 2;
}

function nextImmediate(callback: () => void): Disposable {
  const immediate = setImmediate(callback);
  return { dispose: () => clearImmediate(immediate) };
}
