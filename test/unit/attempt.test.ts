/** One attempt on a socket in memory: the key, the deadlines, the end. Source: reliability R1–R9, R12. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { version } from "mqtt/package.json";
import packageJson from "../../package.json";
import packageLock from "../../package-lock.json";
import type { AttemptOptions } from "../../src/mqtt/attempt";
import { createClient } from "../../src/mqtt/client";
import { FramingFilter } from "../../src/mqtt/framingFilter";
import { systemClock } from "../../src/util/clock";
import { canaryKey } from "../support/canary";
import { eventually, turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { MemorySocket, packetId, publishId } from "../support/memorySocket";
import { connack, publish, puback, suback } from "../support/packets";
import { AttemptRecord } from "../support/wire";

const noop = () => undefined;

/** Answers as a good server; what `quiet` names is left unanswered. */
function serve(...quiet: readonly ("connack" | "suback" | "puback")[]): MemorySocket {
  return new MemorySocket((packet, socket) => {
    const type = (packet[0] ?? 0) >> 4;
    if (type === 1 && !quiet.includes("connack")) socket.receive(connack());
    if (type === 8 && !quiet.includes("suback")) socket.receive(suback(packetId(packet), 0));
    if (type === 3 && !quiet.includes("puback")) socket.receive(puback(publishId(packet)));
  });
}

function start(
  socket: MemorySocket,
  more: Partial<AttemptOptions> = {},
  onMessage?: () => void,
): AttemptRecord {
  const options = { open: () => socket.asSocket, ...more };
  return new AttemptRecord(1, options, new ManualClock(), onMessage);
}

