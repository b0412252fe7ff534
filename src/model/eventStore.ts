/** The last messages of the window, each with its raw bytes once: a ring bounded by count and by bytes. */
import type { Message, Undecodable } from "../stack/messages";

/** A change of the connection, as a line among the messages. */
export interface ConnectionNote {
  readonly kind: "connection";
  readonly text: string;
}

/** A time in which messages were lost because there was no connection. Milliseconds since 1970. */
export interface Gap {
  readonly kind: "gap";
  readonly from: number;
  readonly to: number;
}

/** One thing that happened. `id` rises by one for each and is never used again in this window. */
export interface EventEntry {
  readonly id: number;
  /** Arrival here, milliseconds since 1970. */
  readonly at: number;
  readonly applicationKey: string;
  readonly topic: string;
  readonly content: Message | Undecodable | ConnectionNote | Gap;
  /** What the model knew beyond the message, such as `4th join in 10 min`. */
  readonly note: string | undefined;
}

interface Slot {
  readonly entry: EventEntry;
  /** Where its bytes stand in the ring of bytes. */
  readonly start: number;
  readonly length: number;
}

/** Bytes kept of a message that was too large to decode. */
const maximumKeptOfOne = 256 * 1024;

export class EventStore {
  private slots: (Slot | undefined)[];
  private firstId = 1;
  private nextId = 1;
  /** All raw bytes, outside the garbage collector's sight; grows by doubling up to the cap. */
  private bytes = new Uint8Array(64 * 1024);
  private writeAt = 0;
  private usedBytes = 0;

  /**
   * @param maximumMessages how many events are kept
   * @param maximumBytes how many raw bytes are kept; at least one message always fits
   */
  constructor(
    private readonly maximumMessages: number,
    private readonly maximumBytes: number,
  ) {
    this.slots = new Array<Slot | undefined>(maximumMessages);
  }

  /** How many events were pushed out so far. */
  get evicted(): number {
    return this.firstId - 1;
  }

  /** The id that the next event will get. */
  get nextEventId(): number {
    return this.nextId;
  }

  get size(): number {
    return this.nextId - this.firstId;
  }

  append(entry: Omit<EventEntry, "id">, raw: Uint8Array): EventEntry {
    const kept = raw.length > maximumKeptOfOne ? raw.subarray(0, maximumKeptOfOne) : raw;
    if (this.size === this.maximumMessages) this.evictFirst();
    const start = this.reserve(kept.length);
    this.bytes.set(kept, start);
    const stored: EventEntry = { ...entry, id: this.nextId };
    this.slots[this.nextId % this.maximumMessages] = { entry: stored, start, length: kept.length };
    this.nextId++;
    return stored;
  }

  /** The event, or undefined when it was pushed out or never was. */
  get(id: number): EventEntry | undefined {
    return this.slot(id)?.entry;
  }

  /** A copy of the raw body of the event, or undefined when it was pushed out. */
  rawOf(id: number): Uint8Array | undefined {
    const slot = this.slot(id);
    return slot && this.bytes.slice(slot.start, slot.start + slot.length);
  }

  /** Oldest first. */
  *entries(): Generator<EventEntry> {
    for (let id = this.firstId; id < this.nextId; id++) {
      const entry = this.get(id);
      if (entry) yield entry;
    }
  }

  private slot(id: number): Slot | undefined {
    if (id < this.firstId || id >= this.nextId) return undefined;
    return this.slots[id % this.maximumMessages];
  }

  private evictFirst(): void {
    const slot = this.slot(this.firstId);
    this.usedBytes -= slot?.length ?? 0;
    this.slots[this.firstId % this.maximumMessages] = undefined;
    this.firstId++;
  }

  /** Finds room for `length` bytes in one piece, pushing out the oldest events that stand there. */
  private reserve(length: number): number {
    const cap = Math.max(this.maximumBytes, maximumKeptOfOne);
    if (this.writeAt + length > this.bytes.length && this.bytes.length < cap)
      this.grow(length, cap);
    let start = this.writeAt;
    if (start + length > this.bytes.length) {
      this.evictWithin(start, this.bytes.length);
      start = 0;
    }
    this.evictWithin(start, start + length);
    this.writeAt = start + length;
    this.usedBytes += length;
    return start;
  }

  /** Events stand in the ring in the order of their ids, so those in the way are always the oldest. */
  private evictWithin(from: number, to: number): void {
    for (;;) {
      const first = this.slot(this.firstId);
      if (!first || this.usedBytes === 0) return;
      const isInTheWay = first.start < to && first.start + first.length > from;
      // Empty bodies take no room; one standing before a body that is in the way goes with it.
      if (!isInTheWay && (first.length > 0 || !this.isNextInTheWay(from, to))) return;
      this.evictFirst();
    }
  }

  private isNextInTheWay(from: number, to: number): boolean {
    for (let id = this.firstId; id < this.nextId; id++) {
      const slot = this.slot(id);
      if (slot && slot.length > 0) return slot.start < to && slot.start + slot.length > from;
    }
    return false;
  }

  private grow(length: number, cap: number): void {
    // While the ring never wrapped, everything in it lies before writeAt, so it can simply be copied.
    let size = this.bytes.length;
    while (size < cap && size < this.writeAt + length) size = Math.min(cap, size * 2);
    const larger = new Uint8Array(size);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
