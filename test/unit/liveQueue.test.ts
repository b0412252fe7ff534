import assert from "node:assert/strict";
import {
  batchSize,
  gatherTime,
  LiveQueue,
  maximumQueued,
} from "../../src/formatters/workbench/liveQueue";
import {
  FrameWindow,
  maximumOfOneFormatter,
  maximumOfOnePort,
} from "../../src/formatters/workbench/frameWindow";
import { ManualClock } from "../support/manualClock";

/** A queue whose batches end when the test says so. */
function queueOf() {
  const clock = new ManualClock();
  const batches: (readonly number[])[] = [];
  const shed: number[] = [];
  let end = () => undefined as unknown;
  const queue = new LiveQueue<number>(
    clock,
    (batch) => {
      batches.push(batch);
      return new Promise<void>((resolve) => (end = resolve));
    },
    (item) => shed.push(item),
  );
  const finish = async () => {
    end();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, queue, batches, shed, finish };
}

describe("LiveQueue", () => {
  it("does nothing in the turn of the message, and gathers what comes together", () => {
    const { clock, queue, batches } = queueOf();
    [1, 2, 3].forEach((item) => queue.add(item));
    assert.deepEqual(batches, []);
    clock.advance(gatherTime);
    assert.deepEqual(batches, [[1, 2, 3]]);
  });

  it("runs one batch at a time, each no larger than its cap", async () => {
    const { clock, queue, batches, finish } = queueOf();
    for (let item = 0; item < batchSize + 10; item++) queue.add(item);
    clock.advance(gatherTime);
    clock.advance(10_000);
    assert.equal(batches.length, 1);
    assert.equal(batches[0]?.length, batchSize);
    await finish();
    clock.advance(gatherTime);
    assert.equal(batches[1]?.length, 10);
  });

  it("R23 sheds the oldest when the sandbox hangs, counts them and holds no more than its cap", () => {
    const { clock, queue, shed } = queueOf();
    queue.add(-1);
    clock.advance(gatherTime);
    for (let item = 0; item < maximumQueued + 100; item++) queue.add(item);
    assert.equal(queue.size, maximumQueued);
    assert.deepEqual(
      shed,
      Array.from({ length: 100 }, (_, item) => item),
    );
  });

  it("keeps no timer and starts nothing once disposed of", async () => {
    const { clock, queue, batches, finish } = queueOf();
    queue.add(1);
    clock.advance(gatherTime);
    queue.add(2);
    queue.dispose();
    await finish();
    queue.add(3);
    assert.equal(clock.pending, 0);
    assert.equal(batches.length, 1);
  });
});

describe("FrameWindow", () => {
  it("keeps the latest of each end device and FPort, in whatever order they are found", () => {
    const window = new FrameWindow();
    for (let id = maximumOfOnePort + 20; id >= 1; id--) window.add(id, "a 2");
    window.add(1_000, "a 3");
    const ids = window.ids();
    assert.equal(ids.length, maximumOfOnePort + 1);
    assert.equal(ids[0], 21);
    assert.equal(ids.at(-1), 1_000);
  });

  it("keeps no more than its cap in all; the oldest of all makes room", () => {
    const window = new FrameWindow();
    const dropped: number[] = [];
    for (let id = 1; id <= maximumOfOneFormatter + 5; id++)
      dropped.push(...window.add(id, `device-${id}`));
    assert.deepEqual(dropped, [1, 2, 3, 4, 5]);
    assert.equal(window.ids().length, maximumOfOneFormatter);
  });

  it("takes a frame once", () => {
    const window = new FrameWindow();
    window.add(7, "a 2");
    window.add(7, "a 2");
    assert.deepEqual(window.ids(), [7]);
  });
});
