/** Publishes messages of end devices: topic, envelope, body. Source: tts-mqtt §3.1, §5.2, real-traffic. */
import type { Stamps } from "./stamps";
import type { EndDevice } from "./endDevice";
import { wireJson } from "./wireJson";
import { sortedUnique, withoutZeros, type WireObject } from "./wireObject";

/** The oneof key in the envelope -> the end of the topic. They differ on purpose. */
const suffixes = {
  uplink_message: "up",
  uplink_normalized: "up/normalized",
  join_accept: "join",
  downlink_queued: "down/queued",
  downlink_sent: "down/sent",
  downlink_ack: "down/ack",
  downlink_nack: "down/nack",
  downlink_failed: "down/failed",
  downlink_queue_invalidated: "down/invalidated",
  location_solved: "location/solved",
  service_data: "service/data",
} as const;

export type UpstreamKey = keyof typeof suffixes;

/** One published message, for tests and for the simulated devices' surroundings. */
export interface UpstreamMessage {
  readonly key: UpstreamKey;
  readonly topic: string;
  readonly device: EndDevice;
  readonly body: WireObject;
}

export interface UpstreamEnvelope {
  readonly correlationIds: readonly string[];
  readonly simulated?: boolean;
  /** The Application Server says this of its own accord: it names no DevAddr then. */
  readonly isOwnWord?: boolean;
}

export class Upstream {
  constructor(
    private readonly stamps: Stamps,
    private readonly deliver: (message: UpstreamMessage, payload: Buffer) => void,
  ) {}

  /** Returns the message as it went out. */
  publish(
    device: EndDevice,
    key: UpstreamKey,
    body: WireObject,
    { correlationIds, simulated, isOwnWord = false }: UpstreamEnvelope,
  ): WireObject {
    const envelope = withoutZeros({
      end_device_ids: device.wireIds(simulated !== true && !isOwnWord),
      correlation_ids: sortedUnique(correlationIds),
      received_at: this.stamps.time(),
      [key]: body,
      simulated,
    });
    const topic = `v3/${device.applicationUid}/devices/${device.deviceId}/${suffixes[key]}`;
    this.deliver({ key, topic, device, body: envelope }, Buffer.from(wireJson(envelope)));
    return envelope;
  }
}
