/** Long runs, not part of `npm test`: what ten thousand reconnects and fifty applications leave behind. */
import assert from "node:assert/strict";
import { Connections } from "../../src/connections/connections";
import { createApplicationServer } from "../../src/demo/server/applicationServer";
import { Model } from "../../src/model/model";
import { systemClock } from "../../src/util/clock";
import { canaryKey } from "../support/canary";
import { eventually } from "../support/eventually";
import { MachineLoad } from "../support/machineLoad.mjs";
import { handles, heapAfterCollection, noMoreThan } from "../support/leakCheck";
import { acceptLogin, ScriptedBroker } from "../support/scriptedBroker";
import { addressOf, SupervisorRecord } from "../support/wire";

const cycles = 10_000;
const applications = 50;
const seconds = 20;

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

describe("Soak", function () {
  this.timeout(3_600_000); // a busy machine takes its time; what is stuck is found by its own deadline
  const load = new MachineLoad();
  beforeEach(() => load.look());
  after(() => console.log(`    ${load.text}`));

  it(`leaks nothing when a server accepts and closes ${cycles} times (C27)`, async () => {
    const server = await ScriptedBroker.start({ script: [...acceptLogin, "close"] });
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    const cycle = async (count: number) => {
      for (let done = 0; done < count; done++) {
        await record.phase("waiting");
        await record.passWait();
        if (done % 100 !== 0) continue;
        server.connections.splice(0, server.connections.length - 5);
        record.states.splice(0);
      }
      await record.phase("waiting");
    };
    await cycle(500);
    const handlesBefore = handles();
    const heapBefore = heapAfterCollection();
    const start = performance.now();
    await cycle(cycles);
    await noMoreThan(handlesBefore);
    const grown = heapAfterCollection() - heapBefore;
    const took = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`    ${cycles} cycles in ${took} s: heap ${megabytes(grown)} larger (limit 5 MB)`);
    console.log(`    handles after: ${[...handles()].map((each) => each.join(" ")).join(", ")}`);
    assert.ok(grown < 5_000_000);
    await record.supervisor.disconnect();
    await server.stop();
  });

  it(`keeps ${applications} applications connected side by side (F09)`, async () => {
    const server = await createApplicationServer();
    const uids = Array.from({ length: applications }, (_, index) => `app-${index}@soak`);
    for (const uid of uids) {
      server.addApplication({ uid });
      server.network.addEndDevice(uid, { deviceId: "dev1" });
    }
    const keys = new Map(uids.map((uid) => [uid, server.addApiKey(uid)]));
    const heapBefore = heapAfterCollection();
    const model = new Model({ maximumMessages: 5_000, maximumBytes: 16 * 1024 * 1024 });
    model.setApplications(
      uids.map((application) => ({
        ...{ application, host: server.host, port: server.port },
        security: "plaintext" as const,
      })),
    );
    const connections = new Connections(model, {
      clock: systemClock,
      random: Math.random,
      readApiKey: ({ application }) => Promise.resolve(keys.get(application) ?? canaryKey),
      readCaFile: () => Promise.reject(new Error("there is none")),
      isPlaintextAllowed: () => false,
      log: () => undefined,
    });
    for (const { key } of model.applications) connections.connect(key);
    const count = () =>
      model.applications.filter(({ connection }) => connection.phase === "connected");
    await eventually("all connected", () => count().length === applications, 300_000);
    const end = Date.now() + seconds * 1000;
    let sent = 0;
    while (Date.now() < end) {
      for (const uid of uids) {
        const device = server.network.endDevice(uid, "dev1");
        if (device) server.network.uplink(device, { fPort: 1, framePayload: Buffer.from([1]) });
        sent++;
      }
      await eventually("the messages", () => received() >= sent, 120_000);
    }
    function received(): number {
      return model.applications.reduce((sum, { receivedCount }) => sum + receivedCount, 0);
    }
    const grown = heapAfterCollection() - heapBefore;
    console.log(`    ${applications} applications, ${sent} messages in ${seconds} s, all received`);
    console.log(`    heap ${megabytes(grown)} larger with both ends in one process (limit 150 MB)`);
    assert.equal(received(), sent);
    assert.ok(grown < 150_000_000);
    await connections.close();
    await server.close();
  });
});
