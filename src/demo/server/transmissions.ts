/** When downlinks leave and what is said about it: classes, receive windows, gateways. tts-mqtt §6.4, §7, real-traffic. */
import type { Random } from "../random";
import type { Timers } from "../timers";
import { encryptedShape, sentShape, type Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import type { NetworkServer } from "./networkServer";
import { takeForOpenWindow, takeForWindow, type FailedDownlink } from "./queueTaking";
import { errorDetails } from "./serverErrors";
import type { Stamps } from "./stamps";
import type { Upstream } from "./upstream";

/** Milliseconds between being due and the gateway's report (tts-mqtt §7.2). */
export interface TransmissionDelays {
  /** The window after an uplink. */
  readonly receiveWindow: number;
  readonly classB: number;
  readonly classC: number;
  /** Between two downlinks of a class C device (real-traffic 12). */
  readonly classCGap: number;
  /** How long an unanswered confirmed downlink holds back the next one of a class C device. */
  readonly classCTimeout: number;
}

export const realDelays: TransmissionDelays = {
  receiveWindow: 5_000,
  classB: 8_000,
  classC: 500,
  classCGap: 1_600,
  classCTimeout: 300_000,
};

/** How long before an absolute time a gateway takes the frame, and says so at once (real-traffic 13). Milliseconds. */
const gatewayLead = 10_000;

/** A downlink that a gateway has transmitted. */
export interface Transmission {
  readonly device: EndDevice;
  readonly downlink: Downlink;
}

export class Transmissions {
  private readonly transmitting = new Set<EndDevice>();
  private readonly waitsForAck = new Map<EndDevice, number>();
  private readonly earliest = new Map<EndDevice, number>();
  private readonly gateways = new Set<string>();

  constructor(
    private readonly networkServer: NetworkServer,
    private readonly upstream: Upstream,
    private readonly stamps: Stamps,
    private readonly random: Random,
    private readonly timers: Timers,
    private readonly delays: TransmissionDelays,
    private readonly onTransmitted: (transmission: Transmission) => void,
  ) {}

  /** From now on the network knows a gateway, so that downlinks can name it. */
  addGateway(gatewayId: string): void {
    this.gateways.add(gatewayId);
  }

  /** An uplink opens a receive window: one downlink, or one frame without. Then classes B and C may go on. */
  transmitAfterUplink(device: EndDevice, uplinkIds: readonly string[], wantsAck: boolean): void {
    this.waitsForAck.delete(device);
    if (this.transmitting.has(device)) return;
    const { downlink, failures, isForMacCommands } = takeForWindow(device);
    const carriesMacCommands = device.macCommandBytes > 0;
    if (downlink === undefined) {
      this.fail(device, failures, uplinkIds);
      if (isForMacCommands || wantsAck) this.sendWithoutPayload(device, uplinkIds);
      this.transmitNow(device);
      return;
    }
    this.begin(device, downlink, this.delays.receiveWindow, () => {
      const triggers = uplinkIds.filter((id) => !id.includes("NsAs/"));
      const isOnAir = this.report(device, downlink, { triggers, carriesMacCommands });
      device.collectMacCommands();
      this.fail(device, failures, uplinkIds); // arrives after `sent` (real-traffic 14)
      if (isOnAir) this.onTransmitted({ device, downlink });
    });
  }

  /** Class B and C: one after the other, but only after the first uplink of the session (tts-mqtt §7.2). */
  transmitNow(device: EndDevice): void {
    const hasSpoken = (device.session?.nextFCntUp ?? 0) > 0 || device.options.isMulticast === true;
    if (device.deviceClass === "A" || !hasSpoken || this.transmitting.has(device)) return;
    const now = this.stamps.milliseconds();
    if (now < (this.waitsForAck.get(device) ?? 0)) return;
    const { downlink, failures } = takeForOpenWindow(device, this.gateways);
    this.fail(device, failures, this.stamps.newsIds());
    if (downlink === undefined) return;
    const absoluteTime = downlink.classBC?.absoluteTime;
    const usual = device.deviceClass === "B" ? this.delays.classB : this.delays.classC;
    const delay = Math.max(
      usual,
      (this.earliest.get(device) ?? 0) - now,
      (absoluteTime ?? 0) - gatewayLead - now,
    );
    this.begin(device, downlink, delay, () => {
      if (!this.report(device, downlink, { triggers: [], carriesMacCommands: false })) return;
      const rest = (absoluteTime ?? 0) - this.stamps.milliseconds();
      if (rest <= 0) this.onTransmitted({ device, downlink });
      else this.timers.after(rest, () => this.onTransmitted({ device, downlink }));
    });
  }

  private begin(device: EndDevice, downlink: Downlink, delay: number, report: () => void): void {
    if (device.deviceClass !== "A") this.transmitting.add(device);
    const { session } = device;
    if (session !== undefined) session.usedFCntDown = downlink.fCnt;
    this.timers.after(delay, () => {
      this.transmitting.delete(device);
      this.earliest.set(device, this.stamps.milliseconds() + this.delays.classCGap);
      if (downlink.confirmed && device.deviceClass !== "A") this.waitForAck(device);
      report();
      this.transmitNow(device);
    });
  }

  /** MAC commands, or an acknowledgement, that no downlink carries: silent, but the frame counter is used up. */
  private sendWithoutPayload(device: EndDevice, uplinkIds: readonly string[]): void {
    device.macCommandBytes = 0; // said, so that the next frame is the downlink's
    this.networkServer.useUpFrameCounter(device, uplinkIds);
  }

  private waitForAck(device: EndDevice): void {
    const timeout = this.delays.classCTimeout;
    this.waitsForAck.set(device, this.stamps.milliseconds() + timeout);
    this.timers.after(timeout, () => this.transmitNow(device));
  }

  private fail(
    device: EndDevice,
    failures: readonly FailedDownlink[],
    ids: readonly string[],
  ): void {
    for (const { downlink, failure } of failures) {
      this.upstream.publish(
        device,
        "downlink_failed",
        { downlink: encryptedShape(downlink), error: errorDetails(failure, this.random) },
        { correlationIds: [...downlink.correlationIds, ...ids] },
      );
    }
  }

  /** The gateway's TxAck: `sent`, or `failed` with `transmission` (tts-mqtt §7.1). False: it did not go out. */
  private report(
    device: EndDevice,
    downlink: Downlink,
    frame: { readonly triggers: readonly string[]; readonly carriesMacCommands: boolean },
  ): boolean {
    const { stamps } = this;
    const inner = [
      ...downlink.correlationIds,
      ...frame.triggers,
      stamps.correlationId("ns:transmission"),
      stamps.rpcId("NsGs/ScheduleDownlink"),
      stamps.correlationId("gs:tx_ack"),
      stamps.rpcId("GsNs/ReportTxAcknowledgment"),
    ];
    const news = frame.triggers.length > 0 ? [stamps.rpcId("NsAs/HandleUplink")] : stamps.newsIds();
    const envelope = { correlationIds: [...inner, ...news] };
    const body = sentShape(downlink, inner, frame.carriesMacCommands);
    if (device.gatewayRefusal !== undefined) {
      const attributes = { result: device.gatewayRefusal };
      const error = errorDetails({ name: "transmission", attributes }, this.random);
      this.waitsForAck.delete(device);
      this.upstream.publish(device, "downlink_failed", { downlink: body, error }, envelope);
      return false;
    }
    if (downlink.confirmed) device.awaitingAck = downlink;
    if (device.options.hasTxAcknowledgement ?? true) {
      this.upstream.publish(device, "downlink_sent", body, envelope);
    }
    return true;
  }
}
