/**
 * The last messages of the window: a ring of topics and raw bodies, bounded by count and by bytes. A message that is asked
 * for again is decoded again, so that thousands of them are a few buffers to the garbage collector and nothing else.
 */
import { decode } from "../stack/decode";
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

/** What cannot be read again from topic and body. */
interface Extra {
  readonly content: EventEntry["content"] | undefined;
  readonly note: string | undefined;
}

/** Bytes kept of a message that was too large to decode. */
const maximumKeptOfOne = 256 * 1024;
/** The longest topic that MQTT can carry. Bytes. */
const maximumTopic = 0xffff;

export class EventStore {
  private firstId = 1;
  private nextId = 1;
  /** All topics and raw bodies, outside the garbage collector's sight; grows by doubling up to the cap. */
  private bytes = Buffer.allocUnsafeSlow(64 * 1024);
  private writeAt = 0;
  private usedBytes = 0;
  /** For each event, at its id modulo the maximum: arrival, where its topic stands in the ring, and its lengths. */
  private readonly times: Float64Array;
  private readonly starts: Uint32Array;
  private readonly topicLengths: Uint16Array;
  private readonly bodyLengths: Uint32Array;
  /** Index in {@link keys}. */
  private readonly keyIndexes: Uint32Array;
  private readonly keys: string[] = [];
  private readonly extras = new Map<number, Extra>();

