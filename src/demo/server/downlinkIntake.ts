/** What the Application Server does with a push or replace that passed the schema. tts-mqtt §6.3 checks 7–9, §6.5. */
import { toBase64 } from "../../stack/framePayload";
import type { DownlinkOperation } from "../../stack/topics";
import type { Random } from "../random";
import { queuedShape, type Downlink } from "./downlink";
import { decodeDownlink, formatRequest } from "./downlinkFormatting";
import type { RequestedDownlink } from "./downlinkRequest";
import type { EndDevice } from "./endDevice";
import type { NetworkServer } from "./networkServer";
import { encodedTooLong, errorDetails, outputErrors, type ServerFailure } from "./serverErrors";
import type { ServerEvents } from "./serverEvents";
import type { Stamps } from "./stamps";
import type { Transmissions } from "./transmissions";
import type { Upstream } from "./upstream";
import { sortedUnique } from "./wireObject";

/** Reasons for silence; a client sees none of them. */
export type SilentDrop = "no payload" | "encoder error" | "too many attempts";
/** `queued` and `failed` publish one message per downlink, so none at all for an empty replace. */
export type IntakeOutcome = "queued" | "failed" | SilentDrop;

export interface IntakeResult {
  readonly outcome: IntakeOutcome;
  /** Why it failed; MQTT clients get it with `failed`, the HTTP API answers with it. */
  readonly failure?: ServerFailure;
}

/** How a downlink came: what is added to its correlation ids, and whose key it was. */
export interface DownlinkOrigin {
  readonly correlationIds?: readonly string[];
  readonly tokenId?: string;
}

/** Of a downlink's payload, whatever the data rate. */
const maximumBytes = 255;

export class DownlinkIntake {
  constructor(
    private readonly networkServer: NetworkServer,
    private readonly transmissions: Transmissions,
    private readonly upstream: Upstream,
    private readonly stamps: Stamps,
    private readonly random: Random,
    private readonly events: ServerEvents,
    private readonly maximumAttempts: number,
  ) {}

  /** All or nothing: one bad item rejects its whole message. */
  accept(
    device: EndDevice,
    operation: DownlinkOperation,
    requested: readonly RequestedDownlink[],
    origin: DownlinkOrigin = {},
  ): IntakeResult {
    const downlinks: Downlink[] = [];
    for (const item of requested) {
      const prepared = this.prepare(device, item, origin);
      if ("outcome" in prepared) return prepared;
      downlinks.push(prepared);
    }
    for (const downlink of downlinks) this.events.received(device, downlink, origin.tokenId);
    const failure =
      this.sessionFailure(device, downlinks) ??
      this.networkServer.enqueue(device, operation, downlinks);
    for (const downlink of downlinks) {
      const body = queuedShape(downlink);
      const envelope = { correlationIds: downlink.correlationIds, isOwnWord: true };
      if (failure === undefined) this.upstream.publish(device, "downlink_queued", body, envelope);
      else {
        const error = errorDetails(failure, this.random);
        this.events.failed("as.down.data.drop", device, downlink.ownIds, error);
        this.upstream.publish(device, "downlink_failed", { downlink: body, error }, envelope);
      }
    }
    if (failure !== undefined) return { outcome: "failed", failure };
    this.transmissions.transmitNow(device);
    return { outcome: "queued" };
  }

  /** Check 8, by the Application Server itself. */
  private sessionFailure(
    device: EndDevice,
    downlinks: readonly Downlink[],
  ): ServerFailure | undefined {
    if (downlinks.some(({ fPort }) => fPort === 0)) return { name: "no_f_port" };
    if (device.session === undefined) return { name: "no_device_session" };
    const index = downlinks.findIndex(({ framePayload }) => framePayload.length > maximumBytes);
    return index < 0 ? undefined : encodedTooLong(index);
  }

  /** Check 7: encodes or decodes the payload, adds `as:downlink:…` and the first attempt (tts-mqtt §6.2, §7.3). */
  private prepare(
    device: EndDevice,
    item: RequestedDownlink,
    origin: DownlinkOrigin,
  ): Downlink | IntakeResult {
    const ownIds = [this.stamps.correlationId("as:downlink")];
    const formatted = formatRequest(device, item);
    if (formatted === "no payload") return { outcome: formatted, failure: { name: "no_payload" } };
    if ("problem" in formatted) {
      const failure = outputErrors(formatted.problem);
      const error = errorDetails(failure, this.random);
      this.events.failed("as.down.data.encode.fail", device, ownIds, error);
      return { outcome: "encoder error", failure };
    }
    const { fPort, framePayload } = formatted;
    if (formatted.isUndecodable) {
      const error = errorDetails({ name: "output" }, this.random);
      this.events.failed("as.down.data.decode.fail", device, ownIds, error);
    }
    if ((item.confirmedRetry?.maximumAttempts ?? 0) > this.maximumAttempts) {
      return { outcome: "too many attempts", failure: { name: "max_attempts" } };
    }
    const defaultRetry = item.confirmed ? { attempt: 1, maximumAttempts: undefined } : undefined;
    return {
      ...formatted,
      // What the application encrypts itself nobody can read later (real-traffic 26).
      decodedAgain:
        device.options.skipsPayloadCrypto === true
          ? { decodedPayload: undefined, warnings: [] }
          : decodeDownlink(device, framePayload, fPort),
      confirmed: item.confirmed,
      classBC: item.classBC,
      priority: item.priority,
      correlationIds: sortedUnique([
        ...item.correlationIds,
        ...(origin.correlationIds ?? []),
        ...ownIds,
      ]),
      ownIds,
      confirmedRetry: item.confirmedRetry ?? defaultRetry,
      requestedSessionKeyId:
        item.sessionKeyId === undefined ? undefined : toBase64(item.sessionKeyId),
      requestedFCnt: item.fCnt,
      sessionKeyId: "",
      fCnt: 0,
    };
  }
}
