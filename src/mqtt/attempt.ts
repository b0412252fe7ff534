/**
 * One attempt to be connected: a fresh socket, a fresh MQTT.js client with fresh options and a fresh client id, used once
 * and thrown away. Loaded on the first connect. Source: reliability R1–R7, §2.4.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { MqttClient, type IClientOptions } from "mqtt";
import type { Clock } from "../util/clock";
import { DisposableStore } from "../util/disposables";
import { FramingError, FramingFilter } from "./framingFilter";
import type { AttemptPhase } from "./failures";
import { openSocket, readyEvent, type ServerAddress } from "./socket";

export interface AttemptOptions {
  readonly address: ServerAddress;
  readonly userName: string;
  readonly filters: readonly string[];
  readonly clock: Clock;
  /** Asked once the server's identity is proven. Undefined: there is no key. */
  readonly readApiKey: () => Promise<string | undefined>;
}

/** What an attempt reports; after `onEnd` nothing more comes. The payload must be copied to be kept. */
export interface AttemptListener {
  onConnected(): void;
  onMessage(topic: string, payload: Uint8Array): void;
  onEnd(phase: AttemptPhase, code: string, detail: string): void;
}

/** The outcome of a publish, in the order of how much is known. */
export type PublishOutcome = "acknowledged" | "notConnected" | "unknown";

export interface Attempt {
  /** Publishes with QoS 1 once; never keeps anything for later. */
  publish(topic: string, payload: string): Promise<PublishOutcome>;
  /** Ends it, at most two seconds later. Idempotent. */
  end(): Promise<void>;
}

const connectDeadline = 15_000;
const subscribeDeadline = 10_000;
const acknowledgeDeadline = 10_000;
const endDeadline = 2_000;
/** Seconds. Dead peers are found after one and a half times this. */
const keepalive = 30;

export function startAttempt(options: AttemptOptions, listener: AttemptListener): Attempt {
  return new RunningAttempt(options, listener);
}

class RunningAttempt implements Attempt {
  private phase: AttemptPhase = "socket";
  private isOver = false;
  private client: MqttClient | undefined;
  private socket: Socket | undefined;
  private lastAlive: number;
  private readonly timers = new DisposableStore();

  constructor(
    private readonly options: AttemptOptions,
    private readonly listener: AttemptListener,
  ) {
    this.lastAlive = options.clock.monotonic();
    this.deadline(connectDeadline, () => !this.isPast("login"), "TIMEOUT");
    this.open();
  }

  async publish(topic: string, payload: string): Promise<PublishOutcome> {
    const client = this.client;
    if (this.isOver || this.phase !== "connected" || !client?.connected) return "notConnected";
    return new Promise((resolve) => {
      const timer = this.options.clock.after(acknowledgeDeadline, () => resolve("unknown"));
      const settle = (outcome: PublishOutcome) => {
        timer.dispose();
        resolve(outcome);
      };
      this.timers.add({ dispose: () => settle("unknown") });
      client.publish(topic, payload, { qos: 1 }, (error) => {
        settle(error ? "unknown" : "acknowledged");
      });
    });
  }

