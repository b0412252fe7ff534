/** The verdict on a downlink, over real sockets: from the click to the last word of the simulated Application Server. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Connections } from "../../src/connections/connections";
import { consoleRights, trafficRead, type Right } from "../../src/demo/server/apiKey";
import {
  createApplicationServer,
  type ApplicationServer,
  type ApplicationServerOptions,
} from "../../src/demo/server/applicationServer";
import type { EndDevice, EndDeviceOptions } from "../../src/demo/server/endDevice";
import { pumpFormatters } from "../../src/demo/devices/pumpController";
import { Random } from "../../src/demo/random";
import { downlinkEvidence } from "../../src/model/downlinkEvidence";
import { currentState, type DownlinkState } from "../../src/model/downlinkVerdict";
import { Model } from "../../src/model/model";
import { applicationKey } from "../../src/stack/applicationSettings";
import type { DownlinkInput } from "../../src/stack/downlink";
import { toRow } from "../../src/views/downlink/downlinkRows";
import { canaryKey } from "../support/canary";
import { eventually, turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { publish, puback } from "../support/packets";
import { acceptAll, ScriptedBroker, serveAll, type Step } from "../support/scriptedBroker";

const uid = "app1@tenant1";
const deviceId = "pump-controller-3";

type Item = DownlinkInput["downlinks"][number];

/** The extension's side without its views, connected to a server at a clock that stands still. */
class Desk {
  readonly key: string;
  readonly listenerErrors: unknown[] = [];
  readonly model = new Model({
    maximumMessages: 5_000,
    maximumBytes: 1 << 22,
    onListenerError: (error) => this.listenerErrors.push(error),
  });
  readonly connections: Connections;

  constructor(
    port: number,
    readonly clock: ManualClock,
    answerTimeout?: () => number,
  ) {
    const settings = { application: uid, host: "127.0.0.1", port, security: "plaintext" } as const;
    this.key = applicationKey(settings);
    this.model.setApplications([settings]);
    this.connections = new Connections(this.model, {
      clock,
      random: () => 0.5,
      readApiKey: () => Promise.resolve(canaryKey),
      readCaFile: () => Promise.reject(new Error("no file")),
      isPlaintextAllowed: () => false,
      log: () => undefined,
      ...(answerTimeout ? { answerTimeout } : {}),
    });
  }

  get phase(): string {
    return this.model.application(this.key)?.connection.phase ?? "";
  }

  async connect(): Promise<void> {
    this.connections.connect(this.key);
    await eventually(`connected, at last ${this.phase}`, () => this.phase === "connected");
  }

  /** Passes the wait before the next attempt. */
  async reconnect(): Promise<void> {
    await eventually("waiting", () => this.phase === "waiting");
    const connection = this.model.application(this.key)?.connection;
    assert(connection?.phase === "waiting");
    this.clock.advance(connection.until - this.clock.now());
    await eventually("connected again", () => this.phase === "connected");
  }

  send(items: readonly Partial<Item>[] = [{}], more: Partial<DownlinkInput> = {}) {
    const usual = { fPort: 15, payloadFormat: "hex", payload: "01012C" } as const;
    const downlinks = items.map((item) => ({ ...usual, ...item }));
    return this.connections.send(this.key, { applicationUid: uid, deviceId, ...more, downlinks });
  }

  /** As the tree counts. */
  get waiting(): number | undefined {
    return this.model.application(this.key)?.endDevices.get(deviceId)?.pendingCount;
  }

  /** Of all downlinks, the first first. */
  get states(): readonly DownlinkState[] {
    return this.model.downlinks.of(this.key).reverse().map(currentState);
  }

  async state(expected: DownlinkState, index = 0): Promise<void> {
    const last = () => this.states[index];
    await eventually(`${expected}, at last ${last()}`, () => last() === expected);
  }

  /** As the panel shows it. */
  row(index = 0) {
    const tracked = this.model.downlinks.of(this.key).reverse()[index];
    assert(tracked);
    const evidence = downlinkEvidence(this.model, this.key, tracked.deviceId);
    return toRow(tracked, this.clock.now(), evidence);
  }

  words(index = 0): readonly string[] {
    return this.row(index).steps.map(({ word }) => word);
  }

