/** End devices, the radio and the downlink queues behind the Application Server; knows nothing of MQTT. */
import type { JsonObject } from "../../stack/messages";
import type { DownlinkOperation } from "../../stack/topics";
import { Emitter } from "../../util/emitter";
import type { Random } from "../random";
import type { Timers } from "../timers";
import { Acknowledgements } from "./acknowledgements";
import { encryptedShape } from "./downlink";
import { DownlinkIntake, type DownlinkOrigin, type IntakeResult } from "./downlinkIntake";
import type { RequestedDownlink } from "./downlinkRequest";
import { EndDevice, type EndDeviceOptions } from "./endDevice";
import { NetworkServer } from "./networkServer";
import { defaultGateway } from "./reception";
import { ServerEvents } from "./serverEvents";
import { Stamps } from "./stamps";
import {
  realDelays,
  Transmissions,
  type Transmission,
  type TransmissionDelays,
} from "./transmissions";
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
  /** What the event stream of the HTTP API tells. */
  readonly events = new ServerEvents();
  private readonly devices = new Map<string, EndDevice>();
  private readonly uplinks: Uplinks;
  private readonly upstream: Upstream;
  private readonly networkServer: NetworkServer;
  private readonly transmissions: Transmissions;
  readonly stamps: Stamps;
  private readonly acknowledgements: Acknowledgements;
  private readonly intake: DownlinkIntake;

  constructor(
    options: NetworkOptions,
    timers: Timers,
    readonly random: Random,
    deliver: (message: UpstreamMessage, payload: Buffer) => void,
  ) {
    const stamps = new Stamps(() => timers.now(), random);
    this.stamps = stamps;
    this.upstream = new Upstream(stamps, deliver);
    this.uplinks = new Uplinks(this.upstream, stamps, random, this.events);
    this.networkServer = new NetworkServer(this.upstream, stamps, options.maximumQueue ?? 10_000);
    this.transmissions = new Transmissions(
      this.networkServer,
      this.upstream,
      stamps,
      random,
      timers,
      { ...realDelays, ...options.delays },
      (transmission) => this.transmitEmitter.fire(transmission),
    );
    this.addGateway(defaultGateway.gatewayId);
    this.acknowledgements = new Acknowledgements(this.networkServer, this.upstream, random);
    this.intake = new DownlinkIntake(
      this.networkServer,
      this.transmissions,
      this.upstream,
      stamps,
      random,
      this.events,
      options.maximumAttempts ?? 32,
    );
  }

  /** A gateway that downlinks can name; any other is refused when the downlink is due. */
  addGateway(gatewayId: string): void {
    this.transmissions.addGateway(gatewayId);
  }

  addEndDevice(applicationUid: string, options: EndDeviceOptions): EndDevice {
    const device = new EndDevice(applicationUid, options, this.random);
    this.devices.set(`${applicationUid}/${device.deviceId}`, device);
    return device;
  }

  /** In the order of their ids. */
  endDevices(applicationUid: string): readonly EndDevice[] {
    return [...this.devices.values()]
      .filter((device) => device.applicationUid === applicationUid)
      .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  }

  endDevice(applicationUid: string, deviceId: string): EndDevice | undefined {
    return this.devices.get(`${applicationUid}/${deviceId}`);
  }

  /** The device transmits: `down/ack` or `down/nack` first, then `up` and its company (tts-mqtt §3.4). */
  uplink(device: EndDevice, input: UplinkInput = {}): void {
    if (input.simulated === true || device.session === undefined) {
      const ids = [this.stamps.correlationId("as:up"), this.stamps.rpcId("AppAs/SimulateUplink")];
      this.uplinks.publish(device, { ...input, simulated: true }, ids);
      return;
    }
    const ids = this.stamps.uplinkIds();
    device.lastSeenAt = this.stamps.time();
    device.spokeAt(input.spreadingFactor ?? device.spreadingFactor);
    this.acknowledgements.settle(device, input.acknowledges ?? false, ids);
    this.uplinks.publish(device, input, ids);
    this.transmissions.transmitAfterUplink(device, ids, input.confirmed === true);
  }

  /** The device joins: new session and DevAddr; what is queued is encrypted anew (tts-mqtt §5.7, §7.3). */
  join(device: EndDevice): void {
    const lost = this.networkServer.startSession(device);
    this.uplinks.publishJoin(device, lost.map(encryptedShape), this.stamps.uplinkIds());
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
    origin?: DownlinkOrigin,
  ): IntakeResult {
    return this.intake.accept(device, operation, downlinks, origin);
  }

  /** The network sends MAC commands alone: silent, but it uses up a frame counter (real-traffic 26, 28). */
  macOnlyDownlink(device: EndDevice): void {
    this.networkServer.useUpFrameCounter(device, this.stamps.uplinkIds());
  }
}
