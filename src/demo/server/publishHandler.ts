/** Judges a publish of a client in the server's order; most failures are silent. Source: tts-mqtt §3.2, §3.5, §6.3. */
import { isId } from "../../stack/identifiers";
import type { DownlinkOperation } from "../../stack/topics";
import { holdsRight, trafficDownWrite } from "./apiKey";
import { decodeDownlinkRequest, type RequestedDownlink } from "./downlinkRequest";
import { schemaProblem } from "./downlinkRules";
import type { IntakeOutcome } from "./downlinkIntake";
import type { Connection, ReceivedPublish } from "./frontend";
import type { Network } from "./network";
import type { RateLimiter } from "./rateLimit";

export type PublishOutcome =
  /** Wrong topic or missing right. */
  | "forbidden"
  /** Also closes the connection. */
  | "rate limited"
  | "undecodable"
  | "schema violation"
  | "bad device id"
  | "unknown device"
  | IntakeOutcome;

/** What became of a publish. Clients get PUBACK for all but `rate limited`. */
export interface PublishRecord extends ReceivedPublish {
  readonly connection: Connection;
  readonly outcome: PublishOutcome;
  /** In words, for `undecodable` and `schema violation`. */
  readonly detail: string;
  /** What was understood, as far as it was. */
  readonly downlinks: readonly RequestedDownlink[];
}

export class PublishHandler {
  constructor(
    private readonly network: Network,
    private readonly limiter: RateLimiter,
  ) {}

  handle(connection: Connection, publish: ReceivedPublish): PublishRecord {
    const { applicationUid, rights, tokenId } = connection;
    const record = (
      outcome: PublishOutcome,
      downlinks: readonly RequestedDownlink[] = [],
      detail = "",
    ): PublishRecord => ({ ...publish, connection, outcome, downlinks, detail });

    // 1. Access: the uid written out in full, and the right.
    const target = parseDownlinkTopic(publish.topic, applicationUid);
    if (target === undefined || !holdsRight(rights, trafficDownWrite)) return record("forbidden");
    // 2. Only what passed the access check counts (tts-mqtt §1.7).
    if (!this.limiter.take(`${applicationUid} ${tokenId}`)) return record("rate limited");
    // 3. and 4. Body.
    const downlinks = decodeDownlinkRequest(publish.payload);
    if ("problem" in downlinks) return record("undecodable", [], downlinks.problem);
    const problem = schemaProblem(downlinks);
    if (problem !== undefined) return record("schema violation", downlinks, problem);
    // 5. and 6. Device.
    if (!isId(target.deviceId)) return record("bad device id", downlinks);
    const device = this.network.endDevice(applicationUid, target.deviceId);
    if (device === undefined) return record("unknown device", downlinks);
    // 7. to 9.
    const origin = { tokenId };
    const { outcome } = this.network.downlink(device, target.operation, downlinks, origin);
    return record(outcome, downlinks);
  }
}

function parseDownlinkTopic(
  topic: string,
  applicationUid: string,
): { readonly deviceId: string; readonly operation: DownlinkOperation } | undefined {
  const [version, uid, devices, deviceId, down, operation, ...rest] = topic.split("/");
  if (version !== "v3" || uid !== applicationUid || devices !== "devices") return undefined;
  if (deviceId === undefined || down !== "down" || rest.length > 0) return undefined;
  return operation === "push" || operation === "replace" ? { deviceId, operation } : undefined;
}
