import assert from "node:assert/strict";
import { Coalescer } from "../../src/util/coalesce";
import { ManualClock } from "../support/manualClock";

function coalescer() {
  const clock = new ManualClock();
  const start = clock.monotonic();
  const delivered: (readonly [at: number, values: readonly string[]])[] = [];
  const collected = new Coalescer<string>(clock, 500, (values) =>
    delivered.push([clock.monotonic() - start, [...values]]),
  );
  return { clock, delivered, collected };
}

describe("Coalescer", () => {
  it("delivers the first at once and what follows together, each value once", () => {
    const { clock, delivered, collected } = coalescer();
    collected.add("a");
    clock.advance(0);
    collected.add("b");
    clock.advance(100);
    collected.add("c");
    collected.add("b");
    clock.advance(1_000);
    assert.deepEqual(delivered, [
      [0, ["a"]],
      [500, ["b", "c"]],
    ]);
  });

  it("delivers at once when it was quiet for longer than the interval", () => {
    const { clock, delivered, collected } = coalescer();
    collected.add("a");
    clock.advance(2_000);
    collected.add("b");
    clock.advance(0);
    assert.deepEqual(
      delivered.map(([at]) => at),
      [0, 2_000],
    );
  });

  it("delivers at most twice a second when values never stop, and stands still without them", () => {
    const { clock, delivered, collected } = coalescer();
    for (let step = 0; step < 1_000; step++) {
      collected.add(`${step}`);
      clock.advance(10);
    }
    assert.ok(delivered.length <= 21, `${delivered.length}`);
    clock.advance(500);
    assert.equal(delivered.flatMap(([, values]) => values).length, 1_000);
    assert.equal(clock.pending, 0);
  });

  it("keeps to its interval when wall time jumps", () => {
    const { clock, delivered, collected } = coalescer();
    collected.add("a");
    clock.advance(0);
    clock.jumpWall(-3_600_000);
    collected.add("b");
    clock.advance(500);
    assert.equal(delivered.length, 2);
  });

  it("L08 delivers nothing more when it was disposed of", () => {
    const { clock, delivered, collected } = coalescer();
    collected.add("a");
    collected.dispose();
    collected.add("b");
    clock.advance(1_000);
    assert.deepEqual(delivered, []);
    assert.equal(clock.pending, 0);
  });

  it("goes on when its receiver adds or throws", () => {
    const clock = new ManualClock();
    let count = 0;
    const collected = new Coalescer<string>(clock, 500, () => {
      if (++count < 3) collected.add("again");
      if (count === 1) throw new Error("broken");
    });
    collected.add("a");
    assert.throws(() => clock.advance(0));
    clock.advance(5_000);
    assert.equal(count, 3);
  });
});
