/** Downlinks in their turns over real sockets: what leaves, what waits, and what never leaves. Source: reliability R9, §5.3. */
import assert from "node:assert/strict";
import { sendToEach, tallyText } from "../../src/commands/downlinks/sendToEach";
import { Connections } from "../../src/connections/connections";
import { maximumWaiting } from "../../src/connections/downlinkPacer";
import type { PacerWait, Waiting } from "../../src/model/downlinkTurn";
import { waitText } from "../../src/views/downlink/waitText";
import type { SendResult } from "../../src/connections/downlinkSender";
import type { Application } from "../../src/model/application";
import { Model } from "../../src/model/model";
import type { DownlinkItemInput } from "../../src/stack/downlink";
import { canaryKey } from "../support/canary";
import { eventually, turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { puback } from "../support/packets";
import { acceptAll, ScriptedBroker, serveAll, type BrokerOptions } from "../support/scriptedBroker";

const uid = "app1@tenant1";
const beef: DownlinkItemInput = { fPort: 15, payloadFormat: "hex", payload: "BEEF" };

class Bench {
  readonly clock = new ManualClock();
  readonly model = new Model({ maximumMessages: 1_000, maximumBytes: 1 << 20 });
  readonly connections: Connections;

  private constructor(readonly broker: ScriptedBroker) {
    this.model.setApplications([
      { application: uid, host: "127.0.0.1", port: broker.port, security: "plaintext" },
    ]);
    this.connections = new Connections(this.model, {
      clock: this.clock,
      random: () => 0.5,
      readApiKey: () => Promise.resolve(canaryKey),
      readCaFile: () => Promise.reject(new Error("no file")),
      isPlaintextAllowed: () => false,
      log: () => undefined,
    });
  }

  static async start(script: BrokerOptions["script"] = serveAll): Promise<Bench> {
    const bench = new Bench(await ScriptedBroker.start({ script }));
    benches.push(bench);
    bench.connections.connect(bench.application.key);
    await bench.phase("connected");
    return bench;
  }

  get application(): Application {
    const [application] = this.model.applications;
    assert.ok(application);
    return application;
  }

  async phase(wanted: string): Promise<void> {
    await eventually(wanted, () => this.application.connection.phase === wanted);
  }

  send(deviceId: string, waiting?: Waiting, item = beef): Promise<SendResult> {
    const input = { applicationUid: uid, deviceId, downlinks: [item] };
    return this.connections.send(this.application.key, input, undefined, waiting);
  }

  /** What reached the server in all connections. */
  get publishes(): number {
    return this.broker.connections.reduce((sum, each) => sum + each.count("publish"), 0);
  }

  async published(count: number): Promise<void> {
    await eventually(`${count} publishes, at last ${this.publishes}`, () => {
      return this.publishes === count;
    });
    await turns(20); // for one too many
    assert.equal(this.publishes, count);
  }

  /** Lets time pass with time for the server's answers to pings. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(left, 5_000));
      await turns(10);
    }
  }
}

const benches: Bench[] = [];
const problemOf = (result: SendResult) => ("problem" in result ? result.problem : "");

describe("Downlinks in their turns", () => {
  afterEach(async () => {
    for (const { connections, broker, clock } of benches.splice(0)) {
      await connections.close();
      assert.equal(clock.pending, 0, "timers after close");
      await broker.stop();
    }
  });

  it("D25 sends 200 downlinks ten a minute, and nothing more once it is cancelled", async () => {
    const bench = await Bench.start();
    const recipients = Array.from({ length: 200 }, (_, index) => ({
      application: bench.application,
      deviceId: `pump-${index}`,
    }));
    const cancelling = new AbortController();
    const { signal } = cancelling;
    const waits: number[] = [];
    let done = 0;
    const onWait: Waiting["onWait"] = ({ until }) => {
      waits.push((until ?? 0) - bench.clock.now());
    };
    const running = sendToEach(
      recipients,
      ({ deviceId }) => bench.send(deviceId, { onWait, signal }),
      signal,
      (count) => (done = count),
    );
    await bench.published(10);
    await eventually("the eleventh waits", () => waits.length > 0);
    assert.equal(waits[0], 60_000);
    await bench.pass(60_000);
    await bench.published(20);
    await bench.pass(60_000);
    await bench.published(30);
    assert.equal(done, 30);
    cancelling.abort();
    const tally = await running;
    assert.equal(
      tallyText(tally),
      "30 of 200 downlinks reached the server. 1: Cancelled while it waited for its turn. Nothing was sent. 169 were not tried.",
    );
    await bench.pass(120_000);
    await bench.published(30);
  });

  it("D25 takes 200 asked for at once in order, and refuses beyond its cap", async () => {
    const bench = await Bench.start();
    const results = Array.from({ length: 10 + maximumWaiting + 1 }, (_, index) =>
      bench.send(`pump-${index}`),
    );
    await bench.published(10);
    assert.match(problemOf((await results.at(-1)) ?? { problem: "" }), /Too many/);
    await bench.pass(60_000);
    await bench.published(20);
    const connection = await bench.broker.connection(0);
    const devices = connection.packets.flatMap((packet) =>
      packet.cmd === "publish" ? [packet.topic.split("/")[3]] : [],
    );
    assert.deepEqual(
      devices,
      Array.from({ length: 20 }, (_, index) => `pump-${index}`),
    );
    await bench.connections.close();
    const [, , ...rest] = await Promise.all(results);
    assert.equal(rest.filter((each) => problemOf(each).includes("connection ended")).length, 190);
  });

  it("keeps one in flight per end device until the server has taken it", async () => {
    const bench = await Bench.start([...acceptAll, { expect: "publish" }, { expect: "publish" }]);
    const waits: unknown[] = [];
    const first = bench.send("pump-1");
    const second = bench.send("pump-1", { onWait: ({ until }) => waits.push(until) });
    await bench.published(1);
    assert.deepEqual(waits, [undefined]);
    const connection = await bench.broker.connection(0);
    const { messageId = 0 } = await connection.packet("publish");
    connection.send(puback(messageId));
    assert.ok("sent" in (await first));
    await bench.published(2);
    const { messageId: secondId = 0 } = await connection.packet("publish", 2);
    connection.send(puback(secondId));
    assert.ok("sent" in (await second));
  });

  it("D12 drops what waits with the connection, and sends nothing of it after the reconnect", async () => {
    const bench = await Bench.start();
    const sent = Array.from({ length: 10 }, (_, index) => bench.send(`pump-${index}`));
    const waiting = [bench.send("pump-10"), bench.send("pump-11")];
    await Promise.all(sent);
    (await bench.broker.connection(0)).socket.destroy();
    await bench.phase("waiting");
    for (const result of await Promise.all(waiting)) {
      assert.match(problemOf(result), /connection ended .* nothing is kept/);
    }
    await bench.pass(5_000);
    await bench.phase("connected");
    await bench.pass(120_000);
    await bench.published(10);
    assert.deepEqual(bench.model.downlinks.of(bench.application.key, "pump-10"), []);
  });

  it("D12 refuses when the connection is lost between the question and the answer", async () => {
    const bench = await Bench.start();
    const recipients = ["pump-1", "pump-2", "pump-3"].map((deviceId) => ({
      application: bench.application,
      deviceId,
    }));
    const { signal } = new AbortController();
    const tally = await sendToEach(
      recipients,
      async ({ deviceId }) => {
        if (deviceId === "pump-2") {
          (await bench.broker.connection(0)).socket.destroy();
          await bench.phase("waiting");
        }
        return bench.send(deviceId);
      },
      signal,
      () => undefined,
    );
    assert.equal(
      tallyText(tally),
      "1 of 3 downlinks reached the server. 1: Not connected. Nothing was sent; connect first. 1 was not tried.",
    );
    await bench.pass(5_000);
    await bench.phase("connected");
    await bench.published(1);
  });

  it("D11 does not send what has come too near its time while it waited", async () => {
    const bench = await Bench.start();
    await Promise.all(Array.from({ length: 10 }, (_, index) => bench.send(`pump-${index}`)));
    const time = new Date(bench.clock.now() + 30_000).toISOString();
    const late = bench.send(
      "pump-10",
      {},
      { ...beef, classBC: { gateways: [], absoluteTime: time } },
    );
    await bench.pass(60_000);
    assert.match(problemOf(await late), /too near/);
    await bench.published(10);
  });

  it("says rate limit when the server closes right after a publish, and how long to wait (G3)", async () => {
    const closing = (connection: number) =>
      connection === 0
        ? [...acceptAll, { expect: "publish" } as const, "close" as const]
        : serveAll;
    const bench = await Bench.start(closing);
    const problem = problemOf(await bench.send("pump-1"));
    assert.match(problem, /rate limit/);
    assert.match(problem, /not sent again by itself/);
    assert.match(problem, /wait 60 s/);
    await bench.phase("waiting");
    const { connection } = bench.application;
    assert(connection.phase === "waiting");
    assert.equal(connection.failure.code, "RATE_LIMIT");
    assert.match(connection.failure.reason, /rate limit/);
    const lines = [...bench.model.events.entries()].flatMap(({ content }) =>
      content.kind === "connection" ? [content.text] : [],
    );
    assert.match(lines.at(-1) ?? "", /connection lost: .* rate limit/);
    bench.clock.advance(1_000);
    await bench.phase("connected");
    const waits: PacerWait[] = [];
    const next = bench.send("pump-2", { onWait: (wait) => waits.push(wait) });
    await bench.pass(58_000);
    await bench.published(1);
    assert.ok(waits.length > 0 && waits.every(({ isLimited }) => isLimited === true));
    assert.match(
      waits.map((wait) => waitText(wait, bench.clock.now())).join(),
      /the server's rate limit was reached/,
    );
    await bench.pass(1_000);
    assert.ok("sent" in (await next));
    await bench.published(2);
  });

  it("does not say rate limit of a close that no fresh publish preceded (G3)", async () => {
    const bench = await Bench.start();
    await bench.send("pump-1"); // confirmed, so it was not thrown away
    (await bench.broker.connection(0)).socket.destroy();
    await bench.phase("waiting");
    const { connection } = bench.application;
    assert(connection.phase === "waiting");
    assert.notEqual(connection.failure.code, "RATE_LIMIT");
  });

  it("R11 does not send what waited when its application was marked as production", async () => {
    const bench = await Bench.start();
    await Promise.all(Array.from({ length: 10 }, (_, index) => bench.send(`pump-${index}`)));
    const waiting = bench.send("pump-10");
    bench.model.setApplications([{ ...bench.application.settings, production: true }]);
    await bench.pass(60_000);
    assert.match(problemOf(await waiting), /marked as production/);
    await bench.published(10);
    assert.ok("sent" in (await bench.send("pump-11")));
    await bench.published(11);
  });

  it("does not let a removed application's downlinks wait", async () => {
    const bench = await Bench.start();
    await Promise.all(Array.from({ length: 10 }, (_, index) => bench.send(`pump-${index}`)));
    const waiting = bench.send("pump-10");
    await turns(5);
    bench.model.setApplications([]);
    assert.match(problemOf(await waiting), /connection ended/);
    await (await bench.broker.connection(0)).closed();
    await turns(20);
  });
});
