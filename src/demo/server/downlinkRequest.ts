/** The body of `down/push` and `down/replace`: bytes to downlinks, exactly as the server decodes it. tts-mqtt §6.1, §6.2. */
import type { JsonObject } from "../../stack/messages";
import { BodyError, readJson, type Json } from "./jsonReader";
import {
  readBoolean,
  readBytes,
  readList,
  readMessage,
  readPriority,
  readString,
  readStruct,
  readTimestamp,
  readUint32,
} from "./protoJson";

export interface ClassBCGateway {
  /** Undefined when `gateway_ids` is missing. */
  readonly gatewayId: string | undefined;
  readonly eui: Uint8Array;
  readonly antennaIndex: number;
  readonly groupIndex: number;
}

export interface ClassBC {
  readonly gateways: readonly ClassBCGateway[];
  /** Milliseconds since 1970. */
  readonly absoluteTime: number | undefined;
}

export interface ConfirmedRetry {
  readonly attempt: number;
  readonly maximumAttempts: number | undefined;
}

/** One downlink as a client asked for it. Undefined means not given. */
export interface RequestedDownlink {
  readonly sessionKeyId: Uint8Array | undefined;
  readonly fPort: number;
  readonly fCnt: number;
  readonly framePayload: Uint8Array | undefined;
  readonly decodedPayload: JsonObject | undefined;
  readonly confirmed: boolean;
  readonly classBC: ClassBC | undefined;
  /** 0 LOWEST to 6 HIGHEST; not checked yet. */
  readonly priority: number;
  readonly correlationIds: readonly string[];
  readonly confirmedRetry: ConfirmedRetry | undefined;
}

const downlinkFields = [
  "session_key_id",
  "f_port",
  "f_cnt",
  "frm_payload",
  "decoded_payload",
  "decoded_payload_warnings",
  "confirmed",
  "class_b_c",
  "priority",
  "correlation_ids",
  "confirmed_retry",
];

/** The downlinks in the body, or why the server drops it (check 3 of tts-mqtt §6.3). Never throws. */
export function decodeDownlinkRequest(
  body: Uint8Array,
): readonly RequestedDownlink[] | { readonly problem: string } {
  try {
    const downlinks = readMessage(readJson(body), ["downlinks"]).get("downlinks");
    return downlinks === undefined ? [] : readList(downlinks).map(readDownlink);
  } catch (error) {
    if (error instanceof BodyError) return { problem: error.message };
    throw error;
  }
}

function readDownlink(json: Json): RequestedDownlink {
  const fields = readMessage(json, downlinkFields);
  const optional = <T>(name: string, read: (json: Json) => T): T | undefined => {
    const value = fields.get(name);
    return value === undefined ? undefined : read(value);
  };
  optional("decoded_payload_warnings", readStrings); // checked, then discarded (tts-mqtt §6.2)
  return {
    sessionKeyId: optional("session_key_id", readBytes),
    fPort: optional("f_port", readUint32) ?? 0,
    fCnt: optional("f_cnt", readUint32) ?? 0,
    framePayload: optional("frm_payload", readBytes),
    decodedPayload: optional("decoded_payload", readStruct),
    confirmed: optional("confirmed", readBoolean) ?? false,
    classBC: optional("class_b_c", readClassBC),
    priority: optional("priority", readPriority) ?? 0,
    correlationIds: optional("correlation_ids", readStrings) ?? [],
    confirmedRetry: optional("confirmed_retry", readConfirmedRetry),
  };
}

function readStrings(json: Json): readonly string[] {
  return readList(json).map(readString);
}

function readConfirmedRetry(json: Json): ConfirmedRetry {
  const fields = readMessage(json, ["attempt", "max_attempts"]);
  const attempt = fields.get("attempt");
  const maximumAttempts = fields.get("max_attempts");
  return {
    attempt: attempt === undefined ? 0 : readUint32(attempt),
    maximumAttempts: maximumAttempts === undefined ? undefined : readUint32(maximumAttempts),
  };
}

function readClassBC(json: Json): ClassBC {
  const fields = readMessage(json, ["gateways", "absolute_time"]);
  const gateways = fields.get("gateways");
  const absoluteTime = fields.get("absolute_time");
  return {
    gateways: gateways === undefined ? [] : readList(gateways).map(readGateway),
    absoluteTime: absoluteTime === undefined ? undefined : readTimestamp(absoluteTime),
  };
}

function readGateway(json: Json): ClassBCGateway {
  const fields = readMessage(json, ["gateway_ids", "antenna_index", "group_index"]);
  const idsField = fields.get("gateway_ids");
  const ids = idsField === undefined ? undefined : readMessage(idsField, ["gateway_id", "eui"]);
  const gatewayId = ids?.get("gateway_id");
  const eui = ids?.get("eui");
  const number = (name: string): number => {
    const value = fields.get(name);
    return value === undefined ? 0 : readUint32(value);
  };
  return {
    gatewayId: ids === undefined ? undefined : gatewayId === undefined ? "" : readString(gatewayId),
    eui: eui === undefined ? new Uint8Array() : readBytes(eui), // base64 here, not hex (tts-mqtt §6.1)
    antennaIndex: number("antenna_index"),
    groupIndex: number("group_index"),
  };
}
