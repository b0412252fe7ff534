/** Downlink queues and when they are transmitted: classes, receive windows, refusals. tts-mqtt §6.3 check 9, §6.4, §7. */
import type { DownlinkOperation } from "../../stack/topics";
import type { Random } from "../random";
import type { Timers } from "../timers";
import { encryptedShape, sentShape, type Downlink } from "./downlink";
import { queueFailure } from "./queueRules";
import type { EndDevice } from "./endDevice";
import { errorDetails, type ServerFailure } from "./serverErrors";
import type { Stamps } from "./stamps";
import type { Upstream } from "./upstream";

/** Milliseconds between being due and the gateway's report (tts-mqtt §7.2). */
export interface TransmissionDelays {
  /** RX1 after an uplink of a class A device. */
  readonly receiveWindow: number;
  readonly classB: number;
  readonly classC: number;
  /** How long an unanswered confirmed downlink holds back the next one of a class C device. */
  readonly classCTimeout: number;
}

export const realDelays: TransmissionDelays = {
  receiveWindow: 5_000,
  classB: 8_000,
  classC: 500,
  classCTimeout: 300_000,
};

/** A downlink that a gateway has transmitted. */
export interface Transmission {
  readonly device: EndDevice;
  readonly downlink: Downlink;
}

export class NetworkServer {
  private readonly transmitting = new Set<EndDevice>();
  private readonly waitsForAck = new Map<EndDevice, number>();

  constructor(
    private readonly upstream: Upstream,
    private readonly stamps: Stamps,
    private readonly random: Random,
    private readonly timers: Timers,
    private readonly delays: TransmissionDelays,
    private readonly maximumQueue: number,
    private readonly onTransmitted: (transmission: Transmission) => void,
  ) {}

  /** Check 9, then appends or replaces. A refused replace keeps the old queue (tts-mqtt §6.5). */
  enqueue(
    device: EndDevice,
    operation: DownlinkOperation,
    downlinks: readonly Downlink[],
  ): ServerFailure | undefined {
    const waiting = operation === "push" ? device.queue.length : 0;
    if (waiting + downlinks.length > this.maximumQueue) return { name: "downlink_queue_capacity" };
    const failure = queueFailure(device, downlinks, this.stamps.milliseconds());
    if (failure !== undefined) return failure;
    if (operation === "replace") device.queue = [];
    device.queue.push(...downlinks.map((downlink) => encrypt(device, downlink)));
    return undefined;
  }

  /** Puts a downlink at the tail under a new frame counter, silently. */
  enqueueAgain(device: EndDevice, downlink: Downlink): void {
    device.queue.push(encrypt(device, downlink));
  }

  /** A new session or a used-up frame counter: same downlinks, new `session_key_id` and `f_cnt` (tts-mqtt §7.3). */
  encryptAgain(device: EndDevice): void {
    device.queue = device.queue.map((downlink) => encrypt(device, downlink));
  }

  /** An uplink opens the receive windows of class A: one downlink. The other classes may go on too. */
  transmitAfterUplink(device: EndDevice, uplinkId: string): void {
    this.waitsForAck.delete(device);
    if (device.deviceClass !== "A") {
      this.transmitNow(device);
      return;
    }
    const downlink = this.takeNext(device, [uplinkId]);
    if (downlink === undefined) return;
    this.timers.after(this.delays.receiveWindow, () => this.report(device, downlink, [uplinkId]));
  }

  /** Class B and C: one after the other, but only after the first uplink of the session (tts-mqtt §7.2). */
  transmitNow(device: EndDevice): void {
    const hasSpoken = (device.session?.nextFCntUp ?? 0) > 0;
    if (device.deviceClass === "A" || !hasSpoken || this.transmitting.has(device)) return;
    if (this.stamps.milliseconds() < (this.waitsForAck.get(device) ?? 0)) return;
    const downlink = this.takeNext(device, []);
    if (downlink === undefined) return;
    this.transmitting.add(device);
    this.timers.after(this.delayOf(device, downlink), () => {
      this.transmitting.delete(device);
      if (downlink.confirmed) this.waitForAck(device);
      this.report(device, downlink, []);
      this.transmitNow(device);
    });
  }

  private waitForAck(device: EndDevice): void {
    const timeout = this.delays.classCTimeout;
    this.waitsForAck.set(device, this.stamps.milliseconds() + timeout);
    this.timers.after(timeout, () => this.transmitNow(device));
  }

  private delayOf(device: EndDevice, downlink: Downlink): number {
    const absoluteTime = downlink.classBC?.absoluteTime;
    if (absoluteTime !== undefined) return Math.max(0, absoluteTime - this.stamps.milliseconds());
    return device.deviceClass === "B" ? this.delays.classB : this.delays.classC;
  }

  /** The queue's head, if it can be sent now; what never fits fails here, long after `queued` (tts-mqtt §6.4). */
  private takeNext(device: EndDevice, triggers: readonly string[]): Downlink | undefined {
    for (;;) {
      const [head] = device.queue;
      if (head === undefined) return undefined;
      // Forbids class A, so it blocks all behind it until `replace` (tts-mqtt §7.2).
      if (head.classBC !== undefined && device.deviceClass === "A") return undefined;
      const length = head.framePayload.length;
      const max = device.maximumPayload;
      if (length > max - device.macCommandBytes && length <= max) return undefined;
      device.queue.shift();
      if (length <= max) return head;
      this.fail(device, head, triggers, {
        name: "application_downlink_too_long",
        attributes: { length, max },
      });
    }
  }

  private fail(
    device: EndDevice,
    downlink: Downlink,
    triggers: readonly string[],
    failure: ServerFailure,
  ): void {
    this.upstream.publish(
      device,
      "downlink_failed",
      { downlink: encryptedShape(downlink), error: errorDetails(failure, this.random) },
      { correlationIds: [...downlink.correlationIds, ...triggers] },
    );
  }

  /** The gateway's TxAck: `sent`, or `failed` with `transmission` (tts-mqtt §7.1). */
  private report(device: EndDevice, downlink: Downlink, triggers: readonly string[]): void {
    const correlationIds = [
      ...downlink.correlationIds,
      ...triggers,
      this.stamps.correlationId("ns:transmission"),
      this.stamps.correlationId("gs:tx_ack"),
    ];
    const body = sentShape(downlink, correlationIds);
    if (device.gatewayRefusal !== undefined) {
      const attributes = { result: device.gatewayRefusal };
      const error = errorDetails({ name: "transmission", attributes }, this.random);
      this.waitsForAck.delete(device);
      const failed = { downlink: body, error };
      this.upstream.publish(device, "downlink_failed", failed, { correlationIds });
      return;
    }
    if (downlink.confirmed) device.awaitingAck = downlink;
    if (device.options.hasTxAcknowledgement ?? true) {
      this.upstream.publish(device, "downlink_sent", body, { correlationIds });
    }
    this.onTransmitted({ device, downlink });
  }
}

/** Gives the downlink the next frame counter of the session. */
function encrypt(device: EndDevice, downlink: Downlink): Downlink {
  const { session } = device;
  if (session === undefined) return downlink;
  const isOwn = device.options.skipsPayloadCrypto === true && downlink.requestedFCnt > 0;
  session.lastFCntDown = isOwn ? downlink.requestedFCnt : session.lastFCntDown + 1;
  return { ...downlink, sessionKeyId: session.keyId, fCnt: session.lastFCntDown };
}
