/** Topic and bytes of one packet to a message, or to a value that says why it is none. Never throws. */
import { decodeDownlinkEvent, decodeDownlinkFailed, decodeInvalidated } from "./decodeDownlink";
import { decodeUplink, decodeUplinkNormalized } from "./decodeUplink";
import { isId } from "./identifiers";
import { parseJson } from "./jsonText";
import type {
  Envelope,
  Join,
  LocationSolved,
  Message,
  MessageKind,
  ServiceData,
  Undecodable,
} from "./messages";
import { parseUpstreamTopic, type UpstreamTopic } from "./topics";
import { scalar } from "./values";
import { isJsonObject, WireObject } from "./wireReaders";

/**
 * The meaning of one upstream packet (tts-mqtt §3.1, §5). The kind comes from the body's key, not from the topic; the
 * end device and application come from the topic, which the server guards, and a body that differs is flagged.
 */
export function decode(topic: string, payload: Uint8Array): Message | Undecodable {
  const place = parseUpstreamTopic(topic);
  const undecodable = (reason: string): Undecodable => ({
    kind: "undecodable",
    topic,
    reason,
    size: payload.length,
    applicationUid: place?.applicationUid,
    deviceId: place?.deviceId,
  });
  if (place === undefined) return undecodable("unknown topic");
  const parsed = parseJson(payload);
  if ("problem" in parsed) return undecodable(parsed.problem);
  if (!isJsonObject(parsed.value)) return undecodable("not an upstream message");
  const problems: string[] = [];
  const root = new WireObject(parsed.value, problems);
  if (parsed.duplicateName !== undefined) {
    root.note(`${scalar(parsed.duplicateName)} stands twice, the last one counts`);
  }
  const key = memberOf(root, place.kind);
  if (key === undefined) {
    return undecodable(
      place.kind === undefined ? "unknown kind of message" : "not an upstream message",
    );
  }
  const body = root.object(key);
  if (body === undefined) return undecodable(`${key} is not an object`);
  const kind = kindByWireKey[key];
  if (place.kind !== undefined && place.kind !== kind) {
    problems.push(`the topic says ${place.kind}`);
  }
  return decodeBody(kind, readEnvelope(root, place, problems), body);
}

/** The one member of the body's oneof. The server never sends two; of those the one that the topic tells is read. */
function memberOf(root: WireObject, told: MessageKind | undefined): WireKey | undefined {
  const members: WireKey[] = [];
  for (const name in root.value) {
    if (isWireKey(name) && root.get(name) !== null) members.push(name);
  }
  if (members.length > 1) root.note(`several messages in one: ${members.join(", ")}`);
  return (
    members.find((name) => kindByWireKey[name] === told) ??
    members[0] ??
    wireKeys.find((name) => root.has(name))
  );
}

const kindByWireKey = {
  uplink_message: "uplink",
  uplink_normalized: "uplinkNormalized",
  join_accept: "join",
  downlink_queued: "downlinkQueued",
  downlink_sent: "downlinkSent",
  downlink_ack: "downlinkAck",
  downlink_nack: "downlinkNack",
  downlink_failed: "downlinkFailed",
  downlink_queue_invalidated: "downlinkQueueInvalidated",
  location_solved: "locationSolved",
  service_data: "serviceData",
} as const satisfies Record<string, MessageKind>;
type WireKey = keyof typeof kindByWireKey;
const wireKeys = Object.keys(kindByWireKey) as readonly WireKey[];

function isWireKey(name: string): name is WireKey {
  return Object.hasOwn(kindByWireKey, name);
}

function readEnvelope(root: WireObject, place: UpstreamTopic, problems: string[]): Envelope {
  const ids = root.object("end_device_ids");
  const deviceId = ids?.string("device_id");
  const applicationId = ids?.object("application_ids")?.string("application_id");
  if (deviceId !== undefined && deviceId !== place.deviceId) {
    problems.push(`the body names ${isId(deviceId) ? deviceId : "another device"}`);
  }
  if (applicationId !== undefined && applicationId !== place.applicationId) {
    problems.push(`the body names ${isId(applicationId) ? applicationId : "another"} application`);
  }
  return {
    applicationUid: place.applicationUid,
    deviceId: place.deviceId,
    devEui: hex(ids, "dev_eui", 16),
    joinEui: hex(ids, "join_eui", 16),
    devAddr: hex(ids, "dev_addr", 8),
    correlationIds: root.strings("correlation_ids"),
    receivedAt: root.time("received_at"),
    simulated: root.boolean("simulated"),
    problems,
  };
}

function hex(object: WireObject | undefined, name: string, digits: number): string | undefined {
  const text = object?.string(name);
  if (text === undefined) return undefined;
  if (text.length === digits && /^[0-9A-F]+$/.test(text)) return text;
  if (text.length === digits && /^[0-9A-Fa-f]+$/.test(text)) return text.toUpperCase();
  object?.note(`${name} is not ${digits} hex digits`);
  return undefined;
}

function decodeBody(kind: MessageKind, envelope: Envelope, body: WireObject): Message {
  switch (kind) {
    case "uplink":
      return decodeUplink(envelope, body);
    case "uplinkNormalized":
      return decodeUplinkNormalized(envelope, body);
    case "join":
      return decodeJoin(envelope, body);
    case "downlinkQueued":
    case "downlinkSent":
    case "downlinkAck":
    case "downlinkNack":
      return decodeDownlinkEvent(kind, envelope, body);
    case "downlinkFailed":
      return decodeDownlinkFailed(envelope, body);
    case "downlinkQueueInvalidated":
      return decodeInvalidated(envelope, body);
    case "locationSolved":
      return decodeLocation(envelope, body);
    case "serviceData":
      return decodeServiceData(envelope, body);
  }
}

function decodeJoin(envelope: Envelope, body: WireObject): Join {
  return { kind: "join", ...envelope, sessionKeyId: body.string("session_key_id") };
}

function decodeLocation(envelope: Envelope, body: WireObject): LocationSolved {
  const location = body.object("location");
  const hasPosition = location?.has("latitude") === true || location?.has("longitude") === true;
  return {
    kind: "locationSolved",
    ...envelope,
    service: body.string("service") ?? "",
    // A coordinate of exactly 0 is omitted by the server; without both there is no position at all.
    latitude: hasPosition ? location.numberOrZero("latitude", -90, 90) : undefined,
    longitude: hasPosition ? location.numberOrZero("longitude", -180, 180) : undefined,
    altitude: location?.number("altitude"),
    accuracy: location?.number("accuracy"),
    source: location?.string("source"),
  };
}

function decodeServiceData(envelope: Envelope, body: WireObject): ServiceData {
  return {
    kind: "serviceData",
    ...envelope,
    service: body.string("service") ?? "",
    data: body.json("data"),
  };
}
