/** The queue between socket and model: slices of a turn, order, shedding. Source: reliability §2.6, R23, L08, F02. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { maximumWaiting, maximumWaitingBytes, MessageQueue } from "../../src/mqtt/messageQueue";
import { ManualClock } from "../support/manualClock";

/** Each message takes `cost` milliseconds to be taken in. */
function create(cost: number, onDeliver: (topic: string) => void = () => undefined) {
  const clock = new ManualClock();
  const delivered: string[] = [];
  const shed: number[] = [];
  const queue = new MessageQueue(
    clock,
    (topic, payload) => {
      delivered.push(`${topic} ${Buffer.from(payload).toString()}`);
      clock.block(cost);
      onDeliver(topic);
    },
    (count) => shed.push(count),
  );
  queue.beginTurn();
  const settle = () => {
    while (clock.pending > 0) clock.advance(1);
  };
  return { clock, queue, delivered, shed, settle };
}

describe("message queue", () => {
  it("hands messages over at once when there is time", () => {
    const { queue, delivered, clock } = create(0);
    for (let count = 0; count < 5_000; count++) queue.add("a", Buffer.from(String(count)));
    assert.equal(delivered.length, 5_000);
    assert.equal(clock.pending, 0);
  });

  it("yields after 8 ms and keeps the order (R23)", () => {
    const { queue, delivered, shed, settle } = create(1);
    for (let count = 0; count < 100; count++) queue.add("a", Buffer.from(String(count)));
    assert.equal(delivered.length, 8);
    settle();
    assert.deepEqual(
      delivered,
      Array.from({ length: 100 }, (_, index) => `a ${index}`),
    );
    assert.deepEqual(shed, []);
  });

  it("keeps copies, for the socket uses its memory again", () => {
    const { queue, delivered, settle } = create(8);
    const memory = Buffer.from("1");
    queue.add("a", memory);
    queue.add("a", memory);
    memory.write("2");
    settle();
    assert.deepEqual(delivered, ["a 1", "a 1"]);
  });

  it("sheds and counts what is beyond 2,000 messages, and tells it once (R6, F02)", () => {
    const { queue, delivered, shed, settle } = create(1);
    const total = 5_000;
    for (let count = 0; count < total; count++) queue.add(`device-${count % 10}`, Buffer.from("x"));
    settle();
    assert.equal(delivered.length, 8 + maximumWaiting);
    assert.deepEqual(shed, [total - delivered.length]);
    queue.beginTurn();
    queue.add("a", Buffer.from("again"));
    settle();
    assert.equal(shed.length, 1);
  });

  it("sheds what is beyond 8 MB (R6)", () => {
    const { queue, delivered, shed, settle } = create(8);
    const payload = Buffer.alloc(1024 * 1024);
    for (let count = 0; count < 20; count++) queue.add("a", payload);
    settle();
    assert.equal(delivered.length, 1 + maximumWaitingBytes / payload.length);
    assert.deepEqual(shed, [20 - delivered.length]);
  });

  it("lets no noisy end device hide a join (§2.6)", () => {
    const { queue, delivered, shed, settle } = create(1);
    for (let count = 0; count < 3_000; count++) queue.add("noisy/up", Buffer.from("x"));
    queue.add("quiet/join", Buffer.from("!"));
    settle();
    assert(delivered.includes("quiet/join !"));
    assert.equal(shed.length, 1);
    assert.equal(delivered.length + (shed[0] ?? 0), 3_001);
  });

  it("stops in its slice when it is disposed of (L08)", () => {
    let taken = 0;
    const { clock, queue, delivered, settle } = create(1, () => {
      if (++taken === 12) queue.dispose();
    });
    for (let count = 0; count < 100; count++) queue.add("a", Buffer.from("x"));
    settle();
    queue.add("a", Buffer.from("late"));
    assert.equal(delivered.length, 12);
    assert.equal(clock.pending, 0);
  });

  it("counts what still waits when the connection is gone", () => {
    const { queue, delivered, shed, settle } = create(1);
    for (let count = 0; count < 100; count++) queue.add("a", Buffer.from("x"));
    queue.giveUp();
    settle();
    assert.deepEqual([delivered.length, shed], [8, [92]]);
  });

  it("hands over or counts every message, in order, whatever it costs (property)", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ device: fc.nat(3), burst: fc.nat(900) }), { maxLength: 8 }),
        fc.integer({ min: 0, max: 9 }),
        (bursts, cost) => {
          const { clock, queue, delivered, shed, settle } = create(cost);
          let total = 0;
          for (const { device, burst } of bursts) {
            queue.beginTurn();
            for (let count = 0; count < burst; count++) {
              queue.add(`d${device}`, Buffer.from(String(total++)));
            }
            clock.advance(1);
          }
          settle();
          const numbers = delivered.map((line) => Number(line.split(" ")[1]));
          assert(
            numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)),
          );
          assert.equal(delivered.length + shed.reduce((a, b) => a + b, 0), total);
        },
      ),
      { numRuns: 50 },
    );
  });
});
