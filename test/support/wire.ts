/** One supervised connection or one attempt at a clock that stands still, with everything it reports written down. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  startAttempt,
  type Attempt,
  type AttemptListener,
  type AttemptOptions,
} from "../../src/mqtt/attempt";
import type { ConnectionState } from "../../src/mqtt/connectionState";
import type { ServerAddress } from "../../src/mqtt/socket";
import { Supervisor, type SupervisorServices } from "../../src/mqtt/supervisor";
import { canaryKey, watchSink } from "./canary";
import { eventually } from "./conditions";
import { ManualClock } from "./manualClock";

export const userName = "app1@tenant1";

export function addressOf(port: number, more: Partial<ServerAddress> = {}): ServerAddress {
  return {
    host: "127.0.0.1",
    port,
    security: "plaintext",
    extraCertificates: undefined,
    allowPlaintext: false,
    ...more,
  };
}

export interface Received {
  readonly topic: string;
  readonly text: string;
}

/** An attempt and what it reported. */
export class AttemptRecord {
  readonly messages: Received[] = [];
  readonly ends: { readonly phase: string; readonly code: string; readonly detail: string }[] = [];
  connectedCount = 0;
  readonly attempt: Attempt;

  constructor(
    port: number,
    more: Partial<AttemptOptions> = {},
    readonly clock = new ManualClock(),
    onMessage: (topic: string, payload: Uint8Array) => void = () => undefined,
  ) {
    this.attempt = startAttempt(
      {
        address: addressOf(port),
        userName,
        filters: ["#"],
        clock,
        readApiKey: () => Promise.resolve(canaryKey),
        ...more,
      },
      {
        onConnected: () => this.connectedCount++,
        onMessage: (topic, payload) => {
          this.messages.push({ topic, text: Buffer.from(payload).toString() });
          onMessage(topic, payload);
        },
        onEnd: (phase, code, detail) => this.ends.push({ phase, code, detail }),
      },
    );
    watchSink("attempt", () => inspect(this.ends) + inspect(this.messages));
  }

  async connected(): Promise<void> {
    await eventually("connected", () => this.connectedCount > 0 || this.ends.length > 0);
    assert.deepEqual(this.ends, []);
  }

  async ended(): Promise<{
    readonly phase: string;
    readonly code: string;
    readonly detail: string;
  }> {
    await eventually("the attempt ends", () => this.ends.length > 0);
    const [end] = this.ends;
    assert(end);
    return end;
  }
}

/** A supervisor and every state it was in. */
export class SupervisorRecord {
  readonly states: ConnectionState[] = [];
  readonly messages: Received[] = [];
  readonly errors: unknown[] = [];
  attempts = 0;
  apiKey: string | undefined = canaryKey;
  readonly supervisor: Supervisor;

  constructor(
    public address: ServerAddress,
    readonly clock = new ManualClock(),
    more: Partial<SupervisorServices> = {},
    attemptOptions: Partial<AttemptOptions> = {},
  ) {
    this.supervisor = new Supervisor({
      clock,
      random: () => 0.5, // no jitter
      startAttempt: (options: AttemptOptions, listener: AttemptListener) => {
        this.attempts++;
        return Promise.resolve(startAttempt({ ...options, ...attemptOptions }, listener));
      },
      readTarget: () => Promise.resolve({ address: this.address, userName, filters: ["#"] }),
      readApiKey: () => Promise.resolve(this.apiKey),
      onMessage: (topic, payload) =>
        this.messages.push({ topic, text: Buffer.from(payload).toString() }),
      onListenerError: (error) => this.errors.push(error),
      ...more,
    });
    this.supervisor.onDidChangeState((state) => this.states.push(state));
    open.add(this.supervisor);
    watchSink(`supervisor ${open.size}`, () =>
      inspect([this.states, this.messages, this.errors, this.supervisor], { depth: 20 }),
    );
  }

  get state(): ConnectionState {
    return this.supervisor.state;
  }

  get phases(): readonly string[] {
    return this.states.map(({ phase }) => phase);
  }

  /** Waits for a phase and hands over its state. */
  async phase<P extends ConnectionState["phase"]>(
    phase: P,
  ): Promise<Extract<ConnectionState, { phase: P }>> {
    await eventually(`${phase}, at last ${inspect(this.state)}`, () => this.state.phase === phase);
    return this.state as Extract<ConnectionState, { phase: P }>;
  }

  /** Waits out the present waiting state and hands over how long it was. */
  async passWait(): Promise<number> {
    const { until } = await this.phase("waiting");
    const wait = until - this.clock.now();
    this.clock.advance(wait);
    return wait;
  }
}

const open = new Set<Supervisor>();

/** Ends every supervisor of the test; call it in afterEach. */
export async function closeSupervisors(): Promise<void> {
  await Promise.all([...open].map((supervisor) => supervisor.disconnect()));
  for (const supervisor of open) supervisor.dispose();
  open.clear();
}
