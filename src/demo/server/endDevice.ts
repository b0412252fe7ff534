/** An end device as the network keeps it: identifiers, session, downlink queue, formatters. */
import { toBase64, toHex } from "../../stack/framePayload";
import { isId, parseApplicationUid } from "../../stack/identifiers";
import type { JsonObject, JsonValue } from "../../stack/messages";
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
  /** What the normalizer says, or the server about values out of range (real-traffic 25). */
  readonly normalizedWarnings?: readonly string[];
}

/** As a script returns it: what it left undefined reaches clients as null. */
export type FormatterFields = Readonly<Record<string, JsonValue | undefined>>;

/** The payload formatters of the device; an absent one is FORMATTER_NONE (tts-mqtt §10.1). */
export interface PayloadFormatters {
  /** A problem, or undefined: the formatter failed, the uplink goes out undecoded, the event stream says why. */
  readonly decodeUplink?: (
    framePayload: Uint8Array,
    fPort: number,
  ) => DecodedUplink | { readonly problem: string } | undefined;
  /** A problem makes the push disappear (tts-mqtt §6.3 check 7). */
  readonly encodeDownlink?: (
    fields: JsonObject,
    fPort: number,
  ) =>
    | {
        readonly framePayload: Uint8Array;
        readonly fPort?: number;
        readonly warnings?: readonly string[];
      }
    | { readonly problem: string };
  /** Undefined: the formatter failed, the downlink is shown undecoded. */
  readonly decodeDownlink?: (
    framePayload: Uint8Array,
    fPort: number,
  ) => { readonly data: FormatterFields; readonly warnings?: readonly string[] } | undefined;
}

export interface EndDeviceOptions {
  readonly deviceId: string;
  /** What people call it, in the registry. */
  readonly name?: string;
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
  /** A group: no EUIs, no keys of a session, no uplinks; class B or C. */
  readonly isMulticast?: boolean;
  /** Activated by personalization: no JoinEUI and no session key id (real-traffic 33). */
  readonly isPersonalized?: boolean;
  /** Of the receive window that a class C device keeps open; SF12 if absent. */
  readonly openWindow?: SpreadingFactor;
  /** False for gateways without TxAck: `down/sent` never comes (tts-mqtt §7.1). */
  readonly hasTxAcknowledgement?: boolean;
  readonly versionIds?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Session {
  /** base64; "" where there is none. */
  readonly keyId: string;
  readonly devAddr: string;
  /** As the application that decrypts itself is told it: wrapped, base64. */
  readonly wrappedAppSKey: string;
  nextFCntUp: number;
  /** The last one given to a downlink in the queue. */
  lastFCntDown: number;
  /** The last one that a frame used up, with or without a downlink of the application in it. */
  usedFCntDown: number;
}

/** One or two commands nearly always wait, so nearly every class A downlink carries some (real-traffic 3, 14). */
const usualMacCommandBytes = 1;

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
  /** Bytes that waiting MAC commands take from the next downlink in a receive window (tts-mqtt §6.4). */
  macCommandBytes = usualMacCommandBytes;
  /** While set, gateways refuse to transmit with this result. */
  gatewayRefusal: TransmissionResult | undefined;
  session: Session | undefined;
  /** When a frame of it was heard last, as text. */
  lastSeenAt: string | undefined;
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
      keyId: this.hasNoSessionKey ? "" : toBase64(this.random.bytes(16)),
      devAddr: `260B${networkAddress}`,
      wrappedAppSKey: toBase64(this.random.bytes(24)),
      nextFCntUp: 0,
      lastFCntDown: 0,
      usedFCntDown: 0,
    };
    return this.session;
  }

  /** After a downlink: some wait again. */
  collectMacCommands(): void {
    this.macCommandBytes = Math.max(this.macCommandBytes, usualMacCommandBytes);
  }

  private get hasNoSessionKey(): boolean {
    return this.options.isMulticast === true || this.options.isPersonalized === true;
  }

  /** The AppSKey as an application that decrypts itself gets it (real-traffic 26). */
  get wireAppSKey(): WireObject | undefined {
    if (this.options.skipsPayloadCrypto !== true || this.session === undefined) return undefined;
    return { kek_label: "demo-kek", encrypted_key: this.session.wrappedAppSKey };
  }

  /** `end_device_ids` (tts-mqtt §5.2): without tenant, EUIs if there are any, DevAddr if the network said it. */
  wireIds(withDevAddr: boolean): WireObject {
    const { isMulticast, isPersonalized } = this.options;
    return withoutZeros({
      device_id: this.deviceId,
      application_ids: {
        application_id: parseApplicationUid(this.applicationUid)?.applicationId,
      },
      dev_eui: isMulticast === true ? undefined : this.devEui,
      join_eui: isMulticast === true || isPersonalized === true ? undefined : this.joinEui,
      dev_addr: withDevAddr ? this.session?.devAddr : undefined,
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