describe("attempt", () => {
  it("uses MQTT.js 5.16 or later, in one exact version (R1)", () => {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    assert(major === 5 && minor >= 16, version);
    assert.equal(packageJson.devDependencies.mqtt, version);
    assert.equal(packageLock.packages["node_modules/mqtt"].version, version);
  });

  it("lets MQTT.js do nothing by itself: no reconnect, no queue, no store (R2, R9)", () => {
    const [filter, clock] = [
      new FramingFilter(serve(), new ManualClock(), noop, noop),
      systemClock,
    ];
    const options = { userName: "a", apiKey: canaryKey, connectTimeout: 1, keepalive: 30, clock };
    const client = createClient(filter, options);
    const { reconnectPeriod, queueQoSZero, resubscribe, protocolVersion, clean } = client.options;
    assert.deepEqual(
      [reconnectPeriod, queueQoSZero, resubscribe, protocolVersion, clean],
      [0, false, false, 4, true],
    );
    assert(!("password" in client.options));
    client.on("error", noop);
    client.end(true);
  });

  it("is connected only when the subscription is granted (§2.4)", async () => {
    const socket = serve("suback");
    const record = start(socket);
    await eventually("SUBSCRIBE", () => socket.written.some((bytes) => bytes[0] === 0x82));
    await turns(10);
    assert.equal(record.connectedCount, 0);
    await record.attempt.end();
  });

  it("asks for the key only when the socket is ready, and holds it no longer than CONNECT (R12)", async () => {
    const socket = serve();
    let reads = 0;
    const record = start(socket, {
      readApiKey: () => {
        reads++;
        return Promise.resolve(canaryKey);
      },
    });
    assert.equal(reads, 0);
    await record.connected();
    assert.equal(reads, 1);
    assert(Buffer.concat(socket.written).includes(canaryKey));
    socket.written.splice(0);
    const text = inspect(record.attempt, { depth: Infinity, showHidden: true });
    assert(!text.includes(canaryKey.slice(-16)));
    await record.attempt.end();
  });

  for (const [name, readApiKey, code] of [
    ["there is no key", () => Promise.resolve(undefined), "NO_KEY"],
    ["the keyring rejects", () => Promise.reject(new Error(canaryKey)), "KEYRING"],
  ] as const) {
    it(`sends nothing and asks when ${name} (S02, S04)`, async () => {
      const socket = serve();
      const record = start(socket, { readApiKey });
      assert.equal((await record.ended()).code, code);
      assert.equal(socket.written.length, 0);
      assert(socket.destroyed);
    });
  }

  it("ends after 15 s when the keyring never answers (S04, R4)", async () => {
    const socket = serve();
    let isAsked = false;
    const record = start(socket, {
      readApiKey: () => {
        isAsked = true;
        return new Promise(() => undefined);
      },
    });
    await eventually("the keyring is asked", () => isAsked);
    record.clock.advance(15_000);
    assert.equal((await record.ended()).code, "KEYRING");
    assert(socket.destroyed);
  });

  it("sends nothing when it was ended while the keyring was asked (C32)", async () => {
    const socket = serve();
    let answer: (key: string) => void = () => undefined;
    const record = start(socket, {
      readApiKey: () => new Promise((resolve) => (answer = resolve)),
    });
    await turns();
    await record.attempt.end();
    answer(canaryKey);
    await turns();
    assert.equal(socket.written.length, 0);
    assert.deepEqual(record.ends, []);
  });

  it("reports a port out of range instead of throwing (C37)", async () => {
    const record = new AttemptRecord(70_000);
    assert.equal((await record.ended()).code, "ERR_SOCKET_BAD_PORT");
  });

  it("reports one failure, the first, when several follow (§2.4)", async () => {
    const socket = serve();
    const record = start(socket);
    await record.connected();
    socket.receive(Buffer.from([0xf0, 0]));
    await record.ended();
    socket.emit("error", Object.assign(new Error("late"), { code: "ECONNRESET" }));
    await turns(10);
    assert.deepEqual(
      record.ends.map(({ code }) => code),
      ["EMQTTPROTO"],
    );
  });

  it("says what became of a publish: taken, unknown, not sent (R4, R9)", async () => {
    const taken = start(serve());
    await taken.connected();
    assert.equal(await taken.attempt.publish("a/b", "1"), "acknowledged");
    await taken.attempt.end();
    assert.equal(await taken.attempt.publish("a/b", "2"), "notConnected");

    const socket = serve("puback");
    const silent = start(socket);
    assert.equal(await silent.attempt.publish("a/b", "0"), "notConnected");
    await silent.connected();
    const first = silent.attempt.publish("a/b", "1");
    await turns();
    silent.clock.advance(10_000);
    assert.equal(await first, "unknown");
    const second = silent.attempt.publish("a/b", "2");
    await turns();
    socket.destroy();
    assert.equal(await second, "unknown");
    const sent = Buffer.concat(socket.written).toString("latin1");
    assert.equal(sent.split("a/b").length - 1, 2);
  });

  it("leaves no timer behind, however it ends (R24)", async () => {
    for (const end of [
      (record: AttemptRecord) => void record.attempt.end(),
      (_record: AttemptRecord, socket: MemorySocket) => void socket.destroy(),
      (_record: AttemptRecord, socket: MemorySocket) => {
        socket.receive(Buffer.from([0x00, 0]));
      },
    ]) {
      const socket = serve("puback");
      const record = start(socket);
      await record.connected();
      void record.attempt.publish("a", "b");
      assert(record.clock.pending <= 5, "timers per connection (§5.3)");
      end(record, socket);
      await eventually("no timer", () => record.clock.pending === 0);
      assert(socket.destroyed);
    }
  });

  it("ends within 2 s when the peer takes nothing and closes nothing (R24, L02)", async () => {
    const socket = serve();
    const record = start(socket);
    await record.connected();
    socket._final = () => undefined; // FIN is never answered
    let isEnded = false;
    const ended = record.attempt.end().then(() => (isEnded = true));
    await turns();
    record.clock.advance(1_999);
    await turns();
    assert(!isEnded);
    record.clock.advance(1);
    await ended;
    assert(socket.destroyed);
    await record.attempt.end(); // again: nothing
  });

  it("notices silence even when MQTT.js does not, and a second late look saves a busy process (R8, C30)", async () => {
    const socket = serve();
    const record = start(socket);
    await record.connected();
    record.clock.block(60_000); // no timer ran
    socket.receive(publish("a", "b"));
    await turns();
    record.clock.advance(1_000);
    await turns();
    assert.deepEqual(
      record.ends.filter(({ code }) => code !== "KEEPALIVE"),
      [],
    );
    await record.attempt.end();
  });

  it("keeps reading when the listener of messages throws (R7)", async () => {
    const socket = serve();
    const thrown: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
    try {
      const record = start(socket, {}, () => {
        throw new Error("a listener");
      });
      await record.connected();
      socket.receive(publish("a", "1"));
      socket.receive(publish("a", "2"));
      await eventually("both", () => record.messages.length === 2 && thrown.length === 2);
      assert.deepEqual(record.ends, []);
      await record.attempt.end();
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
  });
});
