/** From the server's bytes to the model and back: the joint, with the simulated Application Server and scripted ones. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { inspect } from "node:util";
import { Connections, type ConnectionServices } from "../../src/connections/connections";
import { createApplicationServer } from "../../src/demo/server/applicationServer";
import { consoleRights } from "../../src/demo/server/apiKey";
import { Model } from "../../src/model/model";
import type { ApplicationSettings } from "../../src/stack/applicationSettings";
import { applicationKey } from "../../src/stack/applicationSettings";
import { canaryKey, watchSink } from "../support/canary";
import { eventually, turns, within } from "../support/conditions";
import { handles, noMoreThan, type Handles } from "../support/leakCheck";
import { ManualClock } from "../support/manualClock";
import { publish } from "../support/packets";
import { acceptAll, ScriptedBroker, serveAll, type Step } from "../support/scriptedBroker";

const uid = "app1@tenant1";
const topic = `v3/${uid}/devices/dev-1/up`;

class Bench {
  readonly clock = new ManualClock();
  readonly log: string[] = [];
  readonly listenerErrors: unknown[] = [];
  readonly keyReads: string[] = [];
  readonly model = new Model({
    maximumMessages: 5_000,
    maximumBytes: 1 << 20,
    onListenerError: (error) => this.listenerErrors.push(error),
  });
  readonly connections: Connections;

  constructor(settings: readonly ApplicationSettings[], more: Partial<ConnectionServices> = {}) {
    this.model.setApplications(settings);
    this.connections = new Connections(this.model, {
      clock: this.clock,
      random: () => 0.5,
      readApiKey: (target) => {
        this.keyReads.push(applicationKey(target));
        return Promise.resolve(canaryKey);
      },
      readCaFile: () => Promise.reject(new Error("no file")),
      isPlaintextAllowed: () => false,
      log: (line) => this.log.push(line),
      ...more,
    });
    benches.add(this);
    watchSink(`model and log ${benches.size}`, () =>
      inspect([this.model, this.log, this.listenerErrors, this.connections, [...this.lines]], {
        depth: 12,
        maxArrayLength: 500,
      }),
    );
  }

  get keys(): readonly string[] {
    return this.model.applications.map(({ key }) => key);
  }

  get key(): string {
    return this.keys[0] ?? "";
  }

  get phase(): string {
    return this.model.applications[0]?.connection.phase ?? "";
  }

  /** Notes and gaps among the messages, in order; a gap as its length in seconds. */
  get lines(): readonly string[] {
    return [...this.model.events.entries()].flatMap(({ content }) => {
      if (content.kind === "gap")
        return [`gap ${Math.round((content.to - content.from) / 1000)} s`];
      return content.kind === "connection" ? [content.text] : [];
    });
  }

  async connected(): Promise<void> {
    await eventually(`connected, at last ${this.phase}`, () => this.phase === "connected");
  }

  async waiting(): Promise<void> {
    await eventually(`waiting, at last ${this.phase}`, () => this.phase === "waiting");
  }

  /** Passes the present wait. */
  passWait(): void {
    const connection = this.model.applications[0]?.connection;
    assert(connection?.phase === "waiting");
    this.clock.advance(connection.until - this.clock.now());
  }

  /** Lets time pass with time for the server's pings in between. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 10_000) {
      this.clock.advance(Math.min(left, 10_000));
      await turns(10);
    }
  }
}

const benches = new Set<Bench>();

function settingsOf(port: number, application = uid, host = "127.0.0.1"): ApplicationSettings {
  return { application, host, port, security: "plaintext" };
}

describe("connections", () => {
  const closers: (() => Promise<unknown>)[] = [];
  let atStart: Handles;

  beforeEach(() => (atStart = handles()));
  afterEach(async () => {
    await within(3_000, Promise.all([...benches].map(({ connections }) => connections.close())));
    for (const { clock } of benches) assert.equal(clock.pending, 0, "timers after close");
    benches.clear();
    for (const close of closers.splice(0)) await close();
    await noMoreThan(atStart);
  });

  async function scripted(
    script: readonly Step[] | ((connection: number) => readonly Step[]) = serveAll,
    host = "127.0.0.1",
  ): Promise<ScriptedBroker> {
    const server = await ScriptedBroker.start({ script, host });
    closers.push(() => server.stop());
    return server;
  }

  describe("with the simulated Application Server", () => {
    async function start() {
      const server = await createApplicationServer();
      closers.push(() => server.close());
      server.addApplication({ uid });
      server.addKnownApiKey({ key: canaryKey, rights: { [uid]: consoleRights } });
      const bench = new Bench([settingsOf(server.port)]);
      bench.connections.connect(bench.key);
      await bench.connected();
      return { server, bench };
    }

    it("brings every golden message into the model", async () => {
      const { server, bench } = await start();
      const suffixes: Readonly<Record<string, string>> = {
        "up.json": "up",
        "join.json": "join",
        "down-queued.json": "down/queued",
        "location-solved.json": "location/solved",
      };
      for (const [file, suffix] of Object.entries(suffixes)) {
        const body = await readFile(path.resolve("test/fixtures/golden", file));
        server.publishRaw(uid, `v3/${uid}/devices/eui-70b3d57ed0051234/${suffix}`, body);
      }
      const application = bench.model.application(bench.key);
      await eventually("four messages", () => application?.receivedCount === 4);
      assert.equal(application?.undecodableCount, 0);
      assert(application.endDevices.has("eui-70b3d57ed0051234"));
    });

    it("publishes a downlink once, with QoS 1", async () => {
      const { server, bench } = await start();
      const result = await bench.connections.send(bench.key, {
        ...{ applicationUid: uid, deviceId: "dev-1" },
        downlinks: [{ fPort: 15, payloadFormat: "hex", payload: "0102" }],
      });
      assert("sent" in result, inspect(result));
      assert.equal(server.records.length, 1);
    });

    it("comes back with one gap when the server cut all connections", async () => {
      const { server, bench } = await start();
      server.disconnectAll();
      await bench.waiting();
      bench.passWait();
      await bench.connected();
      assert.deepEqual(bench.lines, [
        `connected to 127.0.0.1:${server.port}`,
        "connection lost: the server closed the connection",
        "gap 1 s",
        `connected to 127.0.0.1:${server.port}`,
      ]);
    });

    it("asks when the key is revoked and the server restarts its sessions (C24)", async () => {
      const { server, bench } = await start();
      server.revokeApiKey(canaryKey);
      server.disconnectAll();
      for (let attempt = 0; attempt < 4; attempt++) {
        await bench.waiting();
        bench.passWait();
      }
      await eventually("failed", () => bench.phase === "failed");
    });
  });

  it("reconnects within 2 s and shows the whole gap when the machine slept an hour (C28, R8)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    await bench.pass(20_000);
    bench.clock.jumpWall(3_600_000);
    bench.clock.advance(5_000); // the watch looks
    assert.equal(bench.phase, "waiting");
    await (await server.connection(0)).closed();
    bench.clock.advance(2_000);
    await bench.connected();
    const gap = bench.lines.find((line) => line.startsWith("gap"));
    assert.match(gap ?? "", /^gap 360\d s$/);
  });

  it("makes no storm and no negative gap when the clock is set back an hour or forward by 2 s (C29)", async () => {
    const server = await scripted((number) => (number === 0 ? [...acceptAll, "ignore"] : serveAll));
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    bench.clock.jumpWall(2_000);
    bench.clock.advance(5_000);
    bench.clock.jumpWall(-3_600_000);
    bench.clock.advance(5_000);
    await turns(20);
    assert.equal(server.connections.length, 1);
    (await server.connection(0)).socket.destroy();
    await bench.waiting();
    bench.clock.jumpWall(-3_600_000);
    bench.clock.advance(1_000);
    await bench.connected();
    const gap = bench.lines.find((line) => line.startsWith("gap"));
    assert.equal(gap, "gap 0 s");
  });

  it("keeps one gap open when the network flaps for five minutes (C31)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    const start = bench.clock.monotonic();
    bench.connections.connect(bench.key);
    for (let number = 0; bench.clock.monotonic() - start < 300_000; number++) {
      await bench.connected();
      await bench.pass(3_000);
      (await server.connection(number)).socket.destroy();
      await bench.waiting();
      bench.passWait();
    }
    await bench.connected();
    await bench.pass(60_000);
    assert(server.connections.length <= 10, `${server.connections.length} attempts`);
    assert.equal(bench.lines.filter((line) => line.startsWith("gap")).length, 2);
    assert.equal(bench.lines.filter((line) => line.startsWith("connection unstable")).length, 1);
    assert.equal(bench.lines.at(-1), "the connection is stable again");
    assert(bench.lines.length <= 7, bench.lines.join("\n"));
  });

  it("hints once at a missing right when nothing comes for ten minutes, and stays connected (C40, G6)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    await bench.pass(599_999);
    const hints = () =>
      bench.lines.filter((line) => line.includes("RIGHT_APPLICATION_TRAFFIC_READ"));
    assert.equal(hints().length, 0);
    await bench.pass(1);
    assert.equal(hints().length, 1);
    await bench.pass(1_200_000);
    (await server.connection(0)).socket.destroy();
    await bench.waiting();
    bench.passWait();
    await bench.connected();
    await bench.pass(600_000);
    assert.equal(hints().length, 1);
    assert.equal(bench.phase, "connected");
  });

  it("gives no hint when a message came (C40)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    (await server.connection(0)).send(publish(topic, "{}"));
    await eventually("the message", () => bench.model.application(bench.key)?.receivedCount === 1);
    await bench.pass(700_000);
    assert(!bench.lines.some((line) => line.includes("RIGHT_")));
  });

  it("spreads the starts when fifty applications connect at once (F09)", async () => {
    const server = await scripted();
    const many = Array.from({ length: 50 }, (_, index) => settingsOf(server.port, `app-${index}`));
    const bench = new Bench(many);
    for (const key of bench.keys) bench.connections.connect(key);
    await turns(30);
    assert(server.connections.length <= 3, `${server.connections.length} at once`);
    const counts: number[] = [];
    for (let second = 0; second < 11; second++) {
      bench.clock.advance(1_000);
      await turns(10);
      counts.push(server.connections.length);
    }
    await eventually("all are connected", () =>
      bench.model.applications.every(({ connection }) => connection.phase === "connected"),
    );
    assert((counts[0] ?? 50) < 20 && (counts[4] ?? 50) < 40);
  });

  it("connects at once when a user clicks 50 times on one application (C33)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    for (let click = 0; click < 50; click++) bench.connections.connect(bench.key);
    await bench.connected();
    await turns(20);
    assert.equal(server.connections.length, 1);
  });

  it("gives each server the key of its own application only (R13, S11)", async () => {
    const [one, two] = [await scripted(), await scripted()];
    const keyOf = (target: ApplicationSettings) => `KEY-FOR-${target.port}-${target.application}`;
    const bench = new Bench([settingsOf(one.port), settingsOf(two.port)], {
      readApiKey: (target) => Promise.resolve(keyOf(target)),
    });
    for (const key of bench.keys) bench.connections.connect(key);
    for (const [server, other] of [
      [one, two],
      [two, one],
    ] as const) {
      await (await server.connection(0)).packet("subscribe");
      assert(server.received.includes(keyOf(settingsOf(server.port))));
      assert(!server.received.includes(keyOf(settingsOf(other.port))));
    }
  });

  it("sends no key when the host of an application was changed and has none (R13, S11)", async () => {
    const [mine, foreign] = [await scripted(), await scripted(["ignore"])];
    const bench = new Bench([settingsOf(mine.port)], {
      readApiKey: (target) => Promise.resolve(target.port === mine.port ? canaryKey : undefined),
    });
    bench.connections.connect(bench.key);
    await bench.connected();
    bench.model.setApplications([settingsOf(foreign.port)]);
    bench.connections.connect(bench.key);
    await eventually("failed", () => bench.phase === "failed");
    assert.equal(foreign.received.length, 0);
    await (await mine.connection(0)).closed();
  });

  it("keeps the stream alive, and tells of it once, when a view throws (L07, R7)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    let told = 0;
    bench.model.onDidChange(({ event }) => {
      if (event?.topic === topic) throw new Error("a view");
    });
    bench.model.onDidChange(({ event }) => {
      if (event?.topic === topic) told++;
    });
    bench.connections.connect(bench.key);
    await bench.connected();
    const connection = await server.connection(0);
    for (let count = 0; count < 10; count++) connection.send(publish(topic, "{}"));
    await eventually("all are told", () => told === 10);
    assert.equal(bench.listenerErrors.length, 10);
    assert.equal(bench.phase, "connected");
  });

  it("goes on, and logs it once, when the model itself throws (R7, L07)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    const apply = bench.model.apply.bind(bench.model);
    bench.model.apply = () => {
      throw new Error("a defect of ours");
    };
    const connection = await server.connection(0);
    connection.send(publish(topic, "1"), publish(topic, "2"), publish(topic, "3"));
    await eventually("the log line", () => bench.log.some((line) => line.includes("a defect")));
    bench.model.apply = apply;
    connection.send(publish(topic, "4"));
    await eventually("the next", () => bench.model.application(bench.key)?.receivedCount === 1);
    assert.equal(bench.log.filter((line) => line.includes("a defect")).length, 1);
    assert.equal(bench.phase, "connected");
  });

  it("closes within 2 s when a peer neither reads nor closes (L02, R24)", async () => {
    const server = await scripted([...acceptAll, "ignore"]);
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    const connection = await server.connection(0);
    connection.socket.pause();
    connection.socket.allowHalfOpen = true; // it does not answer our FIN
    const closing = bench.connections.close();
    await turns(20);
    bench.clock.advance(2_000);
    await within(1_000, closing);
    assert.equal(bench.clock.pending, 0);
  });

  it("closes at once in every phase (L01, R24)", async () => {
    const silent = await scripted(["ignore"]);
    const served = await scripted();
    const bench = new Bench([
      settingsOf(silent.port),
      settingsOf(served.port),
      settingsOf(served.port, "stopped"),
    ]);
    for (const key of bench.keys.slice(0, 2)) bench.connections.connect(key);
    await eventually("one is connected", () =>
      bench.model.applications.some(({ connection }) => connection.phase === "connected"),
    );
    await silent.connection(0);
    await within(2_000, bench.connections.close());
    assert.equal(bench.clock.pending, 0);
  });

  it("takes nothing more into the model when it is disposed of in the middle of a burst (L08)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    const application = bench.model.application(bench.key);
    let closing: Promise<void> | undefined;
    bench.model.onDidChange(({ event }) => {
      if (event?.topic === topic) closing ??= bench.connections.close();
    });
    const connection = await server.connection(0);
    connection.send(...Array.from({ length: 200 }, () => publish(topic, "{}")));
    await eventually("the first", () => closing !== undefined);
    await closing;
    assert.equal(application?.receivedCount, 1);
  });

  it("sends nothing, then or later, when it is offline at the click (D12, R9)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    const result = await bench.connections.send(bench.key, {
      ...{ applicationUid: uid, deviceId: "dev-1" },
      downlinks: [{ fPort: 15, payloadFormat: "hex", payload: "0102" }],
    });
    assert(!("sent" in result));
    bench.connections.connect(bench.key);
    await bench.connected();
    await turns(20);
    assert.equal((await server.connection(0)).count("publish"), 0);
  });

  it("holds no key in anything it hands out (X05, R12)", async () => {
    const server = await scripted();
    const bench = new Bench([settingsOf(server.port)]);
    bench.connections.connect(bench.key);
    await bench.connected();
    const options = { depth: Infinity, showHidden: true, maxArrayLength: 2_000 } as const;
    const text = inspect([bench.connections, bench.model, bench.log], options);
    assert(text.includes("vsc-"), "the client is inspected too");
    assert(!text.includes(canaryKey.slice(-16)));
    assert(server.received.includes(canaryKey));
  });
});
