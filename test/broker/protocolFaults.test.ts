/** What a server sends although MQTT 3.1.1 forbids it, through a real socket. Source: reliability §6.2. */
import assert from "node:assert/strict";
import { eventually, turns, within } from "../support/conditions";
import { FaultProxy } from "../support/faultProxy";
import { handles, noMoreThan, type Handles } from "../support/leakCheck";
import { connack, pingresp, puback, publish } from "../support/packets";
import {
  acceptAll,
  acceptLogin,
  expectConnect,
  ScriptedBroker,
  serveAll,
  type Step,
} from "../support/scriptedBroker";
import { addressOf, closeSupervisors, SupervisorRecord } from "../support/wire";

describe("protocol faults", () => {
  let atStart: Handles;
  const closers: (() => Promise<unknown>)[] = [];
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);

  beforeEach(() => {
    atStart = handles();
    process.on("uncaughtExceptionMonitor", note);
  });
  afterEach(async () => {
    await within(3_000, closeSupervisors());
    for (const close of closers.splice(0)) await close();
    await noMoreThan(atStart);
    process.off("uncaughtExceptionMonitor", note);
    assert.deepEqual(uncaught.splice(0), []);
  });

  async function start(script: readonly Step[]) {
    const server = await ScriptedBroker.start({ script });
    closers.push(() => server.stop());
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    return { server, record };
  }

  /** The connection is closed with EMQTTPROTO and tried again. */
  async function isClosed(record: SupervisorRecord, server: ScriptedBroker): Promise<void> {
    const { failure } = await record.phase("waiting");
    assert.deepEqual([failure.code, failure.class], ["EMQTTPROTO", "retry"]);
    await (await server.connection(0)).closed();
    assert.equal(record.attempts, 1);
  }

  const atLogin: readonly [name: string, bytes: Buffer][] = [
    ["PUBLISH comes before CONNACK (M01)", publish("v3/a/devices/b/up", "{}")],
    ["CONNACK has flags (M03)", Buffer.from([0x21, 2, 0, 0])],
    ["CONNACK has three bytes (M03)", Buffer.from([0x20, 3, 0, 0, 0])],
    ["CONNACK says session-present 2 (M03)", Buffer.from([0x20, 2, 2, 0])],
    ["the server speaks HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["the server greets as SSH does", Buffer.from("SSH-2.0-OpenSSH_9.6\r\n")],
  ];
  for (const [name, bytes] of atLogin) {
    it(`closes when ${name}`, async () => {
      const { server, record } = await start([expectConnect, { send: bytes }]);
      await isClosed(record, server);
      assert(!record.phases.includes("connected"));
    });
  }

  const greetings: readonly [bytes: string | readonly number[], name: string][] = [
    ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "HTTP"],
    ["HTTP/1.0 426 Upgrade Required\r\n\r\n", "HTTP"],
    ["<html>\r\n<head><title>400 Bad Request</title></head>", "a web page"],
    ["<!DOCTYPE html><p>no", "a web page"],
    ["SSH-2.0-OpenSSH_9.6\r\n", "SSH"],
    ["220 mail.example.com ESMTP Postfix\r\n", "the greeting of a mail or FTP server"],
    ["220 (vsFTPd 3.0.5)\r\n", "the greeting of a mail or FTP server"],
    ["421 4.7.0 try later\r\n", "the greeting of a mail or FTP server"],
    ["+OK ready\r\n", "POP3 or Redis"],
    ["-ERR unknown command\r\n", "POP3 or Redis"],
    ["* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP"],
    ["RFB 003.008\n", "VNC"],
    ["welcome to the machine\r\n", "text"],
    ["hi\r\n", "text"],
    [[0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 128], "HTTP/2"],
    [[0xff, 0xfd, 0x18, 0xff, 0xfd, 0x20], "Telnet"],
    [[0x4a, 0, 0, 0, 10, 0x38, 0x2e, 0x30], "MySQL"],
  ];
  for (const [greeting, name] of greetings) {
    const bytes = typeof greeting === "string" ? Buffer.from(greeting) : Buffer.from(greeting);
    for (const slice of [bytes.length, 1]) {
      it(`says that ${JSON.stringify(greeting)} is ${name}, not MQTT, in pieces of ${slice} (C39)`, async () => {
        const server = await ScriptedBroker.start({ script: [expectConnect, { send: bytes }] });
        const proxy = await FaultProxy.start(server.port, { slice });
        closers.push(
          () => proxy.stop(),
          () => server.stop(),
        );
        const record = new SupervisorRecord(addressOf(proxy.port));
        record.supervisor.connect();
        const { failure } = await record.phase("waiting");
        assert.equal(failure.code, "EMQTTPROTO");
        assert.equal(failure.reason, `the server sent ${name}, not MQTT`);
        assert.match(failure.advice, /not MQTT.*host and port/);
        assert.doesNotMatch(failure.advice, /choose TLS/);
      });
    }
  }

  it("says so, too, when a short greeting is all and the server closes (C39)", async () => {
    for (const script of [
      [expectConnect, { send: Buffer.from("N") }, "close"],
      [expectConnect, { send: Buffer.from([0xef, 0xbb]) }, "close"],
    ] as const) {
      const { record } = await start(script);
      const { failure } = await record.phase("waiting");
      assert.equal(failure.code, "EMQTTPROTO");
      assert.match(failure.reason, /not MQTT/);
    }
  });

  it("asks for TLS when a TLS server answers a plain client (C39, C20)", async () => {
    const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46]);
    const { record } = await start([expectConnect, { send: alert }]);
    const { failure } = await record.phase("waiting");
    assert.match(failure.reason, /TLS/);
    assert.match(failure.advice, /expect TLS\? Then choose TLS/);
  });

  it("closes when a second CONNACK comes, and connects once (M02)", async () => {
    const { server, record } = await start([...acceptLogin, { send: connack() }, "ignore"]);
    await isClosed(record, server);
    assert((await server.connection(0)).count("subscribe") <= 1);
  });

  const whileConnected: readonly [name: string, bytes: Buffer][] = [
    ["200 MB are announced (M05)", Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f])],
    ["a topic is longer than its packet (M07)", Buffer.from([0x30, 5, 0, 9, 97, 98, 99])],
    ["a topic is empty (M07)", Buffer.from([0x30, 5, 0, 0, 97, 98, 99])],
    ["a topic holds # (T04)", publish("v3/a/b", "x").fill("#", 6, 7)],
    ["a topic holds + (T04)", publish("v3/a/b", "x").fill("+", 6, 7)],
    ["a topic holds NUL (T04)", publish("v3/a/b", "x").fill(0, 6, 7)],
    ["PUBLISH has QoS 1 (M08)", Buffer.from([0x32, 6, 0, 1, 97, 0, 1, 120])],
    ["PUBLISH has QoS 2 (M08)", Buffer.from([0x34, 6, 0, 1, 97, 0, 1, 120])],
    ["PUBLISH has QoS 3 (M08)", Buffer.from([0x36, 6, 0, 1, 97, 0, 1, 120])],
    ["PUBLISH has DUP (M08)", Buffer.from([0x38, 4, 0, 1, 97, 120])],
    ["PINGRESP has a body (M10)", Buffer.from([0xd0, 1, 0])],
    ["PUBACK is for id 0 (M09)", puback(0)],
    ["PUBREC comes (M09)", Buffer.from([0x50, 2, 0, 1])],
    ["PUBREL comes (M09)", Buffer.from([0x62, 2, 0, 1])],
    ["PUBCOMP comes (M09)", Buffer.from([0x70, 2, 0, 1])],
    ["CONNECT comes (M09)", Buffer.from([0x10, 2, 0, 0])],
    ["SUBSCRIBE comes (M09)", Buffer.from([0x82, 2, 0, 1])],
    ["AUTH comes (M09)", Buffer.from([0xf0, 2, 0, 0])],
  ];
  for (const [name, bytes] of whileConnected) {
    it(`closes when ${name}`, async () => {
      const { server, record } = await start(acceptAll);
      await record.phase("connected");
      const connection = await server.connection(0);
      connection.send(publish("v3/a/devices/b/up", "good"), bytes, publish("v3/c", "never"));
      await isClosed(record, server);
      assert.deepEqual(
        record.messages.map(({ text }) => text),
        ["good"],
      );
    });
  }

  it("closes, without exception, on acknowledgements of every wrong length (M09)", async () => {
    for (const type of [0x40, 0x90, 0xb0]) {
      for (let length = 0; length <= 5; length++) {
        if (length === (type === 0x90 ? 3 : 2)) continue;
        const { server, record } = await start(acceptAll);
        await record.phase("connected");
        const connection = await server.connection(0);
        connection.send(Buffer.from([type, length, ...new Array<number>(length).fill(1)]));
        await isClosed(record, server);
      }
    }
  });

  it("ignores acknowledgements of unknown ids and pings nobody asked for (M09, M10, M17)", async () => {
    const { server, record } = await start(serveAll);
    await record.phase("connected");
    const connection = await server.connection(0);
    connection.send(puback(7), Buffer.from([0xb0, 2, 0, 9]), pingresp, pingresp);
    connection.send(publish("v3/a/devices/b/up", "good"));
    await eventually("the message", () => record.messages.length === 1);
    await turns(20);
    assert.equal(record.state.phase, "connected");
  });

  it("asks when it happens three times in ten minutes (R5)", async () => {
    const { record } = await start([expectConnect, { send: Buffer.from("HTTP/1.1 400\r\n") }]);
    await record.passWait();
    await eventually("the second attempt", () => record.attempts === 2);
    await record.passWait();
    const { failure } = await record.phase("failed");
    assert.deepEqual([failure.code, failure.class], ["EMQTTPROTO", "ask"]);
  });

  it("accepts retained messages (M08)", async () => {
    const { server, record } = await start(serveAll);
    await record.phase("connected");
    (await server.connection(0)).send(publish("v3/a/devices/b/up", "kept", true));
    await eventually("the message", () => record.messages.length === 1);
  });

  it("hears the same messages in the same order when each byte has its own segment (M11)", async () => {
    const server = await ScriptedBroker.start({ script: serveAll });
    const proxy = await FaultProxy.start(server.port, { slice: 1 });
    closers.push(
      () => proxy.stop(),
      () => server.stop(),
    );
    const record = new SupervisorRecord(addressOf(proxy.port));
    record.supervisor.connect();
    await record.phase("connected");
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    (await server.connection(0)).send(...texts.map((text) => publish("v3/a/devices/b/up", text)));
    await eventually("all messages", () => record.messages.length === texts.length);
    assert.deepEqual(
      record.messages.map(({ text }) => text),
      texts,
    );
  });

  it("hears 500 messages in order when they come in one segment (M11)", async () => {
    const { server, record } = await start(serveAll);
    await record.phase("connected");
    const texts = Array.from({ length: 500 }, (_, index) => String(index));
    (await server.connection(0)).send(...texts.map((text) => publish("v3/a/devices/b/up", text)));
    await eventually("all messages", () => record.messages.length === texts.length);
    assert.deepEqual(
      record.messages.map(({ text }) => text),
      texts,
    );
  });

  for (const [name, faults] of [
    ["late", { latency: 20 }],
    ["narrow", { bandwidth: 20_000, slice: 50 }],
  ] as const) {
    it(`works over a line that is ${name}`, async () => {
      const server = await ScriptedBroker.start({ script: serveAll });
      const proxy = await FaultProxy.start(server.port, faults);
      closers.push(
        () => proxy.stop(),
        () => server.stop(),
      );
      const record = new SupervisorRecord(addressOf(proxy.port));
      record.supervisor.connect();
      await record.phase("connected");
      const topic = "v3/a/devices/b/down/push";
      assert.equal(await record.supervisor.publish(topic, "{}"), "acknowledged");
    });
  }

  it("waits and comes back when the line is cut in the middle of a message, or closes slowly", async () => {
    const server = await ScriptedBroker.start({ script: serveAll });
    const proxy = await FaultProxy.start(server.port, { slowClose: 30 });
    closers.push(
      () => proxy.stop(),
      () => server.stop(),
    );
    const record = new SupervisorRecord(addressOf(proxy.port));
    record.supervisor.connect();
    await record.phase("connected");
    proxy.faults = { cutAfter: 20 };
    (await server.connection(0)).send(publish("v3/a/devices/b/up", "x".repeat(100)));
    await record.phase("waiting");
    assert.deepEqual(record.messages, []);
    proxy.faults = {};
    await record.passWait();
    await record.phase("connected");
    proxy.reset();
    await record.phase("waiting");
  });
});
