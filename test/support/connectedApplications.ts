/** Applications connected over real sockets, each to a server that sends what the test says. */
import { Connections } from "../../src/connections/connections";
import type { Application } from "../../src/model/application";
import type { EventEntry } from "../../src/model/eventStore";
import { Model } from "../../src/model/model";
import { applicationKey } from "../../src/stack/applicationSettings";
import { systemClock } from "../../src/util/clock";
import { application as uid } from "../bench/uplinks";
import { canaryKey } from "./canary";
import { eventually } from "./conditions";
import { ScriptedBroker, serveAll, type BrokerConnection } from "./scriptedBroker";

export interface ConnectedApplication {
  readonly application: Application;
  readonly server: BrokerConnection;
  /** Its messages that can still be looked at, oldest first, without the lines about the connection itself. */
  readonly shown: () => EventEntry[];
}

/** So many applications, in one model that keeps a thousand events. */
export async function connectApplications(count: number) {
  const model = new Model({ maximumMessages: 1_000, maximumBytes: 16 * 1024 * 1024 });
  const brokers = await Promise.all(
    Array.from({ length: count }, () => ScriptedBroker.start({ script: serveAll })),
  );
  const place = { application: uid, host: "127.0.0.1", security: "plaintext" } as const;
  model.setApplications(brokers.map(({ port }) => ({ ...place, port })));
  const connections = new Connections(model, {
    clock: systemClock,
    random: Math.random,
    readApiKey: () => Promise.resolve(canaryKey),
    readCaFile: () => Promise.reject(new Error("there is none")),
    isPlaintextAllowed: () => false,
    log: () => undefined,
  });
  const connected: ConnectedApplication[] = [];
  for (const broker of brokers) {
    const application = model.application(applicationKey({ ...place, port: broker.port }));
    if (!application) throw new Error("no such application");
    connections.connect(application.key);
    await eventually("connected", () => application.connection.phase === "connected");
    const shown = () =>
      [...model.events.entries()].filter(
        ({ applicationKey: key, content }) => key === application.key && "deviceId" in content,
      );
    connected.push({ application, server: await broker.connection(0), shown });
  }
  return {
    model,
    connected,
    close: async () => {
      await connections.close();
      await Promise.all(brokers.map((broker) => broker.stop()));
    },
  };
}
