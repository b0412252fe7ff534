/**
 * Keeps one application connected: the state machine that decides when to try, to wait and to ask. MQTT.js never
 * reconnects by itself. Source: reliability R2–R5, §2.4, §2.5.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../util/clock";
import { type Disposable, Emitter } from "../util/emitter";
import type { Attempt, AttemptListener, AttemptOptions } from "./attempt";
import type { ConnectionFailure, ConnectionState } from "./connectionState";
import type { AttemptPhase } from "./attemptEnd";
import type { PublishOutcome } from "./publisher";
import { RetryPlan } from "./retryPlan";
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
  /** Milliseconds to hold back an attempt that begins by itself, so that many of them do not begin together (F09). */
  readonly holdBack?: () => number;
  readonly startAttempt: (options: AttemptOptions, listener: AttemptListener) => Promise<Attempt>;
  /** Rejects with a code when something it needs cannot be read. */
  readonly readTarget: () => Promise<ConnectionTarget>;
  readonly readApiKey: () => Promise<string | undefined>;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  /** A listener of the state has thrown. */
  readonly onListenerError: (error: unknown) => void;
}

/** Thrown by `readTarget` with a code of failures.ts. */
export class TargetError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

const stableAfter = 60_000;
/** Reading the CA file may hang on a network drive (reliability R4). Milliseconds. */
const targetDeadline = 15_000;

export class Supervisor implements Disposable {
  private current: ConnectionState = { phase: "stopped" };
  private readonly stateEmitter: Emitter<ConnectionState>;
  readonly onDidChangeState;
  private readonly plan: RetryPlan;
  /** Counts attempts; whatever an older attempt reports is ignored. */
  private generation = 0;
  private attempt: Attempt | undefined;
  private timer: Disposable | undefined;
  private keyDigest: string | undefined;
  private starting: Promise<unknown> = Promise.resolve();
  private ending: Promise<void> = Promise.resolve();

  constructor(private readonly services: SupervisorServices) {
    this.stateEmitter = new Emitter(services.onListenerError);
    this.onDidChangeState = this.stateEmitter.event;
    this.plan = new RetryPlan(services.clock, services.random);
  }

  get state(): ConnectionState {
    return this.current;
  }

  /**
   * Connects: from stopped, failed and waiting. Does nothing while connecting or connected.
   * @param delay milliseconds to hold back the attempt, so that many of them do not start together
   */
  connect(delay = 0): void {
    if (this.current.phase === "connecting" || this.current.phase === "connected") return;
    this.begin(delay);
  }

  /** Starts over at once, for a changed key or changed settings, unless the user had disconnected. */
  restart(options: { readonly keyChanged: boolean }): void {
    if (options.keyChanged) this.plan.keyChanged();
    if (this.current.phase === "stopped") return;
    this.plan.forget();
    this.begin(this.holdBack());
  }

  /** The machine has slept: whatever was open is dead. Connects again after `delay` milliseconds (reliability R8). */
  wake(delay: number): void {
    const { phase } = this.current;
    if (phase === "stopped" || phase === "failed") return;
    this.teardown();
    this.plan.forget();
    const end = { phase: "socket", code: "WAKE", detail: "", ...unknownAddress } as const;
    this.wait(this.plan.judge(end).failure, delay + this.holdBack());
    this.plan.forget();
  }

  /** Wins over everything; resolves when the socket is gone, within two seconds. */
  async disconnect(): Promise<void> {
    this.plan.forget();
    this.teardown();
    this.set({ phase: "stopped" });
    await this.starting;
    await this.ending;
  }

  /** Stops with a reason that only the user can change, such as a deleted key. */
  failWith(code: string, server: Pick<ServerAddress, "host" | "port" | "security">): void {
    this.teardown();
    const { host, port, security } = server;
    const { failure } = this.plan.judge({
      ...{ phase: "socket", code, detail: "" },
      ...{ host, port, security },
    });
    this.set({ phase: "failed", failure });
  }

  async publish(topic: string, payload: string, onLate?: () => void): Promise<PublishOutcome> {
    if (this.current.phase !== "connected" || !this.attempt) return "notConnected";
    return this.attempt.publish(topic, payload, onLate);
  }

  dispose(): void {
    this.teardown();
    this.current = { phase: "stopped" };
    this.stateEmitter.dispose();
  }

  private begin(delay: number): void {
    this.teardown();
    const { generation } = this;
    if (delay === 0) void this.run(generation);
    else this.timer = this.services.clock.after(delay, () => void this.run(generation));
    this.set({ phase: "connecting", attempt: this.plan.attempt });
  }

  private async run(generation: number): Promise<void> {
    const ifCurrent = (action: () => void) => {
      if (generation === this.generation) action();
    };
    const { services } = this;
    const giveUp = (code: string) => this.ended("socket", code, "", unknownAddress);
    this.timer = services.clock.after(targetDeadline, () => ifCurrent(() => giveUp("CA_FILE")));
    try {
      const target = await services.readTarget();
      if (generation !== this.generation) return;
      this.timer.dispose();
      const starting = this.start(target, ifCurrent);
      this.starting = starting.catch(() => undefined); // reported below
      const attempt = await starting;
      if (generation === this.generation) this.attempt = attempt;
      else await attempt.end();
    } catch (error) {
      ifCurrent(() => giveUp(error instanceof TargetError ? error.code : "INTERNAL"));
    }
  }

  private async start(
    target: ConnectionTarget,
    ifCurrent: (action: () => void) => void,
  ): Promise<Attempt> {
    const { clock, startAttempt, onMessage } = this.services;
    return startAttempt(
      { ...target, clock, readApiKey: () => this.readApiKey() },
      {
        onConnected: () => ifCurrent(() => this.connected()),
        onMessage: (topic, payload) => ifCurrent(() => onMessage(topic, payload)),
        onEnd: (phase, code, detail) =>
          ifCurrent(() => this.ended(phase, code, detail, target.address)),
      },
    );
  }

  /** Notices a key that was changed in another window, whose refusal means something else (reliability A14). */
  private async readApiKey(): Promise<string | undefined> {
    const apiKey = await this.services.readApiKey();
    if (apiKey === undefined) return undefined;
    const digest = createHash("sha256").update(apiKey).digest("base64");
    if (this.keyDigest !== undefined && this.keyDigest !== digest) this.plan.keyChanged();
    this.keyDigest = digest;
    return apiKey;
  }

  private connected(): void {
    const { clock } = this.services;
    this.plan.connected();
    this.timer = clock.after(stableAfter, () => this.plan.stable());
    this.set({ phase: "connected", since: clock.now() });
  }

  private ended(phase: AttemptPhase, code: string, detail: string, address: ServerAddress): void {
    this.teardown();
    const { host, port, security } = address;
    const { failure, delay } = this.plan.judge({ phase, code, detail, host, port, security });
    if (delay === undefined) this.set({ phase: "failed", failure });
    else this.wait(failure, delay + this.holdBack());
  }

  private holdBack(): number {
    return this.services.holdBack?.() ?? 0;
  }

  private wait(failure: ConnectionFailure, delay: number): void {
    const { clock } = this.services;
    this.timer = clock.after(delay, () => this.begin(0));
    const until = clock.now() + delay;
    this.set({ phase: "waiting", attempt: this.plan.attempt, until, failure });
  }

  private teardown(): void {
    this.generation++;
    this.timer?.dispose();
    this.timer = undefined;
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
