/** A downlink inside the server and its JSON in every `down/…` message. Source: tts-mqtt §5.8, real-traffic 3, 16, 25. */
import { toBase64 } from "../../stack/framePayload";
import { priorities, type JsonObject } from "../../stack/messages";
import type { ClassBC, ConfirmedRetry } from "./downlinkRequest";
import { gatewayTime } from "./stamps";
import { sortedUnique, withoutZeros, type WireObject } from "./wireObject";

export interface DecodedDownlink {
  readonly decodedPayload: JsonObject | undefined;
  readonly warnings: readonly string[];
}

export interface Downlink {
  readonly fPort: number;
  readonly framePayload: Uint8Array;
  /** As on `queued`. */
  readonly decodedPayload: JsonObject | undefined;
  readonly warnings: readonly string[];
  /** As on all that comes later: decoded from the bytes. */
  readonly decodedAgain: DecodedDownlink;
  readonly confirmed: boolean;
  readonly classBC: ClassBC | undefined;
  /** 0 LOWEST to 6 HIGHEST. */
  readonly priority: number;
  readonly correlationIds: readonly string[];
  /** Those of them that the server gave itself: its events carry no others. */
  readonly ownIds: readonly string[];
  readonly confirmedRetry: ConfirmedRetry | undefined;
  /** As the caller sent them; on `queued` only these are shown. */
  readonly requestedSessionKeyId: string | undefined;
  readonly requestedFCnt: number;
  /** Assigned by encryption. base64. */
  readonly sessionKeyId: string;
  readonly fCnt: number;
}

/** Attempts when the caller names no maximum (tts-mqtt §7.1). */
export const defaultMaximumAttempts = 8;
const effectivePriorityLimit = priorities.indexOf("HIGH");

/** As on `queued` and on failures of the Application Server: the request, before encryption. */
export function queuedShape(downlink: Downlink): WireObject {
  return shape(downlink, {
    session_key_id: downlink.requestedSessionKeyId,
    f_cnt: downlink.requestedFCnt,
    class_b_c: classBCShape(downlink.classBC),
    confirmed_retry: retryShape(downlink.confirmedRetry),
  });
}

/** As on `ack`, `nack` and late failures of the Network Server. */
export function encryptedShape(downlink: Downlink): WireObject {
  return shape(asDecodedAgain(downlink), {
    session_key_id: downlink.sessionKeyId,
    f_cnt: downlink.fCnt,
    class_b_c: classBCShape(downlink.classBC),
    confirmed_retry: retryShape(downlink.confirmedRetry),
  });
}

/**
 * As on `sent` and transmission failures: correlation ids extended, and the priority of the frame instead of the
 * downlink's: HIGHEST when MAC commands ride along (real-traffic 3), else capped at HIGH.
 */
export function sentShape(
  downlink: Downlink,
  correlationIds: readonly string[],
  carriesMacCommands: boolean,
): WireObject {
  const priority = carriesMacCommands
    ? priorities.indexOf("HIGHEST")
    : Math.min(downlink.priority, effectivePriorityLimit);
  return shape(
    { ...asDecodedAgain(downlink), priority, correlationIds },
    { session_key_id: downlink.sessionKeyId, f_cnt: downlink.fCnt },
  );
}

function asDecodedAgain(downlink: Downlink): Downlink {
  return { ...downlink, ...downlink.decodedAgain };
}

function shape(downlink: Downlink, special: WireObject): WireObject {
  return withoutZeros({
    session_key_id: special.session_key_id,
    f_port: downlink.fPort,
    f_cnt: special.f_cnt,
    frm_payload: toBase64(downlink.framePayload),
    decoded_payload: downlink.decodedPayload,
    decoded_payload_warnings: downlink.warnings,
    confirmed: downlink.confirmed,
    class_b_c: special.class_b_c,
    priority: downlink.priority === 0 ? undefined : priorities[downlink.priority],
    correlation_ids: sortedUnique(downlink.correlationIds),
    confirmed_retry: special.confirmed_retry,
  });
}

/** `max_attempts` is a wrapper: written whenever set (tts-mqtt §5.1). */
function retryShape(retry: ConfirmedRetry | undefined): WireObject | undefined {
  if (retry === undefined) return undefined;
  const { attempt, maximumAttempts } = retry;
  return {
    ...withoutZeros({ attempt }),
    ...(maximumAttempts === undefined ? {} : { max_attempts: maximumAttempts }),
  };
}

function classBCShape(classBC: ClassBC | undefined): WireObject | undefined {
  if (classBC === undefined) return undefined;
  const { gateways, absoluteTime } = classBC;
  return withoutZeros({
    gateways: gateways.map(({ gatewayId, eui, antennaIndex, groupIndex }) =>
      withoutZeros({
        gateway_ids: withoutZeros({
          gateway_id: gatewayId,
          eui: Buffer.from(eui).toString("hex").toUpperCase(),
        }),
        antenna_index: antennaIndex,
        group_index: groupIndex,
      }),
    ),
    absolute_time: absoluteTime === undefined ? undefined : gatewayTime(absoluteTime, 0),
  });
}
