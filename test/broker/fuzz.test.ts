/** 60,000 mutated packets through the real filter and the real MQTT.js. Source: reliability M13. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { FuzzResult } from "./fuzzChild";

const total = 60_000;
const children = 4;

describe("mutated packets", () => {
  it("leave nothing uncaught and nothing stuck when there are 60,000 of them (M13)", async function () {
    this.timeout(90_000);
    const share = total / children;
    // The whole series moves with the seed, which the message of a failure prints.
    const seed = Number(process.env.FUZZ_SEED ?? 1);
    const results = await Promise.all(
      Array.from({ length: children }, (_, index) => runChild(seed + index * share, share)),
    );
    for (const result of results) {
      assert.deepEqual(result.uncaught, [], "uncaught, by seed");
      assert.deepEqual(result.stuck, [], "stuck, by seed");
    }
    const sum = (read: (result: FuzzResult) => number) =>
      results.map(read).reduce((a, b) => a + b, 0);
    assert.equal(
      sum((result) => result.messages + result.closes + result.timers),
      total,
    );
    // All three endings were really met.
    assert(sum((result) => result.messages) > 1000);
    assert(sum((result) => result.closes) > 1000);
    assert(sum((result) => result.timers) > 100);
  });
});

async function runChild(firstSeed: number, count: number): Promise<FuzzResult> {
  const file = path.join(__dirname, "fuzzChild.js");
  const { stdout } = await promisify(execFile)(process.execPath, [
    file,
    String(firstSeed),
    String(count),
  ]);
  return JSON.parse(stdout) as FuzzResult;
}
