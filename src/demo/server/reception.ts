/** The entries of `rx_metadata`: which gateways heard a frame, and how well. Source: tts-mqtt §5.4. */
import { toBase64 } from "../../stack/framePayload";
import type { Random } from "../random";
import { gatewayTime } from "./stamps";
import { withoutZeros, type WireObject } from "./wireObject";

export interface Gateway {
  readonly gatewayId: string;
  /** 16 hex digits. */
  readonly eui: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
}

/** `time` in ms since 1970, `timestamp` the concentrator's counter in µs, `rssi` in dBm, `snr` in dB. */
export function receptionOf(
  gateway: Gateway,
  time: number,
  timestamp: number,
  rssi: number,
  snr: number,
  random: Random,
): WireObject {
  const { gatewayId, eui, latitude, longitude, altitude } = gateway;
  return withoutZeros({
    gateway_ids: { gateway_id: gatewayId, eui },
    time: gatewayTime(time, timestamp % 1000),
    timestamp,
    rssi,
    channel_rssi: rssi,
    snr,
    frequency_offset: String(random.integer(100, 2500) * (random.next() < 0.5 ? -1 : 1)),
    location: withoutZeros({ latitude, longitude, altitude, source: "SOURCE_REGISTRY" }),
    uplink_token: toBase64(random.bytes(27)),
    channel_index: random.integer(0, 7),
    received_at: gatewayTime(time + random.integer(40, 120), random.integer(1, 999)),
  });
}

/** The one that hears uplinks of which nobody says who heard them. */
export const defaultGateway: Gateway = {
  gatewayId: "roof-gw-1",
  eui: "A84041FFFF21F0C4",
  latitude: 51.98655,
  longitude: 5.66502,
  altitude: 34,
};

/** One gateway, well received: what uplinks of tests get that do not care. */
export function defaultReception(
  time: number,
  timestamp: number,
  random: Random,
): readonly WireObject[] {
  return [receptionOf(defaultGateway, time, timestamp, -87, 9.25, random)];
}

/** What comes along with a simulated uplink, as its author says it (tts-mqtt §5.2). */
export const simulatedReception: readonly WireObject[] = [
  { gateway_ids: { gateway_id: "test" }, rssi: 42, channel_rssi: 42, snr: 4.2 },
];
