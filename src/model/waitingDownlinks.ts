/**
 * The downlinks that wait for an end device, in the order of its queue, and those that can wait no longer although the server
 * said nothing of them: another client's clear is silent, and so is a gateway. Source: real-traffic 7, 10, 11, 26, 27.
 */
import type { DownlinkDetails, Message } from "../stack/messages";
import { shortKey } from "../util/ownText";
import { isTriedAgain } from "./downlinkMatching";

/** Why nothing is known any more of one that waited. */
export type LetGo = "overtaken" | "silence";

/** One that waits: what its owner keeps of it, and when it began to. */
export interface Waiting<Kept> {
  readonly kept: Kept;
  /** Arrival, milliseconds since 1970. */
  readonly since: number;
  /** A gateway has got it, and the end device's answer is awaited. */
  readonly isSent: boolean;
}

interface Entry<Kept> extends Waiting<Kept> {
  readonly confirmed: boolean;
  readonly classBC: DownlinkDetails["classBC"];
  /** How many uplinks there had been when its wait began. */
  readonly from: number;
  /** The same for when one that came after it in the queue was sent. */
  readonly overtakenAt?: number | undefined;
}

export interface LetGoDownlink<Kept> {
  readonly kept: Kept;
  readonly why: LetGo;
}

const maximumWaiting = 100;
const maximumLetGo = 20;
/** After each uplink there is a chance to send. So many with nothing sent, and the latest has only just begun. */
const silentUplinks = 3;

export class WaitingDownlinks<Kept> {
  private readonly byId = new Map<string, Entry<Kept>>();
  /** Those that were taken as gone: a `nack` proves that one is still being tried (real-traffic 7). */
  private readonly letGo = new Map<string, Entry<Kept>>();
  private uplinks = 0;
  /** Uplinks until something was last sent, or its turn came. */
  private lastTurn = 0;
  private encryptsItself = false;

  /**
   * @param keep what the owner wants of a downlink; bounded in size
   * @param isConfirmed for an owner who knows more than the message
   */
  constructor(
    private readonly keep: (downlink: DownlinkDetails) => Kept,
    private readonly isConfirmed = ({ confirmed }: DownlinkDetails) => confirmed,
  ) {}

  /** Oldest first. */
  get all(): readonly Waiting<Kept>[] {
    return [...this.byId.values()];
  }

  get size(): number {
    return this.byId.size;
  }

  /** Takes in a message of the end device; tells which downlinks cannot be said to wait any longer. */
  take(message: Message, now: number): readonly LetGoDownlink<Kept>[] {
    switch (message.kind) {
      case "uplink":
        return message.simulated ? [] : this.uplink(message.encrypted, now);
      case "downlinkQueued":
        this.queued(message.downlink, now);
        return [];
      case "downlinkSent":
        return this.sent(message.downlink, now);
      case "downlinkAck":
        return this.answered(message.downlink, () => undefined);
      case "downlinkNack":
        return this.answered(message.downlink, (known) => this.putBack(message.downlink, known));
      case "downlinkFailed":
        if (message.downlink) this.forget(message.downlink);
        this.lastTurn = this.uplinks;
        return [];
      case "downlinkQueueInvalidated":
        // Their frame counters are spent: the application has to compute and send them anew (tts-mqtt §7.4).
        for (const downlink of message.downlinks) this.forget(downlink);
        return [];
      default:
        return [];
    }
  }

  /** It waits no longer, and will not come back. */
  forget(downlink: DownlinkDetails): void {
    const id = waitingId(downlink);
    this.byId.delete(id);
    this.letGo.delete(id);
  }

  /** Its queue was emptied, of which the server says nothing (tts-mqtt §6.5). What a gateway has got is no longer in it. */
  emptied(): void {
    for (const [id, { isSent }] of this.byId) {
      if (!isSent) this.release(id);
    }
  }

