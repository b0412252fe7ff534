/** Builds and publishes what end devices send: uplinks, normalized uplinks, locations, joins. tts-mqtt §5.3–5.7, real-traffic. */
import { toBase64 } from "../../stack/framePayload";
import type { JsonObject } from "../../stack/messages";
import type { Random } from "../random";
import type { DecodedUplink, EndDevice } from "./endDevice";
import { findLocation } from "./payloadLocation";
import { frequencies, timeOnAir, uplinkSettings, type SpreadingFactor } from "./radio";
import { defaultReception, simulatedReception } from "./reception";
import { errorDetails, outputErrors } from "./serverErrors";
import type { ServerEvents } from "./serverEvents";
import { duration, type Stamps } from "./stamps";
import type { Upstream } from "./upstream";
import { withoutZeros, type WireObject } from "./wireObject";

/** An uplink as the radio received it. Everything has a default. */
export interface UplinkInput {
  readonly fPort?: number;
  readonly framePayload?: Uint8Array;
  /** The device asks for an acknowledgement. */
  readonly confirmed?: boolean;
  /** The ACK bit: the last confirmed downlink was received. */
  readonly acknowledges?: boolean;
  /** Injected by the API: touches no session (tts-mqtt §5.2). */
  readonly simulated?: boolean;
  /** Frames lost before this one. */
  readonly lostFrames?: number;
  readonly spreadingFactor?: SpreadingFactor;
  /** Hz. */
  readonly frequency?: number;
  readonly rxMetadata?: readonly WireObject[];
  /** 0–100, from LoRaWAN's DevStatus. */
  readonly batteryPercentage?: number;
}

/** From the end of reception at the gateway to the Network Server. Milliseconds. */
export const fronthaul = 140;
/** How often the measurements of an uplink arrive before the uplink itself (real-traffic 24: 120 of 144). */
const normalizedFirst = 5 / 6;

export class Uplinks {
  constructor(
    private readonly upstream: Upstream,
    private readonly stamps: Stamps,
    private readonly random: Random,
    private readonly events: ServerEvents,
  ) {}

  /**
   * `up` and one `up/normalized` per measurement, in no fixed order (real-traffic 24), then `location/solved` if the
   * payload holds a location.
   */
  publish(device: EndDevice, input: UplinkInput, correlationIds: readonly string[]): void {
    const fPort = input.fPort ?? 1;
    const payload = input.framePayload ?? new Uint8Array();
    const isPlain = device.options.skipsPayloadCrypto !== true && fPort > 0;
    const decoded = isPlain ? this.decode(device, payload, fPort, correlationIds) : undefined;
    const common = this.commonFields(device, input, fPort, payload);
    const location = decoded === undefined ? undefined : findLocation(decoded.data);
    if (location !== undefined) device.locations["frm-payload"] = location;
    const envelope = {
      correlationIds,
      ...(input.simulated === true ? { simulated: true } : {}),
    };
    const body = this.uplinkBody(device, input, common, decoded);
    const sendUp = (): void => {
      const message = this.upstream.publish(device, "uplink_message", body, envelope);
      this.events.forwarded(device, message, correlationIds);
    };
    const isLast = this.random.next() < normalizedFirst;
    if (!isLast) sendUp();
    for (const measurement of this.shuffled(decoded?.normalized ?? [])) {
      const normalized = withNormalized(common, measurement, decoded?.normalizedWarnings);
      this.upstream.publish(device, "uplink_normalized", normalized, envelope);
    }
    if (isLast) sendUp();
    if (location === undefined) return;
    const solved = { service: "frm-payload", location };
    this.upstream.publish(device, "location_solved", solved, envelope);
  }

  publishJoin(
    device: EndDevice,
    invalidated: readonly WireObject[],
    correlationIds: readonly string[],
  ): void {
    const { session, options } = device;
    const body = withoutZeros({
      session_key_id: session?.keyId,
      app_s_key: device.wireAppSKey,
      invalidated_downlinks: invalidated,
      received_at: this.stamps.time(),
      network_ids: device.networkIds,
      attributes: options.attributes,
    });
    this.upstream.publish(device, "join_accept", body, { correlationIds });
  }

