/** The eleven upstream messages of an application, as values without wire names. Source: tts-mqtt §5. */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** What every message carries. Device and application are those of the topic, which the server guards. */
export interface Envelope {
  readonly applicationUid: string;
  readonly deviceId: string;
  readonly devEui: string | undefined;
  readonly joinEui: string | undefined;
  readonly devAddr: string | undefined;
  readonly correlationIds: readonly string[];
  /** Reception at the Application Server, milliseconds since 1970. */
  readonly receivedAt: number | undefined;
  /** Injected by the Console or the API, never sent by a radio. */
  readonly simulated: boolean;
  /** What is odd about the message, in words: wrong types, or a body that names another device than the topic. */
  readonly problems: readonly string[];
}

/** How a frame was modulated. */
export type DataRate =
  | { readonly modulation: "LoRa"; readonly spreadingFactor: number; readonly bandwidth: number }
  | { readonly modulation: "FSK"; readonly bitRate: number }
  | { readonly modulation: "LR-FHSS"; readonly channelWidth: number };

/** The best reception of an uplink and how many gateways heard it. dBm, dB. */
export interface Reception {
  readonly gatewayCount: number;
  readonly gatewayId: string | undefined;
  readonly rssi: number | undefined;
  readonly snr: number | undefined;
}

interface UplinkFields {
  readonly fPort: number;
  /** Undefined when it is none that a frame can have, and for simulated uplinks. */
  readonly fCnt: number | undefined;
  readonly framePayload: Uint8Array;
  readonly reception: Reception;
  readonly dataRate: DataRate | undefined;
  /** Hz. */
  readonly frequency: number | undefined;
  readonly confirmed: boolean;
  readonly sessionKeyId: string | undefined;
  /** Set when the payload is still encrypted because the server skips payload crypto for this device. */
  readonly encrypted: boolean;
}

export interface Uplink extends Envelope, UplinkFields {
  readonly kind: "uplink";
  readonly decodedPayload: JsonObject | undefined;
  readonly warnings: readonly string[];
  /** The normalizer's, when there are any (real-traffic 25). */
  readonly normalizedWarnings?: readonly string[];
  /** 0–100, as the device told in LoRaWAN's DevStatus. */
  readonly batteryPercentage: number | undefined;
}

export interface UplinkNormalized extends Envelope, UplinkFields {
  readonly kind: "uplinkNormalized";
  readonly normalizedPayload: JsonObject | undefined;
  /** The normalizer's, when there are any (real-traffic 25). */
  readonly normalizedWarnings?: readonly string[];
}

/** A join-accept was scheduled for transmission: not yet proof that the device heard it. */
export interface Join extends Envelope {
  readonly kind: "join";
  readonly sessionKeyId: string | undefined;
}

export const priorities = [
  "LOWEST",
  "LOW",
  "BELOW_NORMAL",
  "NORMAL",
  "ABOVE_NORMAL",
  "HIGH",
  "HIGHEST",
] as const;
export type Priority = (typeof priorities)[number];

/**
 * A downlink as the server reports it. `fCnt` and `sessionKeyId` are missing on `queued`. `priority` is the one that was
 * asked for, but not on `sent`, where it is the frame's (real-traffic 3).
 */
export interface DownlinkDetails {
  readonly fPort: number;
  readonly fCnt: number | undefined;
  readonly framePayload: Uint8Array;
  readonly decodedPayload: JsonObject | undefined;
  readonly confirmed: boolean;
  readonly priority: string;
  readonly sessionKeyId: string | undefined;
  readonly correlationIds: readonly string[];
  readonly attempt: number | undefined;
  readonly maximumAttempts: number | undefined;
  /** The encoder's, when there are any (real-traffic 25). */
  readonly warnings?: readonly string[];
  /** There for class B and C only. The time is in milliseconds since 1970. */
  readonly classBC?: { readonly absoluteTime: number | undefined };
}

/** `queued`: accepted into the queue. `sent`: a gateway transmitted it. Only `ack` proves reception. */
export interface DownlinkEvent extends Envelope {
  readonly kind: "downlinkQueued" | "downlinkSent" | "downlinkAck" | "downlinkNack";
  readonly downlink: DownlinkDetails;
}

/** Why the server gave a downlink up. `name` is the stable key, `text` the message with its attributes filled in. */
export interface ServerError {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly text: string;
  readonly attributes: JsonObject;
}

export interface DownlinkFailed extends Envelope {
  readonly kind: "downlinkFailed";
  readonly downlink: DownlinkDetails | undefined;
  readonly error: ServerError | undefined;
}

export interface DownlinkQueueInvalidated extends Envelope {
  readonly kind: "downlinkQueueInvalidated";
  readonly downlinks: readonly DownlinkDetails[];
  readonly lastFCntDown: number | undefined;
}

export interface LocationSolved extends Envelope {
  readonly kind: "locationSolved";
  readonly service: string;
  /** Degrees; undefined when out of range. */
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  /** Metres. */
  readonly altitude: number | undefined;
  readonly accuracy: number | undefined;
  readonly source: string | undefined;
}

export interface ServiceData extends Envelope {
  readonly kind: "serviceData";
  readonly service: string;
  readonly data: JsonObject | undefined;
}

export type Message =
  | Uplink
  | UplinkNormalized
  | Join
  | DownlinkEvent
  | DownlinkFailed
  | DownlinkQueueInvalidated
  | LocationSolved
  | ServiceData;
export type MessageKind = Message["kind"];

/** A packet that is no message of the eleven kinds: counted and shown, never thrown. */
export interface Undecodable {
  readonly kind: "undecodable";
  readonly topic: string;
  /** In words, for the user. */
  readonly reason: string;
  /** Bytes of the packet's payload. */
  readonly size: number;
  /** Known when the topic at least names a device of the application. */
  readonly applicationUid: string | undefined;
  readonly deviceId: string | undefined;
}