  async end(): Promise<void> {
    const { client, socket } = this;
    this.over();
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.after(endDeadline, resolve);
      socket.once("close", () => {
        timer.dispose();
        resolve();
      });
      // Says DISCONNECT and closes; a peer that neither reads nor closes is left behind by the timer.
      if (client?.connected) client.end(false, {}, () => socket.destroySoon());
      else socket.destroy();
    });
    client?.end(true);
    socket.destroy();
  }

  private open(): void {
    const { address } = this.options;
    try {
      this.socket = openSocket(address);
    } catch (error) {
      queueMicrotask(() => this.fail(codeOf(error)));
      return;
    }
    const { socket } = this;
    socket.setNoDelay(true);
    socket.once("error", (error) => this.fail(codeOf(error)));
    socket.once("close", () => this.fail("CLOSED"));
    socket.once(readyEvent(address), () => void this.login(socket));
  }

  private async login(socket: Socket): Promise<void> {
    let apiKey: string | undefined;
    try {
      apiKey = await this.options.readApiKey();
    } catch {
      this.fail("KEYRING"); // the error's text may hold anything; its meaning is known
      return;
    }
    if (this.isOver) return;
    if (apiKey === undefined) {
      this.fail("NO_KEY");
      return;
    }
    this.phase = "login";
    const filter = new FramingFilter(
      socket,
      this.options.clock,
      (frame) => this.receive(frame.topic, frame.payload),
      () => (this.lastAlive = this.options.clock.monotonic()),
    );
    const clientOptions = this.clientOptions(apiKey);
    const client = new MqttClient(() => filter, clientOptions);
    this.client = client;
    // CONNECT has been written: the key is needed no longer.
    delete clientOptions.password;
    delete client.options.password;
    client.on("error", (error) => this.guard(() => this.fail(codeOf(error), detailOf(error))));
    client.on("connect", () => this.guard(() => this.subscribe(client)));
    client.on("close", () => this.guard(() => this.fail("CLOSED")));
    filter.on("error", (error) => this.fail(codeOf(error), detailOf(error)));
  }

  private clientOptions(apiKey: string): IClientOptions {
    return {
      protocolVersion: 4,
      clientId: `vsc-${randomBytes(9).toString("hex")}`,
      username: this.options.userName,
      password: apiKey,
      clean: true,
      keepalive,
      connectTimeout: connectDeadline,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      timerVariant: "native",
      log: () => undefined,
    };
  }

  private subscribe(client: MqttClient): void {
    this.phase = "subscribe";
    this.deadline(subscribeDeadline, () => !this.isPast("subscribe"), "SUBACK_TIMEOUT");
    client.subscribe([...this.options.filters], { qos: 0 }, (error) => {
      this.guard(() => {
        if (this.isOver) return;
        if (error) this.fail("SUBACK_128");
        else {
          this.phase = "connected";
          this.watchLiveness();
          this.listener.onConnected();
        }
      });
    });
  }

  /** MQTT.js watches its own pings; this also notices when MQTT.js is the one that is stuck (reliability R8). */
  private watchLiveness(): void {
    const { clock } = this.options;
    const check = clock.every(5_000, () => {
      if (clock.monotonic() - this.lastAlive > keepalive * 1_500) this.fail("KEEPALIVE");
    });
    this.timers.add(check);
  }

  private receive(topic: string, payload: Uint8Array): void {
    if (!this.isOver) this.guard(() => this.listener.onMessage(topic, payload));
  }

  private isPast(phase: AttemptPhase): boolean {
    const order: readonly AttemptPhase[] = ["socket", "login", "subscribe", "connected"];
    return order.indexOf(this.phase) > order.indexOf(phase);
  }

  private deadline(milliseconds: number, isStillOpen: () => boolean, code: string): void {
    this.timers.add(
      this.options.clock.after(milliseconds, () => {
        if (isStillOpen()) this.fail(code);
      }),
    );
  }

  /** The first failure is the reason; whatever follows is its echo. */
  private fail(code: string, detail = ""): void {
    if (this.isOver) return;
    const { phase } = this;
    this.over();
    this.client?.end(true);
    this.socket?.destroy();
    this.listener.onEnd(phase, code, detail);
  }

  private over(): void {
    this.isOver = true;
    this.timers.dispose();
  }

  /** An exception inside an MQTT.js callback would stop its reading for good (reliability §2.2). */
  private guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** The stable code of a library error; its text and its other fields go no further (reliability A5). */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "UNKNOWN";
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "number") return `CONNACK_${code}`;
  if (typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  if (message === "Keepalive timeout") return "KEEPALIVE";
  return "UNKNOWN";
}

function detailOf(error: unknown): string {
  return error instanceof FramingError ? error.message : "";
}
