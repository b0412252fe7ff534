/** The state machine of one connection, with attempts that the test ends as it likes. Source: reliability §2.4, §2.5. */
import assert from "node:assert/strict";
import type { Attempt, AttemptListener, AttemptOptions } from "../../src/mqtt/attempt";
import { Supervisor, TargetError, type SupervisorServices } from "../../src/mqtt/supervisor";
import type { ConnectionState } from "../../src/mqtt/connectionState";
import { turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { addressOf, userName } from "../support/wire";

class FakeAttempt implements Attempt {
  isEnded = false;
  constructor(
    readonly options: AttemptOptions,
    readonly listener: AttemptListener,
  ) {}
  publish(): Promise<"acknowledged"> {
    return Promise.resolve("acknowledged");
  }
  end(): Promise<void> {
    this.isEnded = true;
    return Promise.resolve();
  }
}

class Bench {
  readonly clock = new ManualClock();
  readonly attempts: FakeAttempt[] = [];
  readonly states: ConnectionState[] = [];
  readonly errors: unknown[] = [];
  readonly messages: string[] = [];
  apiKey = "first key";
  readonly supervisor: Supervisor;

  constructor(more: Partial<SupervisorServices> = {}) {
    this.supervisor = new Supervisor({
      clock: this.clock,
      random: () => 0.5,
      startAttempt: (options, listener) => {
        const attempt = new FakeAttempt(options, listener);
        this.attempts.push(attempt);
        return Promise.resolve(attempt);
      },
      readTarget: () => Promise.resolve({ address: addressOf(8883), userName, filters: ["#"] }),
      readApiKey: () => Promise.resolve(this.apiKey),
      onMessage: (topic) => this.messages.push(topic),
      onListenerError: (error) => this.errors.push(error),
      ...more,
    });
    this.supervisor.onDidChangeState((state) => this.states.push(state));
  }

  get state(): ConnectionState {
    return this.supervisor.state;
  }

  /** The attempt that runs now. */
  async current(): Promise<FakeAttempt> {
    await turns();
    const attempt = this.attempts.at(-1);
    assert(attempt && !attempt.isEnded);
    return attempt;
  }

  async connected(): Promise<FakeAttempt> {
    const attempt = await this.current();
    await attempt.options.readApiKey();
    attempt.listener.onConnected();
    return attempt;
  }

  /** Ends the present attempt; milliseconds of the wait that follows, or what came instead. */
  async fail(code: string, phase: "socket" | "login" | "connected" = "login"): Promise<unknown> {
    const attempt = await this.current();
    await attempt.options.readApiKey();
    attempt.listener.onEnd(phase, code, "");
    await turns();
    const { state } = this;
    return state.phase === "waiting" ? state.until - this.clock.now() : state.phase;
  }

  /** Fails again and again, passing each wait. */
  async failures(code: string, count: number, phase?: "socket" | "login"): Promise<unknown[]> {
    const waits: unknown[] = [];
    for (let done = 0; done < count; done++) {
      const wait = await this.fail(code, phase);
      waits.push(wait);
      if (typeof wait !== "number") break;
      this.clock.advance(wait);
    }
    return waits;
  }
}

describe("supervisor", () => {
  it("spreads its waits by a quarter up and down (R3)", async () => {
    for (const [random, wait] of [
      [0, 750],
      [0.999_999, 1_250],
    ] as const) {
      const bench = new Bench({ random: () => random });
      bench.supervisor.connect();
      assert.equal(Math.round(Number(await bench.fail("ECONNREFUSED"))), wait);
    }
  });

  it("jumps the wait, and keeps the back-off, when the user connects (R3)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    await bench.fail("ECONNREFUSED");
    bench.supervisor.connect();
    assert.equal(await bench.fail("ECONNREFUSED"), 2_000);
  });

  it("retries three times over 150 s before it asks when a changed key is refused (G5, R5)", async () => {
    for (const code of ["CONNACK_5", "CONNACK_4"]) {
      const bench = new Bench();
      bench.supervisor.restart({ keyChanged: true }); // stored before the first connect
      bench.supervisor.connect();
      const waits = await bench.failures(code, 9);
      assert.equal(waits.pop(), "failed");
      assert.equal(waits.length, 3);
      const sum = waits.map(Number).reduce((a, b) => a + b, 0);
      assert(sum >= 150_000 && sum <= 190_000, `${sum} ms`);
      assert(waits.every((wait) => Number(wait) >= 30_000));
    }
  });

  it("says that the server remembers when a changed key is refused (G5)", async () => {
    const bench = new Bench();
    bench.supervisor.restart({ keyChanged: true });
    bench.supervisor.connect();
    await bench.fail("CONNACK_5");
    assert(bench.state.phase === "waiting");
    assert.match(bench.state.failure.reason, /not authorized yet/);
  });

  it("asks at once when a key is refused that was changed more than two minutes ago (G5)", async () => {
    const bench = new Bench();
    bench.supervisor.restart({ keyChanged: true });
    bench.clock.advance(120_001);
    bench.supervisor.connect();
    assert.equal(await bench.fail("CONNACK_5"), "failed");
  });

  it("asks at once when a key is refused that was never changed (R5)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    assert.equal(await bench.fail("CONNACK_5"), "failed");
  });

  it("takes a key that was changed elsewhere for a changed one (A14, G5)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    (await bench.connected()).listener.onEnd("connected", "CLOSED", "");
    bench.clock.advance(1_000);
    bench.apiKey = "second key";
    await bench.fail("CONNACK_5");
    assert(bench.state.phase === "waiting");
    assert.match(bench.state.failure.reason, /not authorized yet/);
  });

  it("waits 30, 60, 120 s and then asks when a key is refused that worked (R5)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    (await bench.connected()).listener.onEnd("connected", "CLOSED", "");
    bench.clock.advance(1_000);
    assert.deepEqual(await bench.failures("CONNACK_5", 9), [30_000, 60_000, 120_000, "failed"]);
  });

  it("waits half a minute or more, without end, when the server is unavailable (R5)", async () => {
    const bench = new Bench({ random: () => 0 });
    bench.supervisor.connect();
    const waits = await bench.failures("CONNACK_3", 8);
    assert(waits.every((wait) => Number(wait) >= 30_000));
    assert.equal(waits.at(-1), 90_000);
  });

  it("asks when the server sent what is not MQTT three times in ten minutes (R5)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    assert.deepEqual(await bench.failures("EMQTTPROTO", 9), [1_000, 2_000, "failed"]);
    bench.supervisor.connect(); // a new beginning
    assert.equal(await bench.fail("EMQTTPROTO"), 4_000);
  });

  it("goes on when the server sent what is not MQTT less often (R5)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    await bench.failures("EMQTTPROTO", 2);
    bench.clock.advance(0);
    const attempt = await bench.connected();
    bench.clock.advance(600_000);
    attempt.listener.onEnd("connected", "EMQTTPROTO", "");
    assert.equal(bench.state.phase, "waiting");
  });

  it("hints at the port when the server closed three times without a byte (C20)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    const advices: string[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      const wait = await bench.fail(attempt === 1 ? "ECONNRESET" : "CLOSED");
      assert(bench.state.phase === "waiting");
      advices.push(bench.state.failure.advice);
      bench.clock.advance(Number(wait));
    }
    assert.deepEqual(
      advices.map((advice) => advice.includes("expect TLS")),
      [false, false, true, true],
    );
  });

  it("ignores what an older attempt reports (R2)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    const old = await bench.current();
    bench.supervisor.restart({ keyChanged: false });
    await bench.connected();
    const count = bench.states.length;
    old.listener.onConnected();
    old.listener.onMessage("late", new Uint8Array());
    old.listener.onEnd("connected", "CLOSED", "");
    await turns();
    assert(old.isEnded);
    assert.equal(bench.states.length, count);
    assert.deepEqual(bench.messages, []);
    assert.equal(bench.state.phase, "connected");
  });

  it("ends an attempt that was ready only after the user disconnected (C32)", async () => {
    let ready = (): void => undefined;
    const late: FakeAttempt[] = [];
    const bench = new Bench({
      startAttempt: async (options, listener) => {
        await new Promise<void>((resolve) => (ready = resolve));
        late.push(new FakeAttempt(options, listener));
        return late[0] ?? new FakeAttempt(options, listener);
      },
    });
    bench.supervisor.connect();
    await turns();
    const stopped = bench.supervisor.disconnect();
    ready();
    await stopped;
    await turns();
    assert.equal(late[0]?.isEnded, true);
    assert.equal(bench.state.phase, "stopped");
  });

  it("asks when the CA file cannot be read, and when reading it takes forever (R4)", async () => {
    const rejects = new Bench({ readTarget: () => Promise.reject(new TargetError("CA_FILE")) });
    rejects.supervisor.connect();
    await turns();
    const hangs = new Bench({ readTarget: () => new Promise(() => undefined) });
    hangs.supervisor.connect();
    hangs.clock.advance(15_000);
    for (const { state } of [rejects, hangs]) {
      assert(state.phase === "failed");
      assert.equal(state.failure.code, "CA_FILE");
    }
  });

  it("waits instead of throwing when MQTT.js cannot be loaded", async () => {
    const bench = new Bench({ startAttempt: () => Promise.reject(new Error("no such file")) });
    bench.supervisor.connect();
    await turns();
    assert.equal(bench.state.phase, "waiting");
  });

  it("tells the others, and goes on, when a listener of its state throws (L07)", async () => {
    const bench = new Bench();
    let told = 0;
    bench.supervisor.onDidChangeState(() => {
      throw new Error("a view");
    });
    bench.supervisor.onDidChangeState(() => told++);
    bench.supervisor.connect();
    await bench.connected();
    assert.equal(told, 2);
    assert.equal(bench.errors.length, 2);
  });

  it("begins anew after the given time when the machine woke (C28, R8)", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    const old = await bench.connected();
    bench.supervisor.wake(1_500);
    assert(old.isEnded);
    assert.equal(bench.state.phase, "waiting");
    bench.clock.advance(1_500);
    await bench.connected();
    assert.equal(bench.state.phase, "connected");
  });

  it("stays stopped when the machine woke, the key or the settings changed (C32)", async () => {
    const bench = new Bench();
    bench.supervisor.wake(0);
    bench.supervisor.restart({ keyChanged: true });
    bench.clock.advance(10_000);
    await turns();
    assert.equal(bench.attempts.length, 0);
  });

  it("holds the attempt back when it is told to", async () => {
    const bench = new Bench();
    bench.supervisor.connect(700);
    await turns();
    assert.equal(bench.attempts.length, 0);
    assert.equal(bench.state.phase, "connecting");
    bench.clock.advance(700);
    await bench.current();
  });

  it("runs no timer when it is stopped, failed or disposed of", async () => {
    const bench = new Bench();
    bench.supervisor.connect();
    await bench.fail("CONNACK_5");
    assert.equal(bench.clock.pending, 0);
    bench.supervisor.connect();
    await bench.connected();
    await bench.supervisor.disconnect();
    assert.equal(bench.clock.pending, 0);
    bench.supervisor.connect();
    await turns();
    bench.supervisor.dispose();
    assert.equal(bench.clock.pending, 0);
  });
});