  async close(): Promise<void> {
    await this.connections.close();
    assert.deepEqual(this.listenerErrors, []);
  }
}

describe("downlink verdicts", () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  describe("with the simulated Application Server", () => {
    let server: ApplicationServer;
    let desk: Desk;
    let clock: ManualClock;

    async function start(
      options: ApplicationServerOptions & {
        rights?: readonly Right[];
        answerTimeout?: () => number;
      } = {},
    ): Promise<void> {
      clock = new ManualClock();
      server = await createApplicationServer({ clock, random: new Random(7), ...options });
      server.addApplication({ uid });
      const rights = options.rights ?? consoleRights;
      server.addKnownApiKey({ key: canaryKey, rights: { [uid]: rights } });
      desk = new Desk(server.port, clock, options.answerTimeout);
      await desk.connect();
      closers.push(async () => {
        await desk.close();
        await server.close();
        assert.equal(clock.pending, 0, "timers after close");
      });
    }

    const add = (options: Partial<EndDeviceOptions> = {}): EndDevice =>
      server.network.addEndDevice(uid, { deviceId, formatters: pumpFormatters, ...options });

    /** The device speaks, and what follows from it has arrived here. */
    async function uplink(device: EndDevice, acknowledges = false): Promise<void> {
      const heard = () => desk.model.application(desk.key)?.receivedCount ?? 0;
      const before = heard();
      server.network.uplink(device, { acknowledges, fPort: 3, framePayload: Uint8Array.of(1) });
      await eventually("the uplink", () => heard() > before);
      clock.advance(5_000);
      await turns(20);
    }

    /** Lets time pass with time for the pings in between. */
    async function pass(milliseconds: number): Promise<void> {
      for (let left = milliseconds; left > 0; left -= 10_000) {
        clock.advance(Math.min(left, 10_000));
        await turns(10);
      }
    }

    it("D17 is queued by the server's word, sent after the next uplink, acknowledged by the one after", async () => {
      await start();
      const device = add();
      await desk.send([{ confirmed: true }]);
      await desk.state("queued");
      await uplink(device);
      await desk.state("sent");
      assert.equal(desk.row().state, "handed to a gateway; waiting for the acknowledgement");
      await uplink(device, true);
      await desk.state("acknowledged");
      // The server's receipt is not told when its `queued` came first.
      const words = desk.words().filter((word) => word !== "published");
      assert.deepEqual(words, ["composed", "queued", "sent", "acknowledged"]);
      const [composed] = desk.row().steps;
      assert.equal(composed?.word, "composed");
      assert.equal(server.records.length, 1);
    });

    it("D19 says that the server tries again, then how it ended, without a new queued", async () => {
      await start();
      const device = add();
      await desk.send([{ confirmed: true, maximumAttempts: 3 }]);
      await desk.state("queued");
      await uplink(device);
      await desk.state("sent");
      const told: string[] = [];
      for (let attempt = 2; attempt <= 3; attempt++) {
        server.network.uplink(device, { acknowledges: false });
        await desk.state("notAcknowledged");
        told.push(desk.row().state);
        clock.advance(5_000);
        await desk.state("sent");
      }
      assert.deepEqual(told, [
        "not acknowledged: the server tries again, attempt 2 of 3",
        "not acknowledged: the server tries again, attempt 3 of 3",
      ]);
      await uplink(device);
      await desk.state("failed");
      assert.equal(desk.row().state, "failed: the end device did not acknowledge it in 3 attempts");
      await eventually(
        "the last nack",
        () => desk.words().filter((each) => each === "not acknowledged").length === 3,
      );
      assert.equal(desk.states[0], "failed");
      assert.equal(desk.words().filter((word) => word === "queued").length, 1);
      assert.equal(server.records.length, 1, "published once");
    });

    it("D19 is acknowledged at the second attempt", async () => {
      await start();
      const device = add();
      await desk.send([{ confirmed: true }]);
      await uplink(device);
      await uplink(device);
      await desk.state("sent");
      await uplink(device, true);
      await desk.state("acknowledged");
    });

    it("D19 is acknowledged although a gateway without TxAck never said sent", async () => {
      await start();
      const device = add({ hasTxAcknowledgement: false });
      await desk.send([{ confirmed: true }]);
      await uplink(device);
      assert.equal(desk.states[0], "queued");
      await uplink(device, true);
      await desk.state("acknowledged");
      assert.ok(!desk.words().includes("sent"));
    });

    it("D19 fails with the gateway's reason in plain words", async () => {
      await start();
      const device = add();
      device.gatewayRefusal = "COLLISION_PACKET";
      await desk.send();
      await uplink(device);
      await desk.state("failed");
      assert.equal(
        desk.row().state,
        "failed: the gateway refused to send it: the gateway was sending another packet at that moment",
      );
    });

    it("D19 waits without an error while the device is silent, and names the device when it is overdue", async () => {
      await start();
      const device = add();
      for (let count = 0; count < 4; count++) {
        await uplink(device);
        await pass(55_000);
      }
      await desk.send();
      await desk.state("queued");
      assert.match(desk.row().advice, /usually speaks every 1 min, last heard 1 min ago/);
      await pass(10 * 60_000);
      const row = desk.row();
      assert.equal(desk.states[0], "queued");
      assert.match(row.advice, /last heard 11 min ago: it is overdue by 10 min/);
      assert.match(row.warnings.join(), /Look at the end device or its coverage/);
      await uplink(device);
      await desk.state("sent");
    });

    it("fails at once or late when it is too long, and says what fits at the rate last used", async () => {
      await start();
      const device = add();
      server.network.uplink(device, { spreadingFactor: 12 });
      await eventually("heard", () => desk.model.application(desk.key)?.endDevices.size === 1);
      await desk.send([{ payload: "00".repeat(60) }]);
      await desk.state("queued");
      assert.match(desk.row().warnings.join(), /60 bytes do not fit at SF12/);
      server.network.uplink(device, { spreadingFactor: 12 });
      await desk.state("failed");
      assert.equal(desk.row().state, "failed: 60 bytes do not fit, 50 do");
      assert.match(desk.row().advice, /It last used SF12, where about 50 bytes fit; at/);
      await desk.send([{ payload: "00".repeat(60) }]);
      await desk.state("queued", 1);
      server.network.uplink(device, { spreadingFactor: 9 });
      clock.advance(5_000);
      await desk.state("sent", 1);
    });

    it("shows what the server made of fields, and warns when it made nothing", async () => {
      await start();
      add();
      const fields = {
        payloadFormat: "fields",
        payload: '{"valve":"open","minutes":300}',
      } as const;
      await desk.send([fields]);
      await desk.state("queued");
      assert.match(desk.row().details, /encoded as 01 01 2C/);
      add({ deviceId: "no-formatter", formatters: {} });
      await desk.send([fields], { deviceId: "no-formatter" });
      await desk.state("queued", 1);
      assert.match(desk.row(1).warnings.join(), /queued an empty frame/);
    });

    it("follows each downlink of one push by itself", async () => {
      await start();
      const device = add();
      await desk.send([{}, { confirmed: true }, {}]);
      await desk.state("queued", 2);
      await uplink(device);
      await desk.state("sent", 0);
      assert.deepEqual(desk.states, ["sent", "queued", "queued"]);
      await uplink(device);
      await desk.state("sent", 1);
      await uplink(device, true);
      await desk.state("acknowledged", 1);
    });

    describe("silence", () => {
      it("D15 is not confirmed after 15 s, by the injected clock, and never sent again", async () => {
        await start({ rights: [trafficRead] });
        add();
        assert("sent" in (await desk.send()));
        clock.advance(14_999);
        assert.deepEqual(desk.states, ["published"]);
        clock.advance(1);
        assert.deepEqual(desk.states, ["noAnswer"]);
        assert.equal(desk.row().state, "not confirmed: no answer from the server after 15.0 s");
        await pass(120_000);
        assert.deepEqual(
          server.records.map(({ outcome }) => outcome),
          ["forbidden"],
        );
      });

      it("D15 takes the time from the settings", async () => {
        await start({ rights: [trafficRead], answerTimeout: () => 5_000 });
        await desk.send();
        clock.advance(4_999);
        assert.deepEqual(desk.states, ["published"]);
        clock.advance(1);
        assert.deepEqual(desk.states, ["noAnswer"]);
      });

      it("D15 names the missing right first for a known device", async () => {
        await start({ rights: [trafficRead] });
        await uplink(add());
        await desk.send();
        clock.advance(15_000);
        const { causes, ruledOut } = desk.row();
        assert.match(causes[0]?.text ?? "", /lack the right to send downlinks/);
        assert.equal(causes[0]?.remedy, "check");
        assert.match(ruledOut, /seen in the traffic/);
      });

      it("D15 names the slip in the id first, with the id that was probably meant", async () => {
        await start();
        await uplink(add());
        await uplink(add({ deviceId: "greenhouse-07" }));
        await desk.send([{}], { deviceId: "pump-contoller-3" });
        clock.advance(15_000);
        const [first] = desk.row().causes;
        assert.deepEqual([first?.remedy, first?.deviceId], ["useDevice", deviceId]);
        assert.equal(server.records[0]?.outcome, "unknown device");
      });

      it("D15 names the formatter first when all else is ruled out", async () => {
        await start();
        await uplink(add());
        await desk.send();
        await desk.state("queued");
        await desk.send([{ payloadFormat: "fields", payload: '{"valv":"open"}' }]);
        clock.advance(15_000);
        const { causes, ruledOut } = desk.row(1);
        assert.equal(server.records[1]?.outcome, "encoder error");
        assert.equal(causes[0]?.remedy, "asBytes");
        assert.match(ruledOut, /the API key may send downlinks/);
      });

      it("D17 ignores foreign words, and corrects itself when the answer is late", async () => {
        await start({ rights: [trafficRead] });
        await desk.send();
        const tracked = desk.model.downlinks.of(desk.key)[0];
        assert(tracked);
        const say = (suffix: string, ids: readonly string[] | undefined) => {
          const body = {
            correlation_ids: ids,
            downlink_queued: { f_port: 15, correlation_ids: ids },
          };
          server.publishRaw(
            uid,
            `v3/${uid}/devices/${deviceId}/down/${suffix}`,
            JSON.stringify(body),
          );
        };
        const application = desk.model.application(desk.key);
        say("queued", ["someone-else"]);
        say("queued", undefined);
        await eventually("both", () => application?.receivedCount === 2);
        assert.deepEqual(desk.states, ["published"]);
        clock.advance(15_000);
        assert.deepEqual(desk.states, ["noAnswer"]);
        say("queued", ["someone-else", tracked.correlationId]);
        await desk.state("queued");
        assert.deepEqual(desk.row().causes, []);
      });

      it("G3 says rate limit when the server closes right after the publish, and sends nothing again", async () => {
        await start({ downlinkRateLimit: { count: 1, milliseconds: 600_000 } });
        await uplink(add());
        await desk.send();
        await desk.state("queued");
        const result = await desk.send();
        assert("problem" in result, inspect(result));
        assert.deepEqual(desk.states, ["queued", "unknown"]);
        assert.match(
          desk.row(1).causes[0]?.text ?? "",
          /closed the connection right after .* rate limit/,
        );
        await desk.reconnect();
        await pass(60_000);
        assert.deepEqual(
          server.records.map(({ outcome }) => outcome),
          ["queued", "rate limited"],
        );
        assert.match(desk.row(1).causes[0]?.text ?? "", /rate limit/);
      });
    });

    describe("replace and clear", () => {
      it("is superseded when the server has queued what takes its place", async () => {
        await start();
        const device = add();
        await desk.send([{}, {}]);
        await desk.state("queued", 1);
        await desk.send([{ payload: "FF" }], { operation: "replace" });
        await desk.state("queued", 2);
        assert.deepEqual(desk.states, ["superseded", "superseded", "queued"]);
        assert.match(desk.row().state, /^superseded: id .{4} took its place$/);
        assert.equal(desk.waiting, 1);
        assert.equal(device.queue.length, 1);
      });

      it("is superseded by a clear, which the server never answers to", async () => {
        await start();
        const device = add();
        await desk.send();
        await desk.state("queued");
        await desk.send([], { operation: "replace" });
        assert.deepEqual(desk.states, ["superseded"]);
        assert.equal(desk.row().state, "superseded: the queue was cleared");
        assert.equal(desk.waiting, 0);
        assert.equal(device.queue.length, 0);
      });

      it("stays queued when the server refuses the replacement, for it keeps the queue", async () => {
        await start({ maximumQueue: 1 });
        const device = add();
        await desk.send();
        await desk.state("queued");
        await desk.send([{}, {}], { operation: "replace" });
        await desk.state("failed", 1);
        assert.deepEqual(desk.states, ["queued", "failed", "failed"]);
        assert.equal(desk.waiting, 1);
        assert.match(desk.row(1).state, /queue is full/);
        assert.equal(device.queue.length, 1);
      });

      it("is sent after all when it was with the gateway already", async () => {
        await start();
        const device = add();
        await desk.send();
        await desk.state("queued");
        server.network.uplink(device);
        await desk.send([], { operation: "replace" });
        assert.deepEqual(desk.states, ["superseded"]);
        clock.advance(5_000);
        await desk.state("sent");
      });
    });

    it("claims no failure when an ack was missed while the connection was down", async () => {
      await start();
      const device = add();
      await desk.send([{ confirmed: true }]);
      await uplink(device);
      await desk.state("sent");
      server.disconnectAll();
      await eventually("noticed", () => desk.phase === "waiting");
      server.network.uplink(device, { acknowledges: true });
      await desk.reconnect();
      const row = desk.row();
      assert.equal(desk.states[0], "sent");
      assert.match(
        row.warnings.join(),
        /Not connected from .* its acknowledgement may have been missed/,
      );
      assert.equal(row.steps.at(-1)?.word, "not connected");
      assert.equal(row.tone, "waiting");
    });

    const nested = (depth: number): object => {
      const name = `cause_${depth}`;
      return depth === 0
        ? { name }
        : { name, message_format: "x".repeat(900), cause: nested(depth - 1) };
    };
    const odd: readonly (readonly [name: string, error: unknown])[] = [
      ["fifty causes in each other", nested(50)],
      [
        "markup in its attributes",
        { message_format: "`{a}`", attributes: { a: "<img src=x>\u202e\n" } },
      ],
      ["no message", { name: "transmission" }],
      ["nothing in it", {}],
      ["a name that objects have", { name: "__proto__", attributes: { __proto__: 1 } }],
      ["another shape", "no"],
      ["a list", [1]],
      ["null", null],
      ["attributes of wrong types", { name: "transmission", attributes: { result: { a: [1] } } }],
    ];
    it("D20 shows failures of odd shapes as short harmless text", async () => {
      await start({ rights: [trafficRead] });
      for (const [index, [name, error]] of odd.entries()) {
        await desk.send();
        const { correlationId: id } = desk.model.downlinks.of(desk.key)[0] ?? { correlationId: "" };
        const body = {
          correlation_ids: [id],
          downlink_failed: { downlink: { correlation_ids: [id] }, error },
        };
        server.publishRaw(uid, `v3/${uid}/devices/${deviceId}/down/failed`, JSON.stringify(body));
        await desk.state("failed", index);
        const { state, advice, steps } = desk.row(index);
        for (const text of [state, advice, steps.at(-1)?.note ?? ""]) {
          assert.ok(text.length < 1_300, `${name}: ${text.length}`);
          assert.doesNotMatch(text, /[\u202e\n]/, name);
        }
        assert.match(state, /^failed: ./, name);
        await pass(10_000);
      }
    });
  });

  describe("with scripted servers", () => {
    async function start(script: readonly Step[] | ((connection: number) => readonly Step[])) {
      const server = await ScriptedBroker.start({ script });
      closers.push(() => server.stop());
      const clock = new ManualClock();
      const desk = new Desk(server.port, clock);
      closers.push(() => desk.close());
      await desk.connect();
      const published = () =>
        server.connections.flatMap(({ packets }) => packets.filter(({ cmd }) => cmd === "publish"));
      return { server, clock, desk, published };
    }

    it("D13 says after 10 s without PUBACK that it is unknown whether it was sent", async () => {
      const { server, clock, desk, published } = await start([
        ...acceptAll,
        { expect: "publish" },
        { expect: "publish" },
        "ignore",
      ]);
      const sending = desk.send();
      await (await server.connection(0)).packet("publish");
      assert.deepEqual(desk.states, ["publishing"]);
      clock.advance(9_999);
      assert.deepEqual(desk.states, ["publishing"]);
      clock.advance(1);
      const result = await sending;
      assert("problem" in result && result.problem.includes("unknown"), inspect(result));
      assert.deepEqual(desk.states, ["unknown"]);
      const row = desk.row();
      assert.equal(row.state, "no answer from the server: unknown whether it was sent");
      assert.equal(row.againLabel, "Send again…");
      assert.match(row.causes[0]?.text ?? "", /did not even confirm/);
      clock.advance(12_000);
      await turns(20);
      assert.equal(published().length, 1, "never sent again by itself");
      // Sending again is the user's act: a new downlink with an id of its own.
      const again = desk.send();
      await (await server.connection(0)).packet("publish", 2);
      await desk.connections.disconnect(desk.key);
      await again;
      const ids = desk.model.downlinks.of(desk.key).map(({ correlationId }) => correlationId);
      assert.equal(new Set(ids).size, 2);
      assert.equal(published().length, 2);
    });

    it("D13 corrects itself when the server's word comes after all", async () => {
      const { server, clock, desk } = await start([...acceptAll, { expect: "publish" }, "ignore"]);
      const sending = desk.send();
      const connection = await server.connection(0);
      await connection.packet("publish");
      clock.advance(10_000);
      await sending;
      connection.send(queuedFor(desk));
      await desk.state("queued");
    });

    it("D27 corrects itself when the PUBACK comes after all, and waits for the server's word again", async () => {
      const { server, clock, desk } = await start([...acceptAll, { expect: "publish" }, "ignore"]);
      const sending = desk.send();
      const connection = await server.connection(0);
      const packet = await connection.packet("publish");
      clock.advance(10_000);
      await sending;
      assert.deepEqual(desk.states, ["unknown"]);
      connection.send(puback(("messageId" in packet ? packet.messageId : undefined) ?? 0));
      await desk.state("published");
      assert.equal(desk.row().state, "reached the server; waiting for its answer");
      clock.advance(15_000);
      await desk.state("noAnswer");
    });

    it("D14 publishes exactly once when the link drops before PUBACK", async () => {
      const { desk, clock, published } = await start((connection) =>
        connection === 0
          ? [...acceptAll, { expect: "publish", with: { qos: 1, dup: false } }, "close"]
          : serveAll,
      );
      await desk.send();
      assert.deepEqual(desk.states, ["unknown"]);
      await desk.reconnect();
      clock.advance(30_000);
      await turns(20);
      assert.equal(published().length, 1);
      assert.deepEqual(desk.states, ["unknown"]);
    });

    it("D12 is not even followed when there is no connection, and nothing is kept", async () => {
      const { desk, server, published } = await start(serveAll);
      await server.drop();
      await eventually("noticed", () => desk.phase === "waiting");
      assert("problem" in (await desk.send()));
      assert.deepEqual(desk.states, []);
      assert.equal(published().length, 0);
    });

    it("D17 is queued when the server's word comes before its PUBACK", async () => {
      const { server, desk } = await start([...acceptAll, { expect: "publish" }]);
      const sending = desk.send();
      const connection = await server.connection(0);
      const { messageId = 0 } = await connection.packet("publish");
      connection.send(queuedFor(desk));
      await desk.state("queued");
      connection.send(puback(messageId));
      assert("sent" in (await sending));
      assert.deepEqual(desk.states, ["queued"]);
      assert.deepEqual(desk.words(), ["composed", "queued"]);
    });
  });
});

/** The server's `queued` for the downlink that was sent last. */
function queuedFor(desk: Desk): Buffer {
  const { correlationId: id } = desk.model.downlinks.of(desk.key)[0] ?? { correlationId: "" };
  const body = {
    correlation_ids: [id],
    downlink_queued: { f_port: 15, frm_payload: "AQEs", correlation_ids: [id] },
  };
  return publish(`v3/${uid}/devices/${deviceId}/down/queued`, JSON.stringify(body));
}