  private queued(downlink: DownlinkDetails, now: number): void {
    const id = waitingId(downlink);
    if (this.byId.get(id)?.isSent === true) return; // told late
    const { classBC } = downlink;
    const confirmed = this.isConfirmed(downlink);
    this.letGo.delete(id);
    this.byId.set(id, {
      ...{ kept: this.keep(downlink), since: now, isSent: false },
      ...{ confirmed, classBC, from: this.uplinks },
    });
    if (this.byId.size > maximumWaiting) deleteFirst(this.byId);
  }

  private sent(downlink: DownlinkDetails, now: number): readonly LetGoDownlink<Kept>[] {
    const id = waitingId(downlink);
    const overtaken = this.overtakenBy(id);
    this.lastTurn = this.uplinks;
    const known = this.byId.get(id) ?? this.letGo.get(id);
    this.letGo.delete(id);
    // An unconfirmed downlink is done once sent; a confirmed one waits for its answer.
    if (!this.isConfirmed(downlink)) this.byId.delete(id);
    else if (known) {
      const since = this.byId.has(id) ? known.since : now;
      this.byId.set(id, { ...known, since, isSent: true, from: this.uplinks });
    }
    return overtaken;
  }

  /** The end device has spoken to it, so it was sent, whether or not that was told. */
  private answered(
    downlink: DownlinkDetails,
    next: (known: Entry<Kept>) => Entry<Kept> | undefined,
  ): readonly LetGoDownlink<Kept>[] {
    const id = waitingId(downlink);
    const overtaken = this.overtakenBy(id);
    const known = this.byId.get(id) ?? this.letGo.get(id);
    this.forget(downlink);
    const entry = known && next(known);
    if (entry) this.byId.set(id, entry); // at the end: others are tried before it
    return overtaken;
  }

  private putBack(downlink: DownlinkDetails, known: Entry<Kept>): Entry<Kept> | undefined {
    if (this.encryptsItself || !isTriedAgain(downlink)) return undefined;
    return { ...known, isSent: false, from: this.uplinks, overtakenAt: undefined };
  }

  private uplink(encrypted: boolean, now: number): readonly LetGoDownlink<Kept>[] {
    this.encryptsItself = encrypted;
    this.uplinks++;
    const silent = [...this.byId].filter(([, { isSent, from, classBC, overtakenAt }]) => {
      const begin = isSent ? from : (overtakenAt ?? Math.max(from, this.lastTurn));
      return this.uplinks - begin >= silentUplinks && (classBC?.absoluteTime ?? 0) <= now;
    });
    return silent.map(([id, { kept }]) => {
      this.release(id);
      return { kept, why: "silence" };
    });
  }

  /**
   * The queue is first in, first out. A confirmed downlink, though, can be on its way without a `sent` that tells so, and one
   * of class B and C has a time of its own: they are given some uplinks more (real-traffic 10, 27).
   */
  private overtakenBy(id: string): readonly LetGoDownlink<Kept>[] {
    const later = this.byId.get(id);
    if (!later || later.classBC) return [];
    const overtaken: LetGoDownlink<Kept>[] = [];
    for (const [earlier, entry] of this.byId) {
      const { kept, confirmed, classBC } = entry;
      if (earlier === id) break;
      if (confirmed || classBC) {
        const { overtakenAt = this.uplinks } = entry;
        this.byId.set(earlier, { ...entry, overtakenAt });
        continue;
      }
      this.release(earlier);
      overtaken.push({ kept, why: "overtaken" });
    }
    return overtaken;
  }

  private release(id: string): void {
    const entry = this.byId.get(id);
    this.byId.delete(id);
    if (!entry) return;
    this.letGo.set(id, entry);
    if (this.letGo.size > maximumLetGo) deleteFirst(this.letGo);
  }
}

function deleteFirst(map: Map<string, unknown>): void {
  const first = map.keys().next();
  if (first.done !== true) map.delete(first.value);
}

/** The server's own id of a downlink, kept from `queued` to the end (tts-mqtt §7.3). */
function waitingId({ correlationIds }: DownlinkDetails): string {
  return shortKey(
    correlationIds.find((id) => id.startsWith("as:downlink:")) ?? correlationIds.join(" "),
  );
}
