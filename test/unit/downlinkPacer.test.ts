import assert from "node:assert/strict";
import { DownlinkPacer, maximumWaiting, type NoTurn } from "../../src/connections/downlinkPacer";
import type { PacerWait } from "../../src/model/downlinkTurn";
import type { Disposable } from "../../src/util/emitter";
import { waitText } from "../../src/views/downlink/waitText";
import { turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";

/** One that asked for a turn, and what it was told. */
interface Asked {
  turn: Disposable | NoTurn | undefined;
  readonly waits: PacerWait[];
  readonly cancelling: AbortController;
}

class Bench {
  readonly clock = new ManualClock();
  perMinute = 10;
  readonly pacer = new DownlinkPacer(this.clock, () => this.perMinute);

  ask(deviceId: string, key = "app"): Asked {
    const asked: Asked = { turn: undefined, waits: [], cancelling: new AbortController() };
    const { signal } = asked.cancelling;
    const onWait = (wait: PacerWait) => asked.waits.push(wait);
    void this.pacer.turn(key, deviceId, { onWait, signal }).then((turn) => (asked.turn = turn));
    return asked;
  }

  askMany(count: number): readonly Asked[] {
    return Array.from({ length: count }, (_, index) => this.ask(`dev-${index}`));
  }

  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await turns(3);
  }

  textOf({ waits }: Asked): string {
    const wait = waits.at(-1);
    assert.ok(wait);
    return waitText(wait, this.clock.now());
  }
}

const hasTurn = ({ turn }: Asked) => typeof turn === "object";
const end = ({ turn }: Asked) => typeof turn === "object" && turn.dispose();

describe("The pacer of downlinks", () => {
  it("lets the first ten of a minute go at once, and tells the eleventh how long it waits", async () => {
    const bench = new Bench();
    const asked = bench.askMany(11);
    await turns(3);
    assert.equal(asked.filter(hasTurn).length, 10);
    const last = asked.at(-1);
    assert.ok(last);
    await bench.advance(56_000);
    assert.equal(bench.textOf(last), "Waits 4 s: at most 10 a minute.");
    await bench.advance(3_999);
    assert.equal(hasTurn(last), false);
    await bench.advance(1);
    assert.equal(hasTurn(last), true);
  });

  it("never begins more than the limit within any minute", async () => {
    const bench = new Bench();
    bench.perMinute = 3;
    const starts: number[] = [];
    const ask = (index: number) =>
      bench.pacer.turn("app", `dev-${index}`).then((turn) => {
        starts.push(bench.clock.monotonic());
        if (typeof turn === "object") turn.dispose();
      });
    void ask(0);
    await turns(3);
    await bench.advance(25_000);
    for (let index = 1; index < 12; index++) void ask(index);
    await turns(3);
    for (let second = 0; second < 300; second++) await bench.advance(1_000);
    assert.equal(starts.length, 12);
    for (const [index, start] of starts.entries()) {
      assert.ok(start - (starts[index - 3] ?? -Infinity) >= 60_000, `start ${index}`);
    }
  });

  it("keeps one in flight per end device, and lets others pass meanwhile", async () => {
    const bench = new Bench();
    const first = bench.ask("pump-1");
    const second = bench.ask("pump-1");
    const third = bench.ask("pump-1");
    const other = bench.ask("pump-2");
    await turns(3);
    assert.deepEqual([first, second, third, other].map(hasTurn), [true, false, false, true]);
    assert.equal(bench.textOf(second), "Waits for the server to take the one before it.");
    end(first);
    end(first);
    await turns(3);
    assert.deepEqual([second, third].map(hasTurn), [true, false]);
    end(second);
    await turns(3);
    assert.equal(hasTurn(third), true);
  });

  it("counts each application by itself", async () => {
    const bench = new Bench();
    bench.perMinute = 1;
    const asked = [bench.ask("dev", "one"), bench.ask("dev", "two"), bench.ask("dev-2", "one")];
    await turns(3);
    assert.deepEqual(asked.map(hasTurn), [true, true, false]);
  });

  it("lets the next one up when one is cancelled, and says so to that one alone", async () => {
    const bench = new Bench();
    bench.perMinute = 1;
    const [, second, third] = bench.askMany(3);
    assert.ok(second && third);
    await turns(3);
    assert.equal(bench.textOf(third), "Waits 2 min: at most 1 a minute.");
    second.cancelling.abort();
    await turns(3);
    assert.equal(second.turn, "cancelled");
    assert.equal(bench.textOf(third), "Waits 60 s: at most 1 a minute.");
    await bench.advance(60_000);
    assert.equal(hasTurn(third), true);
    third.cancelling.abort();
    const late = new AbortController();
    late.abort();
    assert.equal(await bench.pacer.turn("app", "dev", { signal: late.signal }), "cancelled");
  });

  it("R9 drops with the connection all that wait, and still remembers what was sent", async () => {
    const bench = new Bench();
    const asked = bench.askMany(12);
    await turns(3);
    bench.pacer.drop("app");
    await turns(3);
    assert.deepEqual(
      asked.slice(10).map(({ turn }) => turn),
      ["dropped", "dropped"],
    );
    assert.equal(bench.clock.pending, 0);
    const next = bench.ask("dev-20");
    await turns(3);
    assert.equal(hasTurn(next), false);
    await bench.advance(60_000);
    assert.equal(hasTurn(next), true);
  });

  it("keeps no more than its cap waiting", async () => {
    const bench = new Bench();
    const asked = bench.askMany(10 + maximumWaiting + 1);
    await turns(3);
    assert.equal(asked.at(-1)?.turn, "full");
    assert.equal(asked.at(-2)?.turn, undefined);
    assert.equal(bench.clock.pending, 1);
    bench.pacer.dispose();
    await turns(3);
    assert.equal(asked.at(-2)?.turn, "dropped");
    assert.equal(bench.clock.pending, 0);
  });

  it("takes a changed limit for the next one", async () => {
    const bench = new Bench();
    bench.perMinute = 1;
    bench.askMany(2);
    bench.perMinute = 60;
    const third = bench.ask("dev-9");
    await turns(3);
    assert.equal(hasTurn(third), true);
  });
});
