/** End devices, the radio and the downlink queues behind the Application Server; knows nothing of MQTT. */
import type { JsonObject } from "../../stack/messages";
import type { DownlinkOperation } from "../../stack/topics";
import { Emitter } from "../../util/emitter";
import type { Random } from "../random";
import type { Timers } from "../timers";
import { Acknowledgements } from "./acknowledgements";
import { encryptedShape } from "./downlink";
import { DownlinkIntake, type IntakeOutcome } from "./downlinkIntake";
import type { RequestedDownlink } from "./downlinkRequest";
import { EndDevice, type EndDeviceOptions } from "./endDevice";
import {
  NetworkServer,
  realDelays,
  type Transmission,
  type TransmissionDelays,
} from "./networkServer";
import { Stamps } from "./stamps";
import { Uplinks, type UplinkInput } from "./uplinks";
import { Upstream, type UpstreamMessage } from "./upstream";

export interface NetworkOptions {
  readonly delays?: Partial<TransmissionDelays>;
  /** Downlinks per end device; 10 000 by default (tts-mqtt §6.3 check 9). */
  readonly maximumQueue?: number;
  /** Largest `max_attempts`; 32 by default (tts-mqtt §6.2). */
  readonly maximumAttempts?: number;
}

export class Network {
  private readonly transmitEmitter = new Emitter<Transmission>();
  /** A gateway transmitted a downlink: what the end device may hear. */
  readonly onDidTransmit = this.transmitEmitter.event;
  private readonly devices = new Map<string, EndDevice>();
  private readonly uplinks: Uplinks;
  private readonly upstream: Upstream;
  private readonly networkServer: NetworkServer;
  private readonly acknowledgements: Acknowledgements;
  private readonly intake: DownlinkIntake;

  constructor(
    options: NetworkOptions,
    timers: Timers,
    private readonly random: Random,
    deliver: (message: UpstreamMessage, payload: Buffer) => void,
  ) {
    const stamps = new Stamps(() => timers.now(), random);
    this.upstream = new Upstream(stamps, deliver);
    this.uplinks = new Uplinks(this.upstream, stamps, random);
    this.networkServer = new NetworkServer(
      this.upstream,
      stamps,
      random,
      timers,
      { ...realDelays, ...options.delays },
      options.maximumQueue ?? 10_000,
      (transmission) => this.transmitEmitter.fire(transmission),
    );
    this.acknowledgements = new Acknowledgements(this.networkServer, this.upstream, random);
    this.intake = new DownlinkIntake(
      this.networkServer,
      this.upstream,
      stamps,
      random,
      options.maximumAttempts ?? 32,
    );
  }

  addEndDevice(applicationUid: string, options: EndDeviceOptions): EndDevice {
    const device = new EndDevice(applicationUid, options, this.random);
    this.devices.set(`${applicationUid}/${device.deviceId}`, device);
    return device;
  }

  endDevice(applicationUid: string, deviceId: string): EndDevice | undefined {
    return this.devices.get(`${applicationUid}/${deviceId}`);
  }

  /** The device transmits: `down/ack` or `down/nack` first, then `up` and its company (tts-mqtt §3.4). */
  uplink(device: EndDevice, input: UplinkInput = {}): void {
    const uplinkId = this.uplinks.newUplinkId();
    const touchesSession = input.simulated !== true && device.session !== undefined;
    if (touchesSession) {
      device.spokeAt(input.spreadingFactor ?? device.spreadingFactor);
      this.acknowledgements.settle(device, input.acknowledges ?? false, uplinkId);
    }
    this.uplinks.publish(device, input, uplinkId);
    if (touchesSession) this.networkServer.transmitAfterUplink(device, uplinkId);
  }

  /** The device joins: new session and DevAddr; what is queued is encrypted anew (tts-mqtt §5.7, §7.3). */
  join(device: EndDevice): void {
    const old = device.queue;
    device.startSession();
    const isOwn = device.options.skipsPayloadCrypto === true;
    if (isOwn) device.queue = [];
    else this.networkServer.encryptAgain(device);
    const uplinkId = this.uplinks.newUplinkId();
    this.uplinks.publishJoin(device, isOwn ? old.map(encryptedShape) : [], uplinkId);
  }

  /** What an application package found out (tts-mqtt §5.12). */
  serviceData(device: EndDevice, service: string, data: JsonObject): void {
    this.uplinks.publishServiceData(device, service, data);
  }

  /** Downlinks by another road than MQTT, such as the Console. Obeys checks 7 to 9 of tts-mqtt §6.3. */
  downlink(
    device: EndDevice,
    operation: DownlinkOperation,
    downlinks: readonly RequestedDownlink[],
  ): IntakeOutcome {
    return this.intake.accept(device, operation, downlinks);
  }

  /**
   * The frame counters of the queue became unusable, as after a MAC-only downlink. Normally it is encrypted again in
   * silence; with skipped payload crypto `down/invalidated` tells the application (tts-mqtt §7.4).
   */
  invalidateQueue(device: EndDevice): void {
    const { session, queue } = device;
    if (session === undefined || queue.length === 0) return;
    if (device.options.skipsPayloadCrypto !== true) {
      this.networkServer.encryptAgain(device);
      return;
    }
    device.queue = [];
    const body = {
      downlinks: queue.map(encryptedShape),
      last_f_cnt_down: session.lastFCntDown,
      session_key_id: session.keyId,
    };
    const correlationIds = [this.uplinks.newUplinkId()];
    this.upstream.publish(device, "downlink_queue_invalidated", body, { correlationIds });
  }
}
