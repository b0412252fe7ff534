/**
 * Keeps one application connected: the state machine that decides when to try, to wait and to ask. MQTT.js never
 * reconnects by itself. Source: reliability R2–R5, §2.4, §2.5.
 */
import type { Clock } from "../util/clock";
import { type Disposable, Emitter } from "../util/emitter";
import type { Attempt, AttemptListener, AttemptOptions, PublishOutcome } from "./attempt";
import type { ConnectionFailure, ConnectionState } from "./connectionState";
import { failureOf, type AttemptPhase } from "./failures";
import type { ServerAddress } from "./socket";

/** All that an attempt needs, read anew for each. */
export interface ConnectionTarget {
  readonly address: ServerAddress;
  readonly userName: string;
  readonly filters: readonly string[];
}

export interface SupervisorServices {
  readonly clock: Clock;
  /** 0 inclusive to 1 exclusive. */
  readonly random: () => number;
  readonly startAttempt: (options: AttemptOptions, listener: AttemptListener) => Promise<Attempt>;
  /** Rejects with a code when something it needs cannot be read. */
  readonly readTarget: () => Promise<ConnectionTarget>;
  readonly readApiKey: () => Promise<string | undefined>;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
}

/** Thrown by `readTarget` with a code of failures.ts. */
export class TargetError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

const firstDelay = 1_000;
const longestDelay = 120_000;
const slowDelays = [30_000, 60_000, 120_000] as const;
const stableAfter = 60_000;

export class Supervisor implements Disposable {
  private current: ConnectionState = { phase: "stopped" };
  private readonly stateEmitter = new Emitter<ConnectionState>();
  readonly onDidChangeState = this.stateEmitter.event;
  /** Counts attempts; whatever an older attempt reports is ignored. */
  private generation = 0;
  private attempt: Attempt | undefined;
  private timer: Disposable | undefined;
  private stableTimer: Disposable | undefined;
  private retries = 0;
  private slowRetries = 0;
  private keyWorked = false;
  private ending: Promise<void> = Promise.resolve();

  constructor(private readonly services: SupervisorServices) {}

  get state(): ConnectionState {
    return this.current;
  }

  /** Connects now: from stopped, failed and waiting. Does nothing while connecting or connected. */
  connect(): void {
    if (this.current.phase === "connecting" || this.current.phase === "connected") return;
    this.begin();
  }

  /** Starts over at once, for a changed key, changed settings or a woken machine. */
  restart(options: { readonly keyChanged: boolean }): void {
    if (this.current.phase === "stopped") return;
    if (options.keyChanged) this.keyWorked = false;
    this.retries = 0;
    this.slowRetries = 0;
    this.teardown();
    this.begin();
  }

  /** Wins over everything; resolves when the socket is gone, within two seconds. */
  async disconnect(): Promise<void> {
    this.retries = 0;
    this.slowRetries = 0;
    this.teardown();
    this.set({ phase: "stopped" });
    await this.ending;
  }

  /** Stops with a reason that only the user can change, such as a deleted key. */
  failWith(code: string, target: ServerAddress): void {
    this.teardown();
    this.set({ phase: "failed", failure: this.failure("socket", code, "", target) });
  }

  async publish(topic: string, payload: string): Promise<PublishOutcome> {
    if (this.current.phase !== "connected" || !this.attempt) return "notConnected";
    return this.attempt.publish(topic, payload);
  }

  dispose(): void {
    this.teardown();
    this.current = { phase: "stopped" };
    this.stateEmitter.dispose();
  }

  private begin(): void {
    this.teardown();
    const generation = this.generation;
    this.set({ phase: "connecting", attempt: this.retries + 1 });
    void this.run(generation);
  }

  private async run(generation: number): Promise<void> {
    const { services } = this;
    let target: ConnectionTarget;
    try {
      target = await services.readTarget();
    } catch (error) {
      if (generation === this.generation) {
        const code = error instanceof TargetError ? error.code : "UNKNOWN";
        this.ended("socket", code, "", unknownAddress);
      }
      return;
    }
    if (generation !== this.generation) return;
    const { address } = target;
    const ifCurrent = (action: () => void) => {
      if (generation === this.generation) action();
    };
    const attempt = await services.startAttempt(
      { ...target, clock: services.clock, readApiKey: services.readApiKey },
      {
        onConnected: () => ifCurrent(() => this.connected()),
        onMessage: (topic, payload) => ifCurrent(() => services.onMessage(topic, payload)),
        onEnd: (phase, code, detail) => ifCurrent(() => this.ended(phase, code, detail, address)),
      },
    );
    if (generation === this.generation) this.attempt = attempt;
    else this.ending = attempt.end();
  }

  private connected(): void {
    const { clock } = this.services;
    this.keyWorked = true;
    this.slowRetries = 0;
    // Only a connection that lasts counts as a success, or accept-then-close servers would be hit each second.
    this.stableTimer = clock.after(stableAfter, () => (this.retries = 0));
    this.set({ phase: "connected", since: clock.now() });
  }

  private ended(phase: AttemptPhase, code: string, detail: string, address: ServerAddress): void {
    const failure = this.failure(phase, code, detail, address);
    this.teardown();
    const delay = this.nextDelay(failure);
    if (delay === undefined) {
      this.set({ phase: "failed", failure });
      return;
    }
    this.timer = this.services.clock.after(delay, () => this.begin());
    this.set({
      phase: "waiting",
      attempt: this.retries + 1,
      until: this.services.clock.now() + delay,
      failure,
    });
  }

  private failure(
    phase: AttemptPhase,
    code: string,
    detail: string,
    { host, port, security }: ServerAddress,
  ): ConnectionFailure {
    return failureOf({
      phase,
      code,
      detail,
      host,
      port,
      security,
      keyWorkedBefore: this.keyWorked,
    });
  }

  /** Milliseconds with jitter of ±25 %, or undefined to ask the user. */
  private nextDelay(failure: ConnectionFailure): number | undefined {
    const jitter = 0.75 + this.services.random() / 2;
    switch (failure.class) {
      case "ask":
        return undefined;
      case "slow": {
        const slow = slowDelays[this.slowRetries++];
        // Without a limit of ours: an unavailable server is waited for, a refused key is asked about.
        if (slow === undefined && failure.code === "CONNACK_5") return undefined;
        return Math.max(30_000, (slow ?? longestDelay) * jitter);
      }
      case "retry":
        return Math.min(longestDelay, firstDelay * 2 ** this.retries++) * jitter;
    }
  }

  private teardown(): void {
    this.generation++;
    this.timer?.dispose();
    this.timer = undefined;
    this.stableTimer?.dispose();
    this.stableTimer = undefined;
    if (this.attempt) this.ending = this.attempt.end();
    this.attempt = undefined;
  }

  private set(state: ConnectionState): void {
    this.current = state;
    this.stateEmitter.fire(state);
  }
}

const unknownAddress: ServerAddress = {
  host: "",
  port: 0,
  security: "tls",
  extraCertificates: undefined,
  allowPlaintext: false,
};
