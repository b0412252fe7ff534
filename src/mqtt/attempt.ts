/**
 * One attempt to be connected: a fresh socket, a fresh MQTT.js client with fresh options and a fresh client id, used once
 * and thrown away. Loaded on the first connect. Source: reliability R1–R7, §2.4.
 */
import type { Socket } from "node:net";
import type { MqttClient } from "mqtt";
import type { Clock } from "../util/clock";
import { DisposableStore } from "../util/disposables";
import { CertificateWatch } from "./certificate";
import { createClient } from "./client";
import { codeOf, detailOf } from "./errorCode";
import type { AttemptPhase } from "./attemptEnd";
import { FramingFilter } from "./framingFilter";
import { watchLiveness } from "./liveness";
import { Publisher, type PublishOutcome } from "./publisher";
import { mayCarryKey, openSocket, readyEvent, type ServerAddress } from "./socket";

export interface AttemptOptions {
  readonly address: ServerAddress;
  readonly userName: string;
  readonly filters: readonly string[];
  readonly clock: Clock;
  /** Asked once the server's identity is proven. Undefined: there is no key. */
  readonly readApiKey: () => Promise<string | undefined>;
  /** Seconds between pings; 30 if not given. Dead peers are found after one and a half times this. */
  readonly keepalive?: number;
  /** How to reach the server; the network if not given. */
  readonly open?: (address: ServerAddress) => Socket;
}

/** What an attempt reports; after `onEnd` nothing more comes. The payload must be copied to be kept. */
export interface AttemptListener {
  onConnected(): void;
  onMessage(topic: string, payload: Uint8Array): void;
  onEnd(phase: AttemptPhase, code: string, detail: string): void;
}

export interface Attempt {
  /** Publishes with QoS 1 once; never keeps anything for later. */
  publish(topic: string, payload: string, onLate?: () => void): Promise<PublishOutcome>;
  /** Ends it, at most two seconds later. Idempotent. */
  end(): Promise<void>;
}

const connectDeadline = 15_000;
const subscribeDeadline = 10_000;
const endDeadline = 2_000;
const defaultKeepalive = 30;
const disconnectPacket = new Uint8Array([0xe0, 0]); // MQTT 3.1.1 §3.14

export function startAttempt(options: AttemptOptions, listener: AttemptListener): Attempt {
  return new RunningAttempt(options, listener);
}

class RunningAttempt implements Attempt {
  private phase: AttemptPhase = "socket";
  private isOver = false;
  private isReadingKey = false;
  private client: MqttClient | undefined;
  private socket: Socket | undefined;
  private certificate: CertificateWatch | undefined;
  private lastAlive: number;
  private readonly timers = new DisposableStore();
  private readonly publisher: Publisher;

  constructor(
    private readonly options: AttemptOptions,
    private readonly listener: AttemptListener,
  ) {
    this.lastAlive = options.clock.monotonic();
    this.publisher = new Publisher(options.clock);
    this.after(connectDeadline, () => {
      if (this.isReadingKey) this.fail("KEYRING");
      else if (this.phase === "socket" || this.phase === "login") this.fail("TIMEOUT");
    });
    this.open();
  }

  async publish(topic: string, payload: string, onLate?: () => void): Promise<PublishOutcome> {
    const client = this.client;
    if (this.isOver || this.phase !== "connected" || !client?.connected) return "notConnected";
    return this.publisher.publish(client, topic, payload, onLate);
  }

