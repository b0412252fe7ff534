/** The filter between socket and MQTT.js, on a socket in memory. Source: reliability R6, §2.7. */
import assert from "node:assert/strict";
import { FramingError, FramingFilter, StallError } from "../../src/mqtt/framingFilter";
import { maximumPacket } from "../../src/mqtt/framing";
import { turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { MemorySocket } from "../support/memorySocket";
import { connack, pingresp, publish, suback } from "../support/packets";
import { cpuTime, isQuick } from "../support/cpuTime";

function create() {
  const clock = new ManualClock();
  const socket = new MemorySocket();
  const topics: string[] = [];
  const errors: Error[] = [];
  let alive = 0;
  const filter = new FramingFilter(
    socket,
    clock,
    ({ topic, payload }) => topics.push(`${topic} ${payload.length}`),
    () => alive++,
  );
  const passed: Buffer[] = [];
  filter.on("data", (bytes: Buffer) => passed.push(bytes));
  filter.on("error", (error) => errors.push(error));
  return {
    clock,
    socket,
    filter,
    topics,
    errors,
    passed: () => Buffer.concat(passed),
    alive: () => alive,
  };
}

describe("framing filter", () => {
  it("hands messages to us and only control packets to MQTT.js", async () => {
    const { socket, topics, passed } = create();
    socket.receive(Buffer.concat([connack(), publish("a/b", "xyz"), suback(1, 0), pingresp]));
    await turns();
    assert.deepEqual(topics, ["a/b 3"]);
    assert.deepEqual(passed(), Buffer.concat([connack(), suback(1, 0), pingresp]));
  });

  it("gives the same messages when each byte comes alone (M11)", async () => {
    const { socket, topics, passed, alive } = create();
    const bytes = Buffer.concat([connack(), publish("a/b", "xyz"), pingresp, publish("c", "")]);
    for (const byte of bytes) socket.receive(Buffer.from([byte]));
    await turns();
    assert.deepEqual(topics, ["a/b 3", "c 0"]);
    assert.deepEqual(passed(), Buffer.concat([connack(), pingresp]));
    assert.equal(alive(), bytes.length);
  });

  it("gives 500 messages when they come in one piece (M11)", async () => {
    const { socket, topics } = create();
    const packets = Array.from({ length: 500 }, (_, index) => publish(`t/${index}`, "x"));
    socket.receive(Buffer.concat([connack(), ...packets]));
    await turns();
    assert.deepEqual(
      topics,
      packets.map((_, index) => `t/${index} 1`),
    );
  });

  it("joins the largest packet in linear time when it comes in thousands of pieces (R6)", async () => {
    const { socket, topics } = create();
    const packet = publish("a", Buffer.alloc(maximumPacket - 3));
    socket.receive(connack());
    const start = cpuTime();
    for (let at = 0; at < packet.length; at += 32) socket.receive(packet.subarray(at, at + 32));
    socket.receive(publish("b", "1"));
    await turns();
    assert.deepEqual(topics, [`a ${maximumPacket - 3}`, "b 1"]);
    assert.ok(isQuick(start, 3000));
  });

  it("closes with EMQTTPROTO when the server sends what is not MQTT (R6)", async () => {
    const { socket, errors, filter } = create();
    socket.receive(Buffer.from("HTTP/1.1 400 Bad Request\r\n"));
    await turns();
    assert(errors[0] instanceof FramingError);
    assert.equal(errors[0].code, "EMQTTPROTO");
    assert(filter.destroyed && socket.destroyed);
  });

  it("closes on the header alone when 200 MB are announced (M05)", async () => {
    const { socket, errors } = create();
    const before = process.memoryUsage().rss;
    socket.receive(Buffer.concat([connack(), Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f])]));
    await turns();
    assert.match(String(errors[0]), /200000000 bytes|a packet of/);
    assert(process.memoryUsage().rss - before < 5_000_000);
  });

  it("waits for a packet as long as it goes on, and ends a stall after 10 s (C06)", async () => {
    const { clock, socket, errors } = create();
    socket.receive(Buffer.concat([connack(), Buffer.from([0x30, 200, 1])]));
    for (let piece = 0; piece < 30; piece++) {
      await turns(1);
      clock.advance(9_000);
      socket.receive(Buffer.from([0]));
    }
    await turns();
    assert.equal(errors.length, 0);
    clock.advance(9_999);
    await turns();
    assert.equal(errors.length, 0);
    clock.advance(1);
    await turns();
    assert(errors[0] instanceof StallError);
    assert.equal(errors[0].code, "STALLED");
  });

  it("does not take a blocked event loop for a stall (C30)", async () => {
    const { clock, socket, errors, topics } = create();
    socket.receive(Buffer.concat([connack(), publish("a", "b").subarray(0, 3)]));
    await turns();
    clock.block(30_000);
    clock.advance(0); // the timers run before what has arrived is read
    socket.receive(publish("a", "b").subarray(3));
    await turns();
    clock.advance(60_000);
    await turns();
    assert.deepEqual(errors, []);
    assert.deepEqual(topics, ["a 1"]);
  });

  it("answers MQTT.js's ping itself while a packet is under way, and sends it on", async () => {
    const { socket, filter, passed } = create();
    const pingreq = Buffer.from([0xc0, 0]);
    socket.receive(connack());
    await turns();
    filter.write(pingreq);
    await turns();
    assert.deepEqual(passed(), connack());
    socket.receive(publish("a", "b").subarray(0, 4));
    await turns();
    filter.write(pingreq);
    await turns();
    assert.deepEqual(passed(), Buffer.concat([connack(), pingresp]));
    assert.deepEqual(socket.written, [pingreq, pingreq]);
  });

  it("keeps no timer when packets are complete or the filter is closed", async () => {
    const { clock, socket, filter } = create();
    socket.receive(connack());
    socket.receive(publish("a", "b").subarray(0, 3));
    await turns();
    assert.equal(clock.pending, 1);
    socket.receive(publish("a", "b").subarray(3));
    await turns();
    assert.equal(clock.pending, 0);
    socket.receive(Buffer.from([0x30]));
    await turns();
    filter.destroy();
    assert.equal(clock.pending, 0);
  });

  it("hands over nothing more when a listener closed it in the middle of a piece", async () => {
    const { socket, filter, topics } = create();
    filter.on("data", () => filter.destroy());
    socket.receive(Buffer.concat([connack(), publish("a", "1")]));
    await turns();
    socket.receive(publish("a", "2"));
    await turns();
    assert(topics.length <= 1);
  });
});
