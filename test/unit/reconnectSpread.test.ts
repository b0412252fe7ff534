/** Many applications lost at once come back one after the other, as those that people start do. Source: reliability F09. */
import assert from "node:assert/strict";
import { Connections } from "../../src/connections/connections";
import { Model } from "../../src/model/model";
import type { AttemptListener } from "../../src/mqtt/attempt";
import { applicationKey } from "../../src/stack/applicationSettings";
import { turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";

const count = 50;

/** Fifty connected applications whose attempts the test ends; when each attempt began, in monotonic time. */
async function connectAll() {
  const clock = new ManualClock();
  const model = new Model({ maximumMessages: 1_000, maximumBytes: 1_000_000 });
  const settings = Array.from({ length: count }, (_, index) => ({
    ...{ application: `app-${index}@ttn`, host: "eu1.example.com", port: 8883 },
    security: "tls" as const,
  }));
  let seed = 1;
  const listeners: AttemptListener[] = [];
  const begins: number[] = [];
  const connections = new Connections(model, {
    clock,
    random: () => ((seed = (seed * 48_271) % 2_147_483_647) - 1) / 2_147_483_646,
    readApiKey: () => Promise.resolve("key"),
    readCaFile: () => Promise.reject(new Error("none")),
    isPlaintextAllowed: () => false,
    log: () => undefined,
    startAttempt: (_options, listener) => {
      begins.push(clock.monotonic());
      listeners.push(listener);
      listener.onConnected();
      return Promise.resolve({
        publish: () => Promise.resolve("acknowledged" as const),
        end: () => Promise.resolve(),
      });
    },
  });
  model.setApplications(settings);
  for (const each of settings) connections.connect(applicationKey(each));
  const pass = async (seconds: number) => {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      clock.advance(100);
      await turns(1);
    }
  };
  await pass(15);
  assert.equal(begins.splice(0).length, count);
  return { clock, connections, begins, lost: listeners.splice(0), pass };
}

/** The most that began in any one second. */
function mostInASecond(begins: readonly number[]): number {
  return Math.max(...begins.map((at) => begins.filter((b) => b >= at && b < at + 1_000).length));
}

function isSpread(begins: readonly number[]): void {
  assert.equal(begins.length, count);
  const span = Math.max(...begins) - Math.min(...begins);
  assert.ok(span >= 8_000 && span <= 15_000, `${span} ms`);
  assert.ok(mostInASecond(begins) <= 10, `${mostInASecond(begins)} in a second`);
}

describe("Coming back", () => {
  it("is spread when a server drops all applications at once (F09)", async () => {
    const { connections, begins, lost, pass } = await connectAll();
    for (const listener of lost) listener.onEnd("connected", "CLOSED", "");
    await pass(20);
    isSpread(begins);
    await connections.close();
  });

  it("is spread when the machine wakes (F09, R8)", async () => {
    const { clock, connections, begins, pass } = await connectAll();
    clock.jumpWall(3_600_000);
    await pass(25);
    isSpread(begins);
    await connections.close();
  });

  it("is as quick as ever for one application (F09)", async () => {
    const { connections, begins, lost, pass } = await connectAll();
    lost[0]?.onEnd("connected", "CLOSED", "");
    await pass(2);
    assert.equal(begins.length, 1);
    await connections.close();
  });
});
