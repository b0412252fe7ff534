/** What the traffic told about one end device. Only `apply` changes it. */
import { summarizeFields } from "../stack/values";
import type {
  DataRate,
  DownlinkDetails,
  LocationSolved,
  Message,
  Reception,
  Undecodable,
} from "../stack/messages";
import { SpeakingRhythm, type FrameOrder } from "./speakingRhythm";

/** The last uplink in short. */
export interface LastUplink {
  /** Milliseconds since 1970, arrival here. */
  readonly at: number;
  readonly eventId: number;
  readonly fPort: number;
  readonly fCnt: number | undefined;
  /** Undefined when it came in order. */
  readonly order: FrameOrder | undefined;
  readonly framePayload: Uint8Array;
  /** `temperature=22.5 humidity=45`, empty without decoded payload. */
  readonly values: string;
  readonly reception: Reception;
  readonly dataRate: DataRate | undefined;
  /** Hz. */
  readonly frequency: number | undefined;
}

/** A downlink that the server has queued or sent and not yet finished, ours or anybody's. */
export interface PendingDownlink {
  readonly since: number;
  readonly details: DownlinkDetails;
  /** A gateway has got it, and the end device's answer is awaited. */
  readonly isSent: boolean;
}

const maximumPending = 100;
const maximumRecentEvents = 10;
const joinWindow = 10 * 60_000;

export class EndDevice {
  devEui: string | undefined;
  joinEui: string | undefined;
  devAddr: string | undefined;
  lastUplink: LastUplink | undefined;
  /** Arrival of the last message that a radio caused; simulated ones do not count. */
  lastHeardAt: number | undefined;
  /** Arrival of the last message of any kind. */
  lastEventAt: number;
  lastFailure: { readonly at: number; readonly text: string } | undefined;
  location: LocationSolved | undefined;
  batteryPercentage: number | undefined;
  /** When the application last moved it to the end of its end devices. */
  placedAt: number;
  messageCount = 0;
  undecodableCount = 0;
  private joinTimes: number[] = [];
  private readonly rhythm = new SpeakingRhythm();
  private readonly pendingById = new Map<string, PendingDownlink>();
  private recentIds: number[] = [];

  constructor(
    readonly deviceId: string,
    readonly firstSeenAt: number,
  ) {
    this.lastEventAt = firstSeenAt;
    this.placedAt = firstSeenAt;
  }

  /** Ids of its latest events, newest first. */
  get recentEvents(): readonly number[] {
    return [...this.recentIds].reverse();
  }

  get pendingDownlinks(): readonly PendingDownlink[] {
    return [...this.pendingById.values()];
  }

  get pendingCount(): number {
    return this.pendingById.size;
  }

  /** Joins within the ten minutes before `now`. */
  recentJoins(now: number): number {
    return this.joinTimes.filter((at) => now - at < joinWindow).length;
  }

  /** The median time between its latest uplinks in milliseconds, once there were at least three. */
  get usualInterval(): number | undefined {
    return this.rhythm.usualInterval;
  }

  /** Its next uplink can be told from its usual interval. */
  get speaksRegularly(): boolean {
    return this.rhythm.isRegular;
  }

  /** Speaks regularly, and has now been quiet for more than three times its usual interval. */
  isOverdue(now: number): boolean {
    const interval = this.usualInterval;
    if (interval === undefined || this.lastHeardAt === undefined) return false;
    return now - this.lastHeardAt > Math.max(3 * interval, 10_000) && this.speaksRegularly;
  }

  /** Takes in one message; says what is worth a note in its event line. */
  apply(message: Message | Undecodable, eventId: number, now: number): void {
    this.messageCount++;
    this.lastEventAt = now;
    this.recentIds.push(eventId);
    if (this.recentIds.length > maximumRecentEvents) this.recentIds.shift();
    if (message.kind === "undecodable") {
      this.undecodableCount++;
      return;
    }
    this.devEui = latest(message.devEui, this.devEui);
    this.joinEui = latest(message.joinEui, this.joinEui);
    this.devAddr = latest(message.devAddr, this.devAddr);
    this.applyBody(message, eventId, now);
  }

