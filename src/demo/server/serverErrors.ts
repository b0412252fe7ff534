/** Error details of `down/failed`. Source: tts-mqtt §8. */
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
  max_retries_reached: [
    applicationServer,
    10,
    "maximum number of retries `{max_retries}` for confirmed downlink reached",
  ],
  application_downlink_too_long: [
    networkServer,
    3,
    "application downlink payload length `{length}` exceeds maximum '{max}'",
  ],
  f_cnt_too_low: [networkServer, 3, "FCnt `{f_cnt}` is lower than minimum of `{min_f_cnt}`"],
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
} as const satisfies Record<string, readonly [string, number, string]>;

export type ServerErrorName = keyof typeof errors;

export interface ServerFailure {
  readonly name: ServerErrorName;
  readonly attributes?: JsonObject;
}

export function errorDetails({ name, attributes }: ServerFailure, random: Random): WireObject {
  const [namespace, code, messageFormat] = errors[name];
  return {
    namespace,
    name,
    message_format: messageFormat,
    ...(attributes === undefined ? {} : { attributes }),
    correlation_id: toHex(random.bytes(16)).toLowerCase(),
    code,
  };
}
