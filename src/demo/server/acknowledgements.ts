/** What an uplink says about the confirmed downlink before it: `ack`, `nack`, or giving up. Source: tts-mqtt §7.1. */
import type { Random } from "../random";
import { defaultMaximumAttempts, encryptedShape, type Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import type { NetworkServer } from "./networkServer";
import { errorDetails } from "./serverErrors";
import type { Upstream } from "./upstream";

export class Acknowledgements {
  constructor(
    private readonly networkServer: NetworkServer,
    private readonly upstream: Upstream,
    private readonly random: Random,
  ) {}

  /** To be called before the uplink itself is published (tts-mqtt §3.4). */
  settle(device: EndDevice, isAcknowledged: boolean, uplinkIds: readonly string[]): void {
    const downlink = device.awaitingAck;
    if (downlink === undefined) return;
    device.awaitingAck = undefined;
    const correlationIds = [...downlink.correlationIds, ...uplinkIds];
    if (isAcknowledged) {
      const body = encryptedShape(downlink);
      this.upstream.publish(device, "downlink_ack", body, { correlationIds });
      return;
    }
    const attempted = this.retry(device, downlink);
    this.upstream.publish(device, "downlink_nack", encryptedShape(attempted), { correlationIds });
  }

  /** Counts the attempt and re-queues at the tail, without a new `queued`; or fails with `max_retries_reached`. */
  private retry(device: EndDevice, downlink: Downlink): Downlink {
    // The application recalculates the queue itself (tts-mqtt §7.4).
    if (device.options.skipsPayloadCrypto === true) return downlink;
    const { attempt, maximumAttempts } = downlink.confirmedRetry ?? {
      attempt: 0,
      maximumAttempts: undefined,
    };
    const attempted = { ...downlink, confirmedRetry: { attempt: attempt + 1, maximumAttempts } };
    const limit = maximumAttempts ?? defaultMaximumAttempts;
    if (attempt + 1 <= limit) {
      this.networkServer.enqueueAgain(device, attempted);
      return attempted;
    }
    const attributes = { max_retries: String(limit) };
    const error = errorDetails({ name: "max_retries_reached", attributes }, this.random);
    const body = { downlink: encryptedShape(attempted), error };
    const { correlationIds } = downlink;
    this.upstream.publish(device, "downlink_failed", body, { correlationIds, isOwnWord: true });
    return attempted;
  }
}