  publishServiceData(device: EndDevice, service: string, data: JsonObject): void {
    const packageId = this.stamps.correlationId("as:packages:loraclouddmsv1");
    const correlationIds = [packageId, ...this.stamps.uplinkIds()];
    this.upstream.publish(device, "service_data", { service, data }, { correlationIds });
  }

  /** Undefined when there is no formatter or it failed; MQTT does not tell these apart (real-traffic 20). */
  private decode(
    device: EndDevice,
    payload: Uint8Array,
    fPort: number,
    correlationIds: readonly string[],
  ): DecodedUplink | undefined {
    const decode = device.options.formatters?.decodeUplink;
    if (decode === undefined) return undefined;
    const decoded = decode(payload, fPort);
    if (decoded !== undefined && "data" in decoded) return decoded;
    const failure =
      decoded === undefined ? ({ name: "output" } as const) : outputErrors(decoded.problem);
    const error = errorDetails(failure, this.random);
    this.events.failed("as.up.data.decode.fail", device, correlationIds, error);
    return undefined;
  }

  private shuffled<T>(items: readonly T[]): readonly T[] {
    return this.random.next() < normalizedFirst ? items : [...items].reverse();
  }

  /** What `up` and `up/normalized` have in common (tts-mqtt §5.6). Counts the frame. */
  private commonFields(
    device: EndDevice,
    input: UplinkInput,
    fPort: number,
    payload: Uint8Array,
  ): WireObject {
    const { session } = device;
    const spreadingFactor = input.spreadingFactor ?? device.spreadingFactor;
    const frequency = input.frequency ?? frequencies[this.random.integer(0, 7)] ?? frequencies[0];
    const now = this.stamps.milliseconds() - fronthaul;
    const timestamp = (now * 1000 + this.random.integer(1, 999)) % 2 ** 32;
    const frame = {
      f_port: fPort,
      frm_payload: toBase64(payload),
      attributes: device.options.attributes,
    };
    if (input.simulated === true || session === undefined) {
      return withoutZeros({
        ...frame,
        rx_metadata: input.rxMetadata ?? simulatedReception,
        settings: uplinkSettings(spreadingFactor, frequency),
      });
    }
    session.nextFCntUp += (input.lostFrames ?? 0) + 1;
    return withoutZeros({
      session_key_id: session.keyId,
      f_cnt: session.nextFCntUp - 1,
      ...frame,
      rx_metadata: input.rxMetadata ?? defaultReception(now, timestamp, this.random),
      settings: uplinkSettings(spreadingFactor, frequency, { timestamp, time: now }),
      received_at: this.stamps.time(),
      confirmed: input.confirmed,
      consumed_airtime: duration(timeOnAir(spreadingFactor, payload.length)),
      network_ids: device.networkIds,
    });
  }

  private uplinkBody(
    device: EndDevice,
    input: UplinkInput,
    common: WireObject,
    decoded: DecodedUplink | undefined,
  ): WireObject {
    const { session, options, locations } = device;
    const isEncrypted = options.skipsPayloadCrypto === true;
    const battery = input.batteryPercentage;
    const { session_key_id, f_port, f_cnt, frm_payload, ...rest } = common;
    return withoutZeros({
      session_key_id,
      f_port,
      f_cnt,
      frm_payload,
      decoded_payload: decoded?.data,
      decoded_payload_warnings: decoded?.warnings,
      normalized_payload: decoded?.normalized,
      normalized_payload_warnings: decoded?.normalizedWarnings,
      ...rest,
      app_s_key: device.wireAppSKey,
      last_a_f_cnt_down: isEncrypted ? session?.usedFCntDown : undefined,
      locations: Object.keys(locations).length > 0 ? { ...locations } : undefined,
      version_ids: options.versionIds,
      last_battery_percentage:
        battery === undefined
          ? undefined
          : { ...withoutZeros({ f_cnt }), value: battery, received_at: rest.received_at },
    });
  }
}

/** The body of `up/normalized`: the measurement stands behind the payload. */
function withNormalized(
  common: WireObject,
  measurement: JsonObject,
  warnings: readonly string[] | undefined,
): WireObject {
  const { session_key_id, f_port, f_cnt, frm_payload, ...rest } = common;
  return withoutZeros({
    session_key_id,
    f_port,
    f_cnt,
    frm_payload,
    normalized_payload: measurement,
    normalized_payload_warnings: warnings,
    ...rest,
  });
}