  private applyBody(message: Message, eventId: number, now: number): void {
    switch (message.kind) {
      case "uplink":
        this.applyUplink(message, eventId, now);
        break;
      case "join":
        this.joinTimes = [...this.joinTimes.filter((at) => now - at < joinWindow), now].slice(-99);
        if (!message.simulated) this.lastHeardAt = now;
        break;
      case "downlinkQueued":
        this.rememberPending(message.downlink, now);
        break;
      case "downlinkSent":
        // An unconfirmed downlink is done once sent; a confirmed one waits for its answer.
        if (message.downlink.confirmed) this.markPending(message.downlink, true);
        else this.forgetPending(message.downlink);
        break;
      case "downlinkNack":
        this.markPending(message.downlink, false);
        break;
      case "downlinkAck":
        this.forgetPending(message.downlink);
        break;
      case "downlinkFailed":
        if (message.downlink) this.forgetPending(message.downlink);
        this.lastFailure = { at: now, text: message.error?.text ?? "the server gave no reason" };
        break;
      case "downlinkQueueInvalidated":
        // Their frame counters are spent: the application has to compute and send them anew (tts-mqtt §7.4).
        for (const downlink of message.downlinks) this.forgetPending(downlink);
        break;
      case "locationSolved":
        // One out of range does not take away the last good one.
        if (message.latitude !== undefined && message.longitude !== undefined)
          this.location = message;
        break;
      default:
        break;
    }
  }

  private applyUplink(
    message: Extract<Message, { kind: "uplink" }>,
    eventId: number,
    now: number,
  ): void {
    const { fPort, fCnt, simulated } = message;
    this.lastUplink = {
      at: now,
      eventId,
      fPort,
      fCnt,
      order: simulated ? undefined : this.orderOf(message, now),
      framePayload: message.framePayload,
      values: summarizeFields(message.decodedPayload, 4),
      reception: message.reception,
      dataRate: message.dataRate,
      frequency: message.frequency,
    };
    this.batteryPercentage = message.batteryPercentage ?? this.batteryPercentage;
    if (!simulated) this.lastHeardAt = now;
  }

  private orderOf(
    { fCnt, sessionKeyId, devAddr, correlationIds }: Extract<Message, { kind: "uplink" }>,
    now: number,
  ): FrameOrder | undefined {
    const order = this.rhythm.heard(now, fCnt, sessionKeyId ?? devAddr);
    // Without ids it may be of another session (M14).
    const isNameless = devAddr === undefined && correlationIds.length === 0;
    return order === "repeated" && isNameless ? undefined : order;
  }

  private rememberPending(downlink: DownlinkDetails, now: number): void {
    this.pendingById.set(pendingId(downlink), { since: now, details: downlink, isSent: false });
    if (this.pendingById.size > maximumPending) {
      const oldest = this.pendingById.keys().next();
      if (oldest.done !== true) this.pendingById.delete(oldest.value);
    }
  }

  /** It waits no longer. */
  forgetPending(downlink: DownlinkDetails): void {
    this.pendingById.delete(pendingId(downlink));
  }

  private markPending(downlink: DownlinkDetails, isSent: boolean): void {
    const id = pendingId(downlink);
    const known = this.pendingById.get(id);
    if (known) this.pendingById.set(id, { ...known, isSent });
  }

  /** Its queue was emptied, of which the server says nothing (tts-mqtt §6.5). What a gateway has got is no longer in it. */
  queueEmptied(): void {
    for (const [id, { isSent }] of this.pendingById) {
      if (!isSent) this.pendingById.delete(id);
    }
  }
}

/** What was known stays if nothing new is told; of equal texts the one already held, which spares the collector work. */
function latest(told: string | undefined, known: string | undefined): string | undefined {
  return told === undefined || told === known ? known : told;
}

/** The server's own id of a downlink, kept from `queued` to the end (tts-mqtt §7.3). */
function pendingId(downlink: DownlinkDetails): string {
  return (
    downlink.correlationIds.find((id) => id.startsWith("as:downlink:")) ??
    downlink.correlationIds.join(" ")
  );
}