  async end(): Promise<void> {
    const { client, socket } = this;
    this.over();
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const deadline = this.options.clock.after(endDeadline, resolve);
      socket.once("close", () => {
        deadline.dispose();
        resolve();
      });
      // MQTT.js would wait for every open answer first (reliability §2.2 `end`). A peer that neither reads nor closes is
      // left behind by the deadline.
      if (client?.connected) socket.end(disconnectPacket);
      else socket.destroy();
    });
    client?.end(true);
    socket.destroy();
  }

  private open(): void {
    const { address, open } = this.options;
    let socket: Socket;
    try {
      socket = open ? open(address) : openSocket(address);
    } catch (error) {
      // A port out of range, a certificate that is no certificate. Reported as late as every other failure.
      queueMicrotask(() => this.fail(codeOf(error)));
      return;
    }
    this.socket = socket;
    this.certificate = new CertificateWatch(socket);
    // To the very end: Node reports TLS failures twice, and one without a listener is uncaught (reliability R7).
    socket.on("error", (error) => this.failWith(error));
    socket.once("close", () => this.fail("CLOSED"));
    socket.once(readyEvent(address), () => {
      if (!mayCarryKey(socket, address)) {
        this.fail("ERR_TLS_UNVERIFIED");
        return;
      }
      socket.setNoDelay(true);
      this.login(socket).catch((error: unknown) => this.failWith(error));
    });
  }

  private async login(socket: Socket): Promise<void> {
    const apiKey = await this.readApiKey();
    if (this.isOver) return;
    if (apiKey === undefined) {
      this.fail("NO_KEY");
      return;
    }
    this.phase = "login";
    const { clock, userName, keepalive = defaultKeepalive } = this.options;
    const filter = new FramingFilter(
      socket,
      clock,
      (frame) => this.receive(frame.topic, frame.payload),
      () => (this.lastAlive = clock.monotonic()),
    );
    filter.on("error", (error) => this.failWith(error));
    const connectTimeout = connectDeadline;
    const client = createClient(filter, { userName, apiKey, connectTimeout, keepalive, clock });
    this.client = client;
    client.on("error", (error) => this.guard(() => this.failWith(error)));
    client.on("connect", () => this.guard(() => this.subscribe(client)));
    client.on("close", () => this.guard(() => this.fail("CLOSED")));
  }

  private async readApiKey(): Promise<string | undefined> {
    this.isReadingKey = true;
    try {
      return await this.options.readApiKey();
    } catch (error) {
      // Its text may hold anything. Only that a stored key is gone means something else than a keyring in trouble.
      this.fail(codeOf(error) === "KEY_LOST" ? "KEY_LOST" : "KEYRING");
      return undefined;
    } finally {
      this.isReadingKey = false;
    }
  }

  private subscribe(client: MqttClient): void {
    if (this.isOver) return;
    this.phase = "subscribe";
    this.after(subscribeDeadline, () => {
      if (this.phase === "subscribe") this.fail("SUBACK_TIMEOUT");
    });
    client.subscribe([...this.options.filters], { qos: 0 }, (error) => {
      this.guard(() => {
        if (this.isOver) return;
        // MQTT.js hides code 0x80 in the error and says granted in the list (reliability §2.2).
        if (error) this.fail("packet" in error ? "SUBACK_128" : "CLOSED");
        else this.connected();
      });
    });
  }

  private connected(): void {
    const { clock, keepalive = defaultKeepalive } = this.options;
    this.phase = "connected";
    const silence = keepalive * 1500;
    this.timers.add(
      watchLiveness(clock, silence, { lastAlive: () => this.lastAlive }, () =>
        this.fail("KEEPALIVE"),
      ),
    );
    this.listener.onConnected();
  }

  private receive(topic: string, payload: Uint8Array): void {
    if (!this.isOver) this.guard(() => this.listener.onMessage(topic, payload));
  }

  private after(milliseconds: number, action: () => void): void {
    this.timers.add(this.options.clock.after(milliseconds, action));
  }

  private failWith(error: unknown): void {
    const code = codeOf(error);
    this.fail(code, detailOf(error) || (this.certificate?.detail(code) ?? ""));
  }

  /** The first failure is the reason; whatever follows is its echo (reliability §2.4, rule 5). */
  private fail(code: string, detail = ""): void {
    if (this.isOver) return;
    const { phase, publisher } = this;
    const isClosed = phase === "connected" && (code === "CLOSED" || code === "ECONNRESET");
    const reason = isClosed && publisher.isEndSuspicious ? "RATE_LIMIT" : code;
    this.over();
    this.client?.end(true);
    this.socket?.destroy();
    this.listener.onEnd(phase, reason, detail);
  }

  private over(): void {
    this.isOver = true;
    this.timers.dispose();
    this.publisher.giveUp();
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
