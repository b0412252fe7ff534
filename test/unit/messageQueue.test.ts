/** The queue between wire and decode: nothing waits at normal load, nothing is lost uncounted under a flood. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  maximumWaiting,
  maximumWaitingBytes,
  MessageQueue,
  reportInterval,
  sliceLength,
} from "../../src/connections/messageQueue";
import { ManualClock } from "../support/manualClock";

const key = "eu1.cloud.thethings.network:8883/soil-lab@ttn";
const small = new Uint8Array(100);

function up(device: string | number): string {
  return `v3/soil-lab@ttn/devices/probe-${device}/up`;
}

/** A queue whose turns are run by the test, and whose messages take as long as the test says. */
class QueueRecord {
  readonly clock = new ManualClock();
  readonly handled: string[] = [];
  readonly payloads: Uint8Array[] = [];
  readonly shed: (readonly [key: string, count: number])[] = [];
  /** Milliseconds that each message takes. */
  cost = 0;
  onHandle: () => void = () => undefined;
  private turn: (() => void) | undefined;
  readonly queue = new MessageQueue({
    clock: this.clock,
    handle: (_key, topic, payload) => {
      this.handled.push(topic);
      this.payloads.push(payload);
      this.clock.block(this.cost);
      this.onHandle();
    },
    onShed: (shedKey, count) => this.shed.push([shedKey, count]),
    nextTurn: (callback) => {
      this.turn = callback;
      return {
        dispose: () => {
          if (this.turn === callback) this.turn = undefined;
        },
      };
    },
  });

  get isTurnPlanned(): boolean {
    return this.turn !== undefined;
  }

  /** Runs the next turn; returns how many messages it handled. */
  runTurn(): number {
    const before = this.handled.length;
    const { turn } = this;
    this.turn = undefined;
    turn?.();
    return this.handled.length - before;
  }

  /** Uses the turn's slice up, so that everything that follows has to wait. */
  block(): void {
    this.cost = sliceLength;
    this.queue.add(key, up("blocker"), small);
    this.handled.length = 0;
  }

  drain(): void {
    this.cost = 0;
    while (this.isTurnPlanned) this.runTurn();
  }

  get shedCount(): number {
    return this.shed.reduce((sum, [, count]) => sum + count, 0);
  }
}