  /**
   * @param maximumMessages how many events are kept
   * @param maximumBytes how many bytes of topics and raw bodies are kept; at least one message always fits
   * @param onEvicted called for each message that is pushed out, not for lines of the connection's own
   */
  constructor(
    private readonly maximumMessages: number,
    private readonly maximumBytes: number,
    private readonly onEvicted: (id: number, applicationKey: string) => void = () => undefined,
  ) {
    this.times = new Float64Array(maximumMessages);
    this.starts = new Uint32Array(maximumMessages);
    this.topicLengths = new Uint16Array(maximumMessages);
    this.bodyLengths = new Uint32Array(maximumMessages);
    this.keyIndexes = new Uint32Array(maximumMessages);
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

  /** Takes an event in. `raw` is what its content was decoded from; connection notes and gaps have none. */
  append(entry: Omit<EventEntry, "id">, raw: Uint8Array): EventEntry {
    const { at, applicationKey, topic, content, note } = entry;
    const id = this.nextId;
    const kept = raw.length > maximumKeptOfOne ? raw.subarray(0, maximumKeptOfOne) : raw;
    const topicLength = Buffer.byteLength(topic);
    if (this.size === this.maximumMessages) this.evictFirst();
    const start = this.reserve(topicLength + kept.length);
    this.bytes.write(topic, start);
    this.bytes.set(kept, start + topicLength);
    const slot = id % this.maximumMessages;
    this.times[slot] = at;
    this.starts[slot] = start;
    this.topicLengths[slot] = topicLength;
    this.bodyLengths[slot] = kept.length;
    this.keyIndexes[slot] = this.keyIndex(applicationKey);
    const keptContent = isReadAgain(content) ? undefined : withoutTopic(content);
    if (keptContent ?? note) this.extras.set(id, { content: keptContent, note });
    this.nextId++;
    return { id, at, applicationKey, topic, content, note };
  }

  /** The event, or undefined when it was pushed out or never was. */
  get(id: number): EventEntry | undefined {
    if (!this.has(id)) return undefined;
    const slot = id % this.maximumMessages;
    const start = this.starts[slot] ?? 0;
    const bodyStart = start + (this.topicLengths[slot] ?? 0);
    const topic = this.bytes.toString("utf8", start, bodyStart);
    const extra = this.extras.get(id);
    return {
      id,
      at: this.times[slot] ?? 0,
      applicationKey: this.keys[this.keyIndexes[slot] ?? 0] ?? "",
      topic,
      content:
        (extra?.content && withTopic(extra.content, topic)) ??
        decode(topic, this.bytes.subarray(bodyStart, bodyStart + (this.bodyLengths[slot] ?? 0))),
      note: extra?.note,
    };
  }

  /** Where the event comes from, without the cost of decoding it; undefined when it was pushed out. */
  originOf(id: number): Pick<EventEntry, "applicationKey" | "topic"> | undefined {
    if (!this.has(id)) return undefined;
    const slot = id % this.maximumMessages;
    const start = this.starts[slot] ?? 0;
    const topic = this.bytes.toString("utf8", start, start + (this.topicLengths[slot] ?? 0));
    return { applicationKey: this.keys[this.keyIndexes[slot] ?? 0] ?? "", topic };
  }

  /** A copy of the raw body of the event, or undefined when it was pushed out. */
  rawOf(id: number): Uint8Array | undefined {
    if (!this.has(id)) return undefined;
    const slot = id % this.maximumMessages;
    const bodyStart = (this.starts[slot] ?? 0) + (this.topicLengths[slot] ?? 0);
    const bodyEnd = bodyStart + (this.bodyLengths[slot] ?? 0);
    return Uint8Array.from(this.bytes.subarray(bodyStart, bodyEnd));
  }

  /** Oldest first. */
  *entries(): Generator<EventEntry> {
    for (let id = this.firstId; id < this.nextId; id++) {
      const entry = this.get(id);
      if (entry) yield entry;
    }
  }

  private has(id: number): boolean {
    return Number.isInteger(id) && id >= this.firstId && id < this.nextId;
  }

  private keyIndex(key: string): number {
    const known = this.keys.indexOf(key);
    return known >= 0 ? known : this.keys.push(key) - 1;
  }

  /** Bytes that the event takes in the ring. */
  private lengthOf(id: number): number {
    const slot = id % this.maximumMessages;
    return (this.topicLengths[slot] ?? 0) + (this.bodyLengths[slot] ?? 0);
  }

  private isInTheWay(id: number, from: number, to: number): boolean {
    const start = this.starts[id % this.maximumMessages] ?? 0;
    return start < to && start + this.lengthOf(id) > from;
  }

  private evictFirst(): void {
    const id = this.firstId++;
    const length = this.lengthOf(id);
    this.usedBytes -= length;
    this.extras.delete(id);
    // Only lines of the connection's own take no room: every message has a topic.
    if (length === 0) return;
    this.onEvicted(id, this.keys[this.keyIndexes[id % this.maximumMessages] ?? 0] ?? "");
  }

  /** Finds room for `length` bytes in one piece, pushing out the oldest events that stand there. */
  private reserve(length: number): number {
    const cap = Math.max(this.maximumBytes, maximumTopic + maximumKeptOfOne);
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
    while (this.usedBytes > 0 && this.firstId < this.nextId) {
      // Connection notes take no room; one standing before an event that is in the way goes with it.
      const isEmpty = this.lengthOf(this.firstId) === 0;
      if (!this.isInTheWay(isEmpty ? this.firstFilled() : this.firstId, from, to)) return;
      this.evictFirst();
    }
  }

  /** The oldest event that takes room. */
  private firstFilled(): number {
    let id = this.firstId;
    while (id < this.nextId - 1 && this.lengthOf(id) === 0) id++;
    return id;
  }

  private grow(length: number, cap: number): void {
    // While the ring never wrapped, everything in it lies before writeAt, so it can simply be copied.
    let size = this.bytes.length;
    while (size < cap && size < this.writeAt + length) size = Math.min(cap, size * 2);
    const larger = Buffer.allocUnsafeSlow(size);
    this.bytes.copy(larger, 0, 0, this.writeAt); // what lies behind was never written
    this.bytes = larger;
  }
}

/** The ring has the topic, which can be long. */
function withoutTopic(content: EventEntry["content"]): EventEntry["content"] {
  return content.kind === "undecodable" ? { ...content, topic: "" } : content;
}

function withTopic(content: EventEntry["content"], topic: string): EventEntry["content"] {
  return content.kind === "undecodable" ? { ...content, topic } : content;
}

/** Messages are; a body that was cut at the cap would not be the same. */
function isReadAgain({ kind }: EventEntry["content"]): boolean {
  return kind !== "undecodable" && kind !== "connection" && kind !== "gap";
}
