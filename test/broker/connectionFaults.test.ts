/** Faults of the network and of the server while connecting and after. Source: reliability §6.1. */
import assert from "node:assert/strict";
import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { systemClock } from "../../src/util/clock";
import { openSocket } from "../../src/mqtt/socket";
import { canaryKey } from "../support/canary";
import { eventually, turns, within } from "../support/conditions";
import { FaultProxy } from "../support/faultProxy";
import { handles, heapAfterCollection, noMoreThan, type Handles } from "../support/leakCheck";
import { freePort } from "../support/mosquitto";
import { connack, publish, puback, suback } from "../support/packets";
import {
  acceptAll,
  acceptLogin,
  expectConnect,
  ScriptedBroker,
  serveAll,
  type Step,
} from "../support/scriptedBroker";
import { addressOf, AttemptRecord, closeSupervisors, SupervisorRecord } from "../support/wire";

describe("connection faults", () => {
  const brokers: ScriptedBroker[] = [];
  const proxies: FaultProxy[] = [];
  let before: Handles;

  async function broker(
    script: readonly Step[] | ((connection: number) => readonly Step[]),
  ): Promise<ScriptedBroker> {
    const started = await ScriptedBroker.start({ script });
    brokers.push(started);
    return started;
  }

  async function proxy(target: number): Promise<FaultProxy> {
    const started = await FaultProxy.start(target);
    proxies.push(started);
    return started;
  }

  beforeEach(() => (before = handles()));

  afterEach(async () => {
    await within(3_000, closeSupervisors());
    for (const each of proxies.splice(0)) await each.stop();
    for (const each of brokers.splice(0)) await each.stop();
    await noMoreThan(before);
  });

  it("backs off 1, 2, 4 … 120 s when the port is closed (C01, R3)", async () => {
    const record = new SupervisorRecord(addressOf(await freePort()));
    record.supervisor.connect();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      const { failure } = await record.phase("waiting");
      assert.equal(failure.code, "ECONNREFUSED");
      waits.push(await record.passWait());
    }
    assert.deepEqual(waits.slice(0, 5), [1_000, 2_000, 4_000, 8_000, 16_000]);
    assert.deepEqual(waits.slice(6), [64_000, 120_000, 120_000, 120_000]);
  });

  it("names the host when it is unknown (C02)", async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      const error = Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
      setImmediate(() => callback(error, []));
    };
    const address = addressOf(8883, { host: "nowhere.example", security: "tls" });
    const record = new SupervisorRecord(address, undefined, undefined, {
      open: (to) => openSocket(to, lookup),
    });
    record.supervisor.connect();
    const { failure } = await record.phase("waiting");
    assert.equal(failure.class, "retry");
    assert.match(failure.reason, /nowhere\.example/);
  });

  it("gives up after 15 s and ignores the late answer when DNS is slow (C03, R4)", async () => {
    const server = await broker(serveAll);
    let answer = (): void => undefined;
    const lookup: LookupFunction = (_host, options, callback) => {
      answer = () => systemLookup("127.0.0.1", options, callback);
    };
    const address = addressOf(server.port, { host: "slow.example", allowPlaintext: true });
    const record = new SupervisorRecord(address, undefined, undefined, {
      open: (to) => openSocket(to, lookup),
    });
    record.supervisor.connect();
    await eventually("the attempt starts", () => record.attempts === 1);
    record.clock.advance(14_999);
    assert.equal(record.state.phase, "connecting");
    record.clock.advance(1);
    assert.equal((await record.phase("waiting")).failure.code, "TIMEOUT");
    answer();
    await turns();
    assert.equal(record.state.phase, "waiting");
    assert.equal(server.connections.length, 0);
  });

  it("gives up after 15 s when nothing answers at all (C04, R4)", async () => {
    const server = await broker(["ignore"]);
    const hole = await proxy(server.port);
    hole.faults = { blackHole: "both" };
    const address = addressOf(hole.port, { security: "tls" });
    const record = new SupervisorRecord(address);
    record.supervisor.connect();
    await eventually("the connection is open", () => hole.open === 1);
    record.clock.advance(15_000);
    const { failure } = await record.phase("waiting");
    assert.deepEqual([failure.code, failure.class], ["TIMEOUT", "retry"]);
    await eventually("the socket is closed", () => hole.ended === 1);
  });

  it("gives up after 15 s and destroys the socket when nothing follows CONNECT (C05, R4)", async () => {
    const server = await broker([expectConnect, "ignore"]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    await (await server.connection(0)).packet("connect");
    record.clock.advance(14_999);
    assert.equal(record.state.phase, "connecting");
    record.clock.advance(1);
    const { failure } = await record.phase("waiting");
    assert.equal(failure.code, "TIMEOUT");
    await (await server.connection(0)).closed();
  });

  it("gives up at the deadline when CONNACK comes one byte in 5 s (C06, R4)", async () => {
    const server = await broker([expectConnect]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    const connection = await server.connection(0);
    await connection.packet("connect");
    for (const byte of connack().subarray(0, 2)) {
      connection.send(Buffer.from([byte]));
      await turns(20);
      record.clock.advance(5_000);
    }
    record.clock.advance(5_000);
    const { failure } = await record.phase("waiting");
    assert.match(failure.code, /TIMEOUT|EMQTTPROTO/);
    await connection.closed();
  });

  it("tries again, and never fails, however often a message stalls for 10 s (C06)", async () => {
    const server = await broker(acceptAll);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    for (let attempt = 0; attempt < 5; attempt++) {
      await record.phase("connected");
      const connection = await server.connection(attempt);
      const timers = record.clock.pending;
      connection.send(publish("a", "b").subarray(0, 1));
      await eventually("the stall is watched", () => record.clock.pending > timers);
      record.clock.advance(10_000);
      const { failure } = await record.phase("waiting");
      assert.deepEqual([failure.code, failure.class], ["STALLED", "retry"]);
      assert.doesNotMatch(failure.reason + failure.advice, /not MQTT/);
      await connection.closed();
      await record.passWait();
    }
  });

  it("stays connected while a large message takes minutes on a slow line (C06, M11)", async () => {
    const server = await broker([...acceptAll, "ignore"]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    await record.phase("connected");
    const connection = await server.connection(0);
    const packet = publish("a", "x".repeat(1_000));
    for (let at = 0; at < packet.length; at += 50) {
      connection.send(packet.subarray(at, at + 50));
      await turns(20);
      record.clock.advance(9_000);
      await turns(20);
    }
    await eventually("the message", () => record.messages.length === 1);
    assert.deepEqual(record.phases, ["connecting", "connected"]);
    const heard = Buffer.concat(connection.chunks).toString("hex");
    assert.match(heard, /(?:c000){4}$/, "the server hears from us meanwhile");
  });

  for (const [when, script] of [
    ["after CONNECT", [expectConnect, "reset"]],
    ["after the first byte of CONNACK", [expectConnect, { send: Buffer.from([0x20]) }, "reset"]],
  ] as const) {
    it(`waits with the reason when the server resets ${when} (C07)`, async () => {
      const server = await broker(script);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      const { failure } = await record.phase("waiting");
      assert.match(failure.code, /ECONNRESET|CLOSED/);
      assert.equal(failure.class, "retry");
      await turns(20);
      assert.equal(record.attempts, 1);
      assert.deepEqual(record.phases, ["connecting", "waiting"]);
    });
  }

  it("lets the back-off grow when the server accepts and closes each time (C09, R3)", async () => {
    const server = await broker([...acceptAll, "close"]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      await record.phase("waiting");
      waits.push(await record.passWait());
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    assert.equal(record.phases.filter((phase) => phase === "connected").length, 6);
  });

  it("begins the back-off anew when a connection has held for 60 s (C09, R3)", async () => {
    const server = await broker(serveAll);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    for (const [held, wait] of [
      [59_999, 1_000],
      [59_999, 2_000],
      [60_000, 1_000],
    ] as const) {
      await record.phase("connected");
      const connection = await server.connection(server.connections.length - 1);
      for (let left = held; left > 0; left -= 10_000) {
        record.clock.advance(Math.min(left, 10_000));
        await turns(20); // for the pings
      }
      connection.socket.destroy();
      assert.equal(await record.passWait(), wait);
    }
  });

  for (const [code, wanted] of [
    [1, "ask"],
    [2, "ask"],
    [3, "slow"],
    [4, "ask"],
    [5, "ask"],
    [6, "framing"],
    [255, "framing"],
  ] as const) {
    it(`sorts CONNACK ${code} as ${wanted} (C22, R5)`, async () => {
      const server = await broker([expectConnect, { send: connack(code) }]);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      if (wanted === "ask") {
        assert.equal((await record.phase("failed")).failure.code, `CONNACK_${code}`);
      } else {
        const { failure, until } = await record.phase("waiting");
        assert.equal(failure.class, wanted === "slow" ? "slow" : "retry");
        assert.equal(failure.code, wanted === "slow" ? "CONNACK_3" : "EMQTTPROTO");
        if (wanted === "slow") assert(until - record.clock.now() >= 30_000);
      }
      await (await server.connection(0)).closed();
    });
  }

  it("waits slowly and then asks when a key is revoked while connected (C24, R5)", async () => {
    const refuse: readonly Step[] = [expectConnect, { send: connack(5) }];
    const server = await broker((number) => (number === 0 ? [...acceptAll, "close"] : refuse));
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      await record.phase("waiting");
      assert.equal(
        await record.supervisor.publish("v3/a/devices/b/down/push", "{}"),
        "notConnected",
      );
      waits.push(await record.passWait());
    }
    assert.deepEqual(waits, [1_000, 30_000, 60_000, 120_000]);
    const { failure } = await record.phase("failed");
    assert.deepEqual([failure.code, failure.class], ["CONNACK_5", "ask"]);
    assert.match(failure.reason, /worked before/);
  });

  for (const [what, blackHole] of [
    ["a half-open connection that is idle", "both"],
    ["a connection on which only the server is heard", "toServer"],
  ] as const) {
    it(`closes ${what} after one and a half keepalives (C25, R8)`, async () => {
      const server = await broker(serveAll);
      const hole = await proxy(server.port);
      const record = new SupervisorRecord(addressOf(hole.port));
      record.supervisor.connect();
      const { since } = await record.phase("connected");
      hole.faults = { blackHole };
      const connection = await server.connection(0);
      for (let second = 0; second < 45 && record.state.phase === "connected"; second++) {
        if (blackHole === "toServer") connection.send(publish("v3/a/devices/b/up", "{}"));
        await turns(10);
        record.clock.advance(1_000);
      }
      const { failure } = await record.phase("waiting");
      assert.equal(failure.code, "KEEPALIVE");
      assert(record.clock.now() - since <= 45_000);
      hole.faults = {};
      await record.passWait();
      await record.phase("connected");
    });
  }

  it("stays connected when the server answers each ping (C25, R8)", async () => {
    const server = await broker(serveAll);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    await record.phase("connected");
    const connection = await server.connection(0);
    for (let ping = 1; ping <= 4; ping++) {
      record.clock.advance(15_000);
      record.clock.advance(15_000);
      await connection.packet("pingreq", ping);
      await turns(20);
    }
    assert.equal(record.state.phase, "connected");
  });

  it("leaks nothing when the server accepts and closes 2,000 times (C27, R2)", async function () {
    this.timeout(40_000);
    const server = await broker([...acceptLogin, "close"]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    const cycle = async (count: number) => {
      for (let done = 0; done < count; done++) {
        await record.phase("waiting");
        await record.passWait();
        if (done % 100 === 0) {
          server.connections.splice(0, server.connections.length - 5);
          record.states.splice(0);
        }
      }
    };
    await cycle(200);
    await record.phase("waiting");
    const handlesAfterWarmUp = handles();
    const heapBefore = heapAfterCollection();
    await cycle(2_000);
    await record.phase("waiting");
    await noMoreThan(handlesAfterWarmUp);
    assert.equal(record.clock.pending, 1); // the wait itself
    const grown = heapAfterCollection() - heapBefore;
    assert(grown < 5_000_000, `heap grew by ${grown}`);
  });

  it("stays connected when the event loop was blocked beyond the keepalive (C30)", async function () {
    this.timeout(10_000);
    const server = await broker(acceptAll);
    const record = new AttemptRecord(server.port, { keepalive: 1, clock: systemClock });
    await record.connected();
    const connection = await server.connection(0);
    connection.send(publish("v3/a/devices/b/up", "{}"));
    const end = performance.now() + 2_500;
    while (performance.now() < end); // blocks this process, the server's side too
    connection.send(Buffer.from([0xd0, 0]));
    await eventually("the backlog is read", () => record.messages.length === 1);
    await turns();
    assert.deepEqual(record.ends, []);
    await record.attempt.end();
  });

  for (const [where, script] of [
    ["while TCP or TLS is silent", ["ignore"]],
    ["before CONNACK", [expectConnect, "ignore"]],
    ["before SUBACK", [...acceptLogin, { expect: "subscribe" }, "ignore"]],
    ["while connected", serveAll],
  ] as const) {
    it(`stops at once and for good when the user disconnects ${where} (C32)`, async () => {
      const server = await broker(script);
      const security = where === "while TCP or TLS is silent" ? "tls" : "plaintext";
      const record = new SupervisorRecord(addressOf(server.port, { security }));
      record.supervisor.connect();
      const connection = await server.connection(0);
      if (where === "before CONNACK") await connection.packet("connect");
      if (where === "before SUBACK") await connection.packet("subscribe");
      if (where === "while connected") await record.phase("connected");
      await within(2_000, record.supervisor.disconnect());
      assert.equal(record.state.phase, "stopped");
      const count = record.states.length;
      await connection.closed();
      record.clock.advance(600_000);
      await turns(20);
      assert.equal(record.states.length, count);
      assert.equal(record.clock.pending, 0);
      if (where === "while TCP or TLS is silent") connection.problems.splice(0); // TLS is not MQTT
    });
  }

  it("stops for good when the user disconnects during DNS (C32)", async () => {
    let answer = (): void => undefined;
    const lookup: LookupFunction = (_host, options, callback) => {
      answer = () => systemLookup("127.0.0.1", options, callback);
    };
    const server = await broker(serveAll);
    const address = addressOf(server.port, { host: "slow.example", allowPlaintext: true });
    const record = new SupervisorRecord(address, undefined, undefined, {
      open: (to) => openSocket(to, lookup),
    });
    record.supervisor.connect();
    await eventually("the attempt starts", () => record.attempts === 1);
    await within(2_000, record.supervisor.disconnect());
    answer();
    await turns(20);
    assert.deepEqual(record.phases, ["connecting", "stopped"]);
    assert.equal(server.connections.length, 0);
  });

  it("stops for good when the user disconnects while waiting (C32)", async () => {
    const record = new SupervisorRecord(addressOf(await freePort()));
    record.supervisor.connect();
    await record.phase("waiting");
    await within(2_000, record.supervisor.disconnect());
    record.clock.advance(600_000);
    await turns(20);
    assert.equal(record.attempts, 1);
    assert.equal(record.state.phase, "stopped");
  });

  it("makes one attempt when connect is asked for 50 times (C33)", async () => {
    const server = await broker(serveAll);
    const record = new SupervisorRecord(addressOf(server.port));
    for (let click = 0; click < 50; click++) record.supervisor.connect();
    await record.phase("connected");
    for (let click = 0; click < 50; click++) record.supervisor.connect();
    await turns(20);
    assert.equal(record.attempts, 1);
    assert.equal(server.connections.length, 1);
  });

  describe("SUBACK", () => {
    const subscribed: readonly Step[] = [...acceptLogin, { expect: "subscribe" }];
    const idOf = (last: { messageId?: number | undefined } | undefined) => last?.messageId ?? 0;

    it("asks when the subscription is refused (C34, R5)", async () => {
      const server = await broker([...subscribed, { send: (last) => suback(idOf(last), 0x80) }]);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      assert.equal((await record.phase("failed")).failure.code, "SUBACK_128");
    });

    it("tries again after 10 s when SUBACK never comes (C34, R4)", async () => {
      const server = await broker([...subscribed, "ignore"]);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      await (await server.connection(0)).packet("subscribe");
      record.clock.advance(9_999);
      assert.equal(record.state.phase, "connecting");
      record.clock.advance(1);
      assert.equal((await record.phase("waiting")).failure.code, "SUBACK_TIMEOUT");
    });

    it("tries again when SUBACK is for another id (C34)", async () => {
      const server = await broker([
        ...subscribed,
        { send: (last) => suback(idOf(last) + 1, 0) },
        "ignore",
      ]);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      await (await server.connection(0)).packet("subscribe");
      await turns(20);
      record.clock.advance(10_000);
      assert.equal((await record.phase("waiting")).failure.class, "retry");
      assert(!record.phases.includes("connected"));
    });

    it("tries again without exception when one filter gets three codes (C34, R1, R6)", async () => {
      const server = await broker([...subscribed, { send: (last) => suback(idOf(last), 0, 0, 0) }]);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      const { failure } = await record.phase("waiting");
      assert.deepEqual([failure.code, failure.class], ["EMQTTPROTO", "retry"]);
    });

    it("tries again when the server closes instead (C34)", async () => {
      const server = await broker([...subscribed, "close"]);
      const record = new SupervisorRecord(addressOf(server.port));
      record.supervisor.connect();
      const { failure } = await record.phase("waiting");
      assert.deepEqual([failure.code, failure.class], ["CLOSED", "retry"]);
    });
  });

  it("connects over the family that lives when a name has a dead address too (C38)", async () => {
    const server = await broker(serveAll);
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(null, [
        { address: "::1", family: 6 }, // nobody listens there
        { address: "127.0.0.1", family: 4 },
      ]);
    const address = addressOf(server.port, { host: "both.example" });
    const record = new SupervisorRecord(address, undefined, undefined, {
      open: (to) => openSocket(to, lookup),
    });
    record.supervisor.connect();
    await record.phase("connected");
  });

  it("connects over IPv6 alone (C38)", async function () {
    const server = await ScriptedBroker.start({ script: serveAll, host: "::1" }).catch(() => null);
    if (!server) this.skip(); // this machine has no IPv6
    brokers.push(server);
    const record = new SupervisorRecord(addressOf(server.port, { host: "::1" }));
    record.supervisor.connect();
    await record.phase("connected");
  });

  it("uses a fresh client id for each attempt (R2, C35)", async () => {
    const server = await broker([...acceptAll, "close"]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    const ids = new Set<unknown>();
    for (let attempt = 0; attempt < 3; attempt++) {
      const packet = await (await server.connection(attempt)).packet("connect");
      assert(packet.cmd === "connect");
      assert.match(packet.clientId, /^vsc-.{1,19}$/);
      assert.equal(packet.password?.toString(), canaryKey);
      assert.equal(packet.keepalive, 30);
      ids.add(packet.clientId);
      await record.passWait();
    }
    assert.equal(ids.size, 3);
  });

  it("publishes once and never again when the link drops before PUBACK (D14, R9)", async () => {
    const server = await broker((number) =>
      number === 0
        ? [...acceptAll, { expect: "publish", with: { qos: 1, dup: false } }, "close"]
        : serveAll,
    );
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    await record.phase("connected");
    assert.equal(await record.supervisor.publish("v3/a/devices/b/down/push", "{}"), "unknown");
    await record.passWait();
    await record.phase("connected");
    assert.equal(await record.supervisor.publish("v3/a/devices/b/down/push", "2"), "acknowledged");
    const all = server.connections.flatMap(({ packets }) => packets);
    assert.equal(all.filter(({ cmd }) => cmd === "publish").length, 2);
  });

  it("says unknown after 10 s when PUBACK never comes (D13, R4)", async () => {
    const server = await broker([...acceptAll, { expect: "publish" }, "ignore"]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    await record.phase("connected");
    const outcome = record.supervisor.publish("v3/a/devices/b/down/push", "{}");
    await (await server.connection(0)).packet("publish");
    record.clock.advance(10_000);
    assert.equal(await outcome, "unknown");
    assert.equal(record.state.phase, "connected");
  });

  it("waits for its own PUBACK when others come first, twice and unasked (M17)", async () => {
    const server = await broker([...acceptAll, { expect: "publish" }]);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    await record.phase("connected");
    const connection = await server.connection(0);
    connection.send(puback(9), puback(9));
    let outcome: string | undefined;
    void record.supervisor
      .publish("v3/a/devices/b/down/push", "{}")
      .then((each) => (outcome = each));
    const { messageId = 0 } = await connection.packet("publish");
    connection.send(puback(messageId + 1), publish("fence", "1"));
    await eventually("the fence", () => record.messages.length === 1);
    assert.equal(outcome, undefined);
    connection.send(puback(messageId), puback(messageId), publish("fence", "2"));
    await eventually("the second fence", () => record.messages.length === 2);
    assert.equal(outcome, "acknowledged");
    assert.equal(record.state.phase, "connected");
  });
});
