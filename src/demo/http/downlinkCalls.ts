/** The downlink queue over HTTP: read, push, replace, with the errors that MQTT swallows. Source: real-http 1, tts-mqtt §6. */
import type { DownlinkOperation } from "../../stack/topics";
import { encryptedShape } from "../server/downlink";
import { decodeDownlinkRequest, type RequestedDownlink } from "../server/downlinkRequest";
import { schemaProblem } from "../server/downlinkRules";
import { failed, invalid, ok, unreadable, type ApiAnswer } from "./apiAnswer";
import { deviceOf, member, tokenIdOf, type ApiCall } from "./apiCall";

/** In sending order; what was transmitted and waits for its ack is not in it (real-traffic 7). */
export function getQueue(call: ApiCall): ApiAnswer {
  const device = deviceOf(call);
  if ("status" in device) return device;
  const downlinks = device.queue.map((downlink) => {
    // The queue holds bytes: fields are not decoded for this answer.
    const decodedAgain = { decodedPayload: undefined, warnings: [] };
    return encryptedShape({ ...downlink, decodedAgain });
  });
  return ok(downlinks.length === 0 ? {} : { downlinks });
}

export function postDownlinks(call: ApiCall, operation: DownlinkOperation): ApiAnswer {
  const { network } = call.services;
  const downlinks = decodeDownlinkRequest(call.bytes);
  if ("problem" in downlinks) return unreadable(`proto: ${downlinks.problem}`);
  const index = downlinks.findIndex((downlink) => schemaProblem([downlink]) !== undefined);
  const wrong = downlinks[index];
  if (wrong !== undefined) return failed(schemaFailure(index, wrong), network.random);
  const device = deviceOf(call);
  if ("status" in device) return device;
  const method = operation === "push" ? "DownlinkQueuePush" : "DownlinkQueueReplace";
  const tokenId = tokenIdOf(call);
  const { failure } = network.downlink(device, operation, downlinks, {
    correlationIds: [network.stamps.rpcId(`AppAs/${method}`)],
    ...(tokenId === undefined ? {} : { tokenId }),
  });
  return failure === undefined ? ok({}) : failed(failure, network.random);
}

function schemaFailure(index: number, downlink: RequestedDownlink): ReturnType<typeof invalid> {
  const [field = "", reason = ""] = wrongField(downlink);
  const outer = [`downlinks[${index}]`, "DownlinkQueueRequest"] as const;
  return invalid([outer, [field, "ApplicationDownlink"]], reason);
}

function wrongField(downlink: RequestedDownlink): readonly string[] {
  const { fPort, framePayload, correlationIds, priority, classBC } = downlink;
  if (fPort > 255) return ["f_port", "value must be less than or equal to 255"];
  if (fPort === 224) return ["f_port", "value must not be in list [224]"];
  if ((framePayload?.length ?? 0) > 255) {
    return ["frm_payload", "value length must be at most 255 bytes"];
  }
  const long = correlationIds.findIndex((id) => Array.from(id).length > 100);
  if (long >= 0) return [`correlation_ids[${long}]`, "value length must be at most 100 runes"];
  if (priority < 0 || priority > 6)
    return ["priority", "value must be one of the defined enum values"];
  if (classBC !== undefined && schemaProblem([{ ...downlink, classBC: undefined }]) === undefined) {
    return ["class_b_c", "embedded message failed validation"];
  }
  return ["confirmed_retry", "embedded message failed validation"];
}

/** An uplink that no radio sent, as the caller describes it. */
export function postSimulated(call: ApiCall): ApiAnswer {
  const device = deviceOf(call);
  if ("status" in device) return device;
  const uplink = member(call.body, "uplink_message");
  const payload = member(uplink, "frm_payload");
  const fPort = member(uplink, "f_port");
  const metadata = member(uplink, "rx_metadata");
  call.services.network.uplink(device, {
    simulated: true,
    ...(typeof fPort === "number" ? { fPort } : {}),
    framePayload: Buffer.from(typeof payload === "string" ? payload : "", "base64"),
    ...(isRecords(metadata) ? { rxMetadata: metadata } : {}),
  });
  return ok({});
}

function isRecords(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null);
}
