/** The demo network: an Application Server with a small farm of end devices, on loopback, without an account. */
import { systemClock, type Clock } from "../util/clock";
import { barnDoor } from "./devices/barnDoor";
import { coldRoom } from "./devices/coldRoom";
import { gateSensor } from "./devices/gateSensor";
import { greenhouse } from "./devices/greenhouse";
import { pumpController } from "./devices/pumpController";
import { siren } from "./devices/siren";
import { soilProbe } from "./devices/soilProbe";
import { tracker } from "./devices/tracker";
import { vaultLock } from "./devices/vaultLock";
import { wellMeter } from "./devices/wellMeter";
import { settleFarm } from "./farm";
import type { FormatterMaker } from "./http/formatterEngine";
import { Random } from "./random";
import { createApplicationServer } from "./server/applicationServer";
import type { TransmissionDelays } from "./server/transmissions";
import type { SimulatedDevice } from "./simulatedDevice";

export const demoApplication = "demo-farm@demo";

export interface DemoNetworkOptions {
  /** Same seed and clock, same farm. Random by default. */
  readonly seed?: number;
  readonly clock?: Clock;
  /** Any free port by default. */
  readonly port?: number;
  /** Runs payload formatters for the HTTP API. */
  readonly createFormatter?: FormatterMaker;
}

export interface DemoNetwork {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Of the HTTP API, in plain text, under `/api/v3`; the same key opens it. */
  readonly httpPort: number;
  readonly application: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

/** Receive windows and class C answers are quicker than in the field: people watch. */
const demoDelays: Partial<TransmissionDelays> = {
  receiveWindow: 900,
  classB: 1500,
  classC: 400,
  classCGap: 800,
  classCTimeout: 60_000,
};
/** End devices that speak up when somebody subscribes. */
const greeters = 4;

/** All end devices of the farm, as new. */
export function farmDevices(): readonly SimulatedDevice[] {
  return [
    soilProbe(),
    greenhouse(),
    pumpController(),
    siren(),
    coldRoom(),
    barnDoor(),
    wellMeter(),
    tracker(),
    gateSensor(),
    vaultLock(),
  ];
}

/** Starts the server and the end devices; `close()` ends both and every connection. */
export async function startDemoNetwork(options: DemoNetworkOptions = {}): Promise<DemoNetwork> {
  const server = await createApplicationServer({
    clock: options.clock ?? systemClock,
    random: new Random(options.seed),
    port: options.port ?? 0,
    delays: demoDelays,
    ...(options.createFormatter ? { createFormatter: options.createFormatter } : {}),
  });
  server.addApplication({ uid: demoApplication });
  const apiKey = server.addApiKey(demoApplication);
  const schedule = settleFarm(server, demoApplication, farmDevices());
  server.onDidSubscribe(() => schedule.hasten(greeters));
  return {
    host: server.host,
    port: server.port,
    httpPort: server.httpPort,
    application: demoApplication,
    apiKey,
    close: () => server.close(),
  };
}
