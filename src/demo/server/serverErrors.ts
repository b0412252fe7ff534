/** Error details of `down/failed`, word for word. Source: tts-mqtt §8, real-traffic 23. */
import { toHex } from "../../stack/framePayload";
import type { JsonObject } from "../../stack/messages";
import type { Random } from "../random";
import type { WireObject } from "./wireObject";

const applicationServer = "pkg/applicationserver";
const networkServer = "pkg/networkserver";

/** name -> [namespace, gRPC code, English template]. */
const errors = {
  no_f_port: [applicationServer, 3, "no FPort"],
  no_device_session: [applicationServer, 9, "no device session; check device activation"],
  max_retries_reached: [applicationServer, 10, "maximum number of retries ({max_retries}) reached"],
  application_downlink_too_long: [
    networkServer,
    3,
    "application downlink payload length `{length}` exceeds maximum '{max}'",
  ],
  f_cnt_too_low: [networkServer, 3, "FCnt `{f_cnt}` is lower than minimum of `{min_f_cnt}`"],
  unknown_session: [networkServer, 5, "unknown session"],
  downlink_queue_capacity: [networkServer, 8, "downlink queue capacity exceeded"],
  downlink_expired: [networkServer, 9, "queued downlink is expired"],
  confirmed_multicast_downlink: [
    networkServer,
    3,
    "confirmed downlink queued for multicast device",
  ],
  no_downlink_path: [networkServer, 5, "no downlink path available"],
  fixed_paths: [networkServer, 3, "invalid fixed paths set in application downlink"],
  transmission: [networkServer, 2, "downlink transmission failed with result `{result}`"],
  validation: ["pkg/errors", 3, "invalid `{field}`: {reason}"],
  // Only the HTTP API and its event stream say these (real-http).
  no_payload: [applicationServer, 3, "no payload"],
  max_attempts: [applicationServer, 3, "too many attempts"],
  device_not_found: [applicationServer, 5, "device `{device_uid}` not found"],
  insufficient_application_rights: [
    "pkg/auth/rights",
    7,
    "insufficient rights for application `{uid}`",
  ],
  no_application_rights: ["pkg/auth/rights", 7, "no rights for application `{uid}`"],
  invalid_authorization: ["pkg/identityserver", 16, "invalid authorization"],
  output: ["pkg/messageprocessors/cayennelpp", 3, "invalid output"],
  output_errors: ["pkg/messageprocessors/javascript", 10, "{errors}"],
} as const satisfies Record<string, readonly [string, number, string]>;

export type ServerErrorName = keyof typeof errors;

export interface ServerFailure {
  readonly name: ServerErrorName;
  /** As on the wire: nearly all numbers are text there, lengths are not. */
  readonly attributes?: JsonObject;
  readonly details?: readonly JsonObject[];
  readonly cause?: ServerFailure;
}

/** As JSON; `fixed_paths` is a plain definition without an id of its own. */
export function errorDetails(
  { name, attributes, details, cause }: ServerFailure,
  random: Random,
): WireObject {
  const [namespace, code, messageFormat] = errors[name];
  return {
    namespace,
    name,
    message_format: messageFormat,
    attributes,
    correlation_id: name === "fixed_paths" ? undefined : toHex(random.bytes(16)).toLowerCase(),
    cause: cause === undefined ? undefined : errorDetails(cause, random),
    code,
    details,
  };
}

/** What a formatter returned as its errors. */
export function outputErrors(errors: string): ServerFailure {
  return { name: "output_errors", attributes: { errors } };
}

/** The payload does not fit; both in bytes. */
export function tooLong(length: number, max: number): ServerFailure {
  return { name: "application_downlink_too_long", attributes: { length, max: String(max) } };
}

/** An encoder made more bytes than a downlink can have: found only when the Network Server is called. */
export function encodedTooLong(index: number): ServerFailure {
  return {
    name: "validation",
    attributes: {
      field: `downlinks[${index}]`,
      name: "DownlinkQueueRequestValidationError",
      reason: "embedded message failed validation",
    },
    cause: {
      name: "validation",
      attributes: {
        field: "frm_payload",
        name: "ApplicationDownlinkValidationError",
        reason: "value length must be at most 255 bytes",
      },
    },
  };
}