describe("message queue", () => {
  it("handles messages at once and without a copy while the turn has time", () => {
    const record = new QueueRecord();
    record.queue.add(key, up(1), small);
    record.queue.add(key, up(2), small);
    assert.deepEqual(record.handled, [up(1), up(2)]);
    assert.equal(record.payloads[0], small);
    assert.equal(record.queue.size, 0);
  });

  it("R23: copies what has to wait and handles it in slices of 8 ms, in order", () => {
    const record = new QueueRecord();
    record.cost = 3;
    const reused = new Uint8Array(4);
    const topics = Array.from({ length: 10 }, (_, index) => up(index));
    topics.forEach((topic, index) => {
      reused.fill(index);
      record.queue.add(key, topic, reused);
    });
    assert.equal(record.handled.length, 3);
    assert.deepEqual([record.queue.size, record.queue.bytes], [7, 28]);
    assert.deepEqual([record.runTurn(), record.runTurn(), record.runTurn()], [3, 3, 1]);
    assert.deepEqual(record.handled, topics);
    assert.deepEqual([...(record.payloads[9] ?? [])], [9, 9, 9, 9]);
    assert.deepEqual([record.queue.size, record.queue.bytes], [0, 0]);
    record.runTurn();
    assert.equal(record.isTurnPlanned, false);
  });

  it("lets no message overtake those that wait", () => {
    const record = new QueueRecord();
    record.block();
    record.queue.add(key, up(1), small);
    record.clock.block(100);
    record.queue.add(key, up(2), small);
    assert.deepEqual(record.handled, []);
    record.drain();
    assert.deepEqual(record.handled, [up(1), up(2)]);
  });

  it("sheds what comes beyond 2,000 waiting messages and tells it once, when it is over", () => {
    const record = new QueueRecord();
    record.block();
    for (let index = 0; index < maximumWaiting + 300; index++) {
      record.queue.add(index % 3 === 0 ? "other" : key, up(index), small);
    }
    assert.equal(record.queue.size, maximumWaiting);
    assert.deepEqual(record.shed, []);
    record.drain();
    assert.equal(record.handled.length, maximumWaiting);
    assert.deepEqual(
      new Map(record.shed),
      new Map([
        [key, 200],
        ["other", 100],
      ]),
    );
    assert.equal(record.clock.pending, 0);
  });

  it("sheds beyond 8 MB waiting", () => {
    const record = new QueueRecord();
    record.block();
    const large = new Uint8Array(1024 * 1024);
    for (let index = 0; index < 12; index++) record.queue.add(key, up(index), large);
    assert.deepEqual([record.queue.size, record.queue.bytes], [8, maximumWaitingBytes]);
    record.drain();
    assert.deepEqual(record.shed, [[key, 4]]);
  });

  it("tells every five seconds while shedding lasts", () => {
    const record = new QueueRecord();
    record.block();
    for (let index = 0; index < maximumWaiting + 5; index++)
      record.queue.add(key, up(index), small);
    record.clock.advance(reportInterval);
    assert.deepEqual(record.shed, [[key, 5]]);
    record.queue.add(key, up("late"), small);
    record.drain();
    assert.deepEqual(record.shed, [[key, 5]]); // not yet: the last note is fresh
    record.clock.advance(reportInterval);
    assert.deepEqual(record.shed, [
      [key, 5],
      [key, 1],
    ]);
  });

  it("sheds a device that fills more than half of the queue before the others", () => {
    const record = new QueueRecord();
    record.block();
    for (let index = 0; index < maximumWaiting; index++) record.queue.add(key, up("noisy"), small);
    for (let index = 0; index < 400; index++) record.queue.add(key, up(index), small);
    record.drain();
    assert.equal(record.handled.filter((topic) => topic === up("noisy")).length, 1_600);
    assert.equal(new Set(record.handled).size, 401);
    assert.deepEqual(record.shed, [[key, 400]]);
  });

  it("sheds joins and news of downlinks last", () => {
    const record = new QueueRecord();
    record.block();
    for (let index = 0; index < maximumWaiting; index++) record.queue.add(key, up(index), small);
    const precious = ["join", "down/queued", "down/failed", "down/ack"].map((suffix) =>
      up("quiet").replace(/up$/, suffix),
    );
    for (const topic of precious) record.queue.add(key, topic, small);
    record.drain();
    assert.deepEqual(record.handled.slice(-4), precious);
    assert.deepEqual(record.shed, [[key, 4]]);
  });

  it("bounds even joins", () => {
    const record = new QueueRecord();
    record.block();
    for (let index = 0; index < maximumWaiting + 50; index++) {
      record.queue.add(key, up(index).replace(/up$/, "join"), small);
    }
    assert.equal(record.queue.size, maximumWaiting);
    record.drain();
    assert.deepEqual(record.shed, [[key, 50]]);
  });

  it("L08: disposal during a drain stops in the slice and leaves no timer", () => {
    const record = new QueueRecord();
    record.block();
    for (let index = 0; index < maximumWaiting + 10; index++)
      record.queue.add(key, up(index), small);
    record.cost = 1;
    record.onHandle = () => {
      if (record.handled.length === 3) record.queue.dispose();
    };
    assert.equal(record.runTurn(), 3);
    record.queue.add(key, up("late"), small);
    assert.deepEqual([record.handled.length, record.queue.size, record.queue.bytes], [3, 0, 0]);
    assert.deepEqual(
      [record.isTurnPlanned, record.clock.pending, record.shed.length],
      [false, 0, 0],
    );
  });

  it("property: received = handled + shed + waiting, order per device kept, caps never exceeded", () => {
    const kinds = ["up", "join", "down/sent"];
    const action = fc.oneof(
      fc.record({
        device: fc.integer({ min: 0, max: 3 }),
        kind: fc.constantFrom(...kinds),
        size: fc.constantFrom(4, 5_000, 300_000, 1_048_576),
        times: fc.constantFrom(1, 10, 900, 1_500),
        cost: fc.constantFrom(0, 0.01, 3, 20),
      }),
      fc.constant("turn" as const),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const record = new QueueRecord();
        const lastOf = new Map<string | undefined, number>();
        record.onHandle = () => {
          const [bytes = small] = record.payloads.splice(0);
          const number = new DataView(bytes.buffer).getUint32(0);
          const device = record.handled.at(-1)?.split("/")[3];
          assert(number > (lastOf.get(device) ?? 0), "order");
          lastOf.set(device, number);
        };
        let received = 0;
        for (const each of actions) {
          if (each === "turn") {
            record.runTurn();
            continue;
          }
          record.cost = each.cost;
          const topic = up(each.device).replace(/up$/, each.kind);
          const payload = new Uint8Array(each.size);
          for (let count = 0; count < each.times; count++) {
            new DataView(payload.buffer).setUint32(0, ++received);
            record.queue.add(key, topic, payload);
            assert(record.queue.size <= maximumWaiting);
            assert(record.queue.bytes <= maximumWaitingBytes);
          }
        }
        const waiting = record.queue.size;
        const before = record.handled.length;
        record.drain();
        record.clock.advance(reportInterval);
        assert.equal(record.handled.length - before, waiting);
        assert.equal(received, record.handled.length + record.shedCount);
        assert.deepEqual([record.queue.size, record.queue.bytes], [0, 0]);
      }),
      { numRuns: 40 },
    );
  });
});
