/** Topics of the Application Server's MQTT frontend. Source: tts-mqtt §3. */
import { isId, parseApplicationUid } from "./identifiers";
import type { MessageKind } from "./messages";
import { memoize } from "../util/memoize";

/** The subscription that delivers everything the key may read. */
export const everything = "#";

const kindBySuffix: ReadonlyMap<string, MessageKind> = new Map<string, MessageKind>([
  ["up", "uplink"],
  ["up/normalized", "uplinkNormalized"],
  ["join", "join"],
  ["down/queued", "downlinkQueued"],
  ["down/sent", "downlinkSent"],
  ["down/ack", "downlinkAck"],
  ["down/nack", "downlinkNack"],
  ["down/failed", "downlinkFailed"],
  ["down/invalidated", "downlinkQueueInvalidated"],
  ["location/solved", "locationSolved"],
  ["service/data", "serviceData"],
]);

/** Where an upstream message comes from. `kind` is undefined for suffixes this version does not know. */
export interface UpstreamTopic {
  readonly applicationUid: string;
  /** The application UID without its tenant. */
  readonly applicationId: string;
  readonly deviceId: string;
  readonly kind: MessageKind | undefined;
}

/** Reads `v3/{application uid}/devices/{device id}/{suffix}`; undefined for any other topic. */
export function parseUpstreamTopic(topic: string): UpstreamTopic | undefined {
  return parseTopic(topic) ?? undefined;
}

/** The topics of an application recur with every message: as many are remembered as there are end devices of one. */
const parseTopic = memoize(10_000, 128, (topic) => parse(topic) ?? null);

function parse(topic: string): UpstreamTopic | undefined {
  const uidEnd = topic.indexOf("/", 3);
  if (!topic.startsWith("v3/") || !topic.startsWith("/devices/", uidEnd)) return undefined;
  const deviceStart = uidEnd + "/devices/".length;
  const deviceEnd = topic.indexOf("/", deviceStart);
  if (deviceEnd < 0) return undefined;
  const applicationUid = topic.slice(3, uidEnd);
  const deviceId = topic.slice(deviceStart, deviceEnd);
  const applicationId = parseApplicationUid(applicationUid)?.applicationId;
  if (!isId(deviceId) || applicationId === undefined) return undefined;
  const kind = kindBySuffix.get(topic.slice(deviceEnd + 1));
  return { applicationUid, applicationId, deviceId, kind };
}

/** `push` appends to the end device's downlink queue, `replace` puts a new queue in its place. */
export type DownlinkOperation = "push" | "replace";

/** The topic to publish downlinks on; the application UID is written out in full, with its tenant. */
export function downlinkTopic(
  applicationUid: string,
  deviceId: string,
  operation: DownlinkOperation,
): string {
  return `v3/${applicationUid}/devices/${deviceId}/down/${operation}`;
}
