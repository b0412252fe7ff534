/** Brings the simulated end devices to life on an Application Server. */
import { hear } from "./airwaves";
import { Schedule } from "./schedule";
import type { ApplicationServer } from "./server/applicationServer";
import type { Downlink } from "./server/downlink";
import type { RequestedDownlink } from "./server/downlinkRequest";
import type { EndDevice } from "./server/endDevice";
import { fronthaul } from "./server/uplinks";
import type { Backend, BackendDownlink, Life, Planner, SimulatedDevice } from "./simulatedDevice";
import { weatherAfter } from "./weather";

/** Registers the devices with the application and lets them live until the server closes. */
export function settleFarm(
  server: ApplicationServer,
  applicationUid: string,
  inhabitants: readonly SimulatedDevice[],
): Schedule {
  const { network, random, timers } = server;
  const schedule = new Schedule(timers, random);
  const lives = new Map<EndDevice, Inhabitant>();
  for (const definition of inhabitants) {
    const device = network.addEndDevice(applicationUid, definition.endDevice);
    if (device.session !== undefined) device.session.nextFCntUp = definition.pastUplinks;
    for (const [{ gatewayId }] of definition.coverage) network.addGateway(gatewayId);
    lives.set(device, new Inhabitant(server, device, definition, schedule));
  }
  network.onDidTransmit(({ device, downlink }) => lives.get(device)?.receive(downlink));
  return schedule;
}

/** One device with its antenna. */
class Inhabitant {
  private readonly life: Life;
  private owesAcknowledgement = false;
  private readonly startedAt: number;

  constructor(
    private readonly server: ApplicationServer,
    private readonly device: EndDevice,
    private readonly definition: SimulatedDevice,
    schedule: Schedule,
  ) {
    this.startedAt = server.timers.now();
    const planner: Planner = {
      random: server.random,
      every: (period, first, action) => schedule.every(period, first, action),
      after: (milliseconds, action) => schedule.after(milliseconds, action),
    };
    this.life = {
      ...planner,
      weather: () => weatherAfter(server.timers.now() - this.startedAt),
      uplink: (input) => this.uplink(input),
      join: () => server.network.join(device),
    };
    definition.live(this.life);
    definition.operate?.(this.backend(planner));
  }

  receive(downlink: Downlink): void {
    const isHeard = this.definition.hear?.(downlink, this.life) ?? true;
    if (isHeard && downlink.confirmed) this.owesAcknowledgement = true;
  }

  private uplink(input: Parameters<Life["uplink"]>[0]): void {
    const { device, definition, server } = this;
    const spreadingFactor = input.spreadingFactor ?? device.spreadingFactor;
    const now = server.timers.now() - fronthaul;
    const rxMetadata = hear(definition.coverage, spreadingFactor, now, server.random);
    const acknowledges = this.owesAcknowledgement;
    this.owesAcknowledgement = false;
    server.network.uplink(device, { ...input, rxMetadata, acknowledges });
  }

  private backend(planner: Planner): Backend {
    const { network } = this.server;
    return {
      ...planner,
      downlink: (downlink) => {
        network.downlink(this.device, "push", [requested(this.device, downlink)]);
      },
      serviceData: (service, data) => network.serviceData(this.device, service, data),
      macOnlyDownlink: () => network.macOnlyDownlink(this.device),
    };
  }
}

/** An application that encrypts itself has to choose the frame counter. */
function requested(device: EndDevice, downlink: BackendDownlink): RequestedDownlink {
  const isOwn = device.options.skipsPayloadCrypto === true;
  const last = device.queue.at(-1)?.fCnt ?? device.session?.usedFCntDown ?? 0;
  return {
    sessionKeyId: undefined,
    fPort: downlink.fPort,
    fCnt: isOwn ? last + 1 : 0,
    framePayload: downlink.framePayload,
    decodedPayload: downlink.decodedPayload,
    confirmed: downlink.confirmed ?? false,
    classBC: undefined,
    priority: 3,
    correlationIds: [downlink.correlationId],
    confirmedRetry: undefined,
  };
}
