/** What the traffic told about one end device. Only `apply` changes it. */
import { isOwnCorrelationId } from "../stack/correlation";
import { summarizeFields } from "../stack/values";
import type {
  DataRate,
  DownlinkDetails,
  Message,
  Reception,
  Undecodable,
  Uplink,
} from "../stack/messages";
import { visible } from "../stack/visible";
import { ownBytes, ownText } from "../util/ownText";
import { SpeakingRhythm, type FrameOrder } from "./speakingRhythm";
import { WaitingDownlinks } from "./waitingDownlinks";

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

/** What is kept of a downlink that waits: a server can send us any number of them. */
export type PendingDetails = Pick<
  DownlinkDetails,
  "fPort" | "framePayload" | "confirmed" | "correlationIds"
>;

/** A downlink that the server has queued or sent and not yet finished, ours or anybody's. */
export interface PendingDownlink {
  readonly since: number;
  readonly details: PendingDetails;
  /** A gateway has got it, and the end device's answer is awaited. */
  readonly isSent: boolean;
}

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
  location: { readonly latitude: number; readonly longitude: number } | undefined;
  /** What its payload formatters warned of in its last uplink; empty if they did not. */
  warnings = "";
  /** Its payloads are encrypted by the application, not by the server (real-traffic 26). */
  encryptsItself = false;
  /** Has joined, and not spoken in the new session yet: downlinks wait for that, of class C, too (real-traffic 12). */
  isFreshlyJoined = false;
  batteryPercentage: number | undefined;
  /** When the application last moved it to the end of its end devices. */
  placedAt: number;
  messageCount = 0;
  undecodableCount = 0;
  private joinTimes: number[] = [];
  private readonly rhythm = new SpeakingRhythm();
  private waiting = new WaitingDownlinks(detailsOf);
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
    return this.waiting.all.map(({ kept, since, isSent }) => ({ details: kept, since, isSent }));
  }

  get pendingCount(): number {
    return this.waiting.size;
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
    this.waiting.take(message, now);
    switch (message.kind) {
      case "uplink":
        this.applyUplink(message, eventId, now);
        break;
      case "uplinkNormalized":
        this.warnings = warningsText(message.normalizedWarnings ?? []) || this.warnings;
        break;
      case "join":
        this.joinTimes = [...this.joinTimes.filter((at) => now - at < joinWindow), now].slice(-99);
        if (message.simulated) break;
        this.lastHeardAt = now;
        this.isFreshlyJoined = true;
        break;
      case "downlinkFailed":
        this.lastFailure = {
          at: now,
          text: ownText(message.error?.text ?? "the server gave no reason", maximumText),
        };
        break;
      case "locationSolved":
        // One out of range does not take away the last good one.
        if (message.latitude !== undefined && message.longitude !== undefined) {
          const { latitude, longitude } = message;
          this.location = { latitude, longitude };
        }
        break;
      default:
        break;
    }
  }

  private applyUplink(message: Uplink, eventId: number, now: number): void {
    const { fPort, fCnt, simulated } = message;
    this.lastUplink = {
      at: now,
      eventId,
      fPort,
      fCnt,
      order: simulated ? undefined : this.orderOf(message, now),
      framePayload: ownBytes(message.framePayload, maximumPayload),
      values: ownText(summarizeFields(message.decodedPayload, 4), maximumValues),
      reception: kept(message.reception),
      dataRate: message.dataRate,
      frequency: message.frequency,
    };
    this.batteryPercentage = message.batteryPercentage ?? this.batteryPercentage;
    this.warnings = warningsText([...message.warnings, ...(message.normalizedWarnings ?? [])]);
    if (simulated) return;
    this.lastHeardAt = now;
    this.encryptsItself = message.encrypted;
    this.isFreshlyJoined = false;
  }

  private orderOf(
    { fCnt, sessionKeyId, devAddr, correlationIds }: Uplink,
    now: number,
  ): FrameOrder | undefined {
    const order = this.rhythm.heard(now, fCnt, sessionKeyId ?? devAddr);
    // Without ids it may be of another session (M14).
    const isNameless = devAddr === undefined && correlationIds.length === 0;
    return order === "repeated" && isNameless ? undefined : order;
  }

  /** It waits no longer. */
  forgetPending(downlink: DownlinkDetails): void {
    this.waiting.forget(downlink);
  }

  /** Its queue was emptied, of which the server says nothing (tts-mqtt §6.5). What a gateway has got is no longer in it. */
  queueEmptied(): void {
    this.waiting.emptied();
  }

  /** There are too many that wait elsewhere: nothing is known of its queue any more. */
  forgetAllPending(): void {
    this.waiting = new WaitingDownlinks(detailsOf);
  }
}

/** What was known stays if nothing new is told; of equal texts the one already held, which spares the collector work. */
function latest(told: string | undefined, known: string | undefined): string | undefined {
  return told === undefined || told === known ? known : told;
}

/** UTF-16 units of a text of the server that is kept. */
const maximumText = 300;
/** Bytes of a payload that is kept; no frame is longer. */
const maximumPayload = 256;
const maximumValues = 1_000;
const maximumIds = 4;
const maximumId = 100;

function detailsOf({
  fPort,
  framePayload,
  confirmed,
  correlationIds,
}: DownlinkDetails): PendingDetails {
  const isOfServer = (id: string) => id.startsWith("as:downlink:");
  const ids = [
    ...correlationIds.filter(isOfServer),
    ...correlationIds.filter(isOwnCorrelationId),
    ...correlationIds.filter((id) => !isOfServer(id) && !isOwnCorrelationId(id)),
  ];
  return {
    ...{ fPort, confirmed, framePayload: ownBytes(framePayload, maximumPayload) },
    correlationIds: ids.slice(0, maximumIds).map((id) => ownText(id, maximumId)),
  };
}

function warningsText(warnings: readonly string[]): string {
  const shown = warnings.slice(0, 3).map((text) => visible(text, 80));
  return ownText(shown.join(", "), maximumText);
}

/** With a gateway id of bounded length. */
function kept(reception: Reception): Reception {
  const { gatewayId } = reception;
  return gatewayId === undefined || gatewayId.length <= maximumId
    ? reception
    : { ...reception, gatewayId: ownText(gatewayId, maximumId) };
}
