/** An end device as the network keeps it: identifiers, session, downlink queue, formatters. */
import { toBase64, toHex } from "../../stack/framePayload";
import { isId, parseApplicationUid } from "../../stack/identifiers";
import type { JsonObject } from "../../stack/messages";
import type { Random } from "../random";
import type { Downlink } from "./downlink";
import { maximumPayload, type SpreadingFactor } from "./radio";
import { withoutZeros, type WireObject } from "./wireObject";

/** What a payload formatter made of an uplink. */
export interface DecodedUplink {
  readonly data: JsonObject;
  readonly warnings?: readonly string[];
  /** One `up/normalized` each (tts-mqtt §10.3). */
  readonly normalized?: readonly JsonObject[];
}

/** The payload formatters of the device; an absent one is FORMATTER_NONE (tts-mqtt §10.1). */
export interface PayloadFormatters {
  /** Undefined: the formatter failed, the uplink goes out undecoded. */
  readonly decodeUplink?: (framePayload: Uint8Array, fPort: number) => DecodedUplink | undefined;
  /** A problem makes the push disappear (tts-mqtt §6.3 check 7). */
  readonly encodeDownlink?: (
    fields: JsonObject,
    fPort: number,
  ) =>
    { readonly framePayload: Uint8Array; readonly fPort?: number } | { readonly problem: string };
  readonly decodeDownlink?: (framePayload: Uint8Array, fPort: number) => JsonObject | undefined;
}

export interface EndDeviceOptions {
  readonly deviceId: string;
  /** 16 hex digits; random if absent. */
  readonly devEui?: string;
  readonly joinEui?: string;
  readonly deviceClass?: "A" | "B" | "C";
  readonly spreadingFactor?: SpreadingFactor;
  /** Bytes a downlink may have when it is sent; by default what the spreading factor allows (tts-mqtt §6.4). */
  readonly maximumPayload?: number;
  /** False: never joined, so downlinks fail with `no_device_session`. */
  readonly isActivated?: boolean;
  readonly formatters?: PayloadFormatters;
  /** The application encrypts: uplinks arrive encrypted, invalidated queues are published (tts-mqtt §7.4). */
  readonly skipsPayloadCrypto?: boolean;
  readonly isMulticast?: boolean;
  /** False for gateways without TxAck: `down/sent` never comes (tts-mqtt §7.1). */
  readonly hasTxAcknowledgement?: boolean;
  readonly versionIds?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Session {
  /** base64. */
  readonly keyId: string;
  readonly devAddr: string;
  /** Hex. */
  readonly appSKey: string;
  nextFCntUp: number;
  lastFCntDown: number;
}

/** Why a gateway refuses to transmit (tts-mqtt §7.1). */
export type TransmissionResult =
  | "UNKNOWN_ERROR"
  | "TOO_LATE"
  | "TOO_EARLY"
  | "COLLISION_PACKET"
  | "COLLISION_BEACON"
  | "TX_FREQ"
  | "TX_POWER"
  | "GPS_UNLOCKED";

export class EndDevice {
  readonly deviceId: string;
  readonly deviceClass: "A" | "B" | "C";
  /** Of its uplinks, unless one has another. */
  readonly spreadingFactor: SpreadingFactor;
  /** Bytes that a downlink may have after the latest uplink (tts-mqtt §6.4). */
  maximumPayload: number;
  /** Bytes that waiting MAC commands take from the next downlink (tts-mqtt §6.4). */
  macCommandBytes = 0;
  /** While set, gateways refuse to transmit with this result. */
  gatewayRefusal: TransmissionResult | undefined;
  session: Session | undefined;
  queue: Downlink[] = [];
  /** The confirmed downlink that was sent last and not yet acknowledged. */
  awaitingAck: Downlink | undefined;
  readonly locations: Record<string, WireObject> = {};
  private readonly devEui: string;
  private readonly joinEui: string;

  constructor(
    readonly applicationUid: string,
    readonly options: EndDeviceOptions,
    private readonly random: Random,
  ) {
    if (!isId(options.deviceId)) throw new Error(`Not an end device id: ${options.deviceId}`);
    this.deviceId = options.deviceId;
    this.deviceClass = options.deviceClass ?? "A";
    this.spreadingFactor = options.spreadingFactor ?? 7;
    this.maximumPayload = options.maximumPayload ?? maximumPayload(this.spreadingFactor);
    this.devEui = options.devEui ?? `70B3D57ED0${toHex(random.bytes(3))}`;
    this.joinEui = options.joinEui ?? "0000000000000000";
    if (options.isActivated ?? true) this.startSession(options.devEui?.slice(-4));
  }

  /** The data rate of an uplink is that of the receive window after it, so it sets what fits (tts-mqtt §6.4). */
  spokeAt(spreadingFactor: SpreadingFactor): void {
    this.maximumPayload = this.options.maximumPayload ?? maximumPayload(spreadingFactor);
  }

  /** New keys, new DevAddr, frame counters from the start. A known device begins with the DevAddr it always had. */
  startSession(networkAddress = toHex(this.random.bytes(2))): Session {
    this.session = {
      keyId: toBase64(this.random.bytes(16)),
      devAddr: `260B${networkAddress}`,
      appSKey: toHex(this.random.bytes(16)),
      nextFCntUp: 0,
      lastFCntDown: 0,
    };
    this.awaitingAck = undefined;
    return this.session;
  }

  /** `end_device_ids` (tts-mqtt §5.2): without tenant, EUIs and DevAddr if known. */
  get wireIds(): WireObject {
    return withoutZeros({
      device_id: this.deviceId,
      application_ids: {
        application_id: parseApplicationUid(this.applicationUid)?.applicationId,
      },
      dev_eui: this.devEui,
      join_eui: this.joinEui,
      dev_addr: this.session?.devAddr,
    });
  }

  get networkIds(): WireObject {
    return withoutZeros({
      net_id: "000013",
      ns_id: "EC656E0000000181",
      tenant_id: parseApplicationUid(this.applicationUid)?.tenantId,
      cluster_id: "demo1",
      cluster_address: "demo1.example.com",
    });
  }
}
