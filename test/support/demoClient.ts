/** A real MQTT.js client, a raw one, and a server with one application, for tests of the simulated server. */
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { generate, parser, type Packet } from "mqtt-packet";
import { Random } from "../../src/demo/random";
import {
  createApplicationServer,
  type ApplicationServer,
  type ApplicationServerOptions,
} from "../../src/demo/server/applicationServer";
import { ManualClock } from "./manualClock";

export const uid = "app1@tenant1";

export interface Fixture {
  readonly server: ApplicationServer;
  readonly clock: ManualClock;
  readonly key: string;
}

/** A server at a standing clock with the application app1@tenant1 and a key as the Console makes it. */
export async function startServer(options: ApplicationServerOptions = {}): Promise<Fixture> {
  const clock = new ManualClock();
  const server = await createApplicationServer({ clock, random: new Random(7), ...options });
  server.addApplication({ uid });
  return { server, clock, key: server.addApiKey(uid) };
}

export interface Received {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly kind: string;
  /** A value in the JSON by its path: `downlink_queued.f_port`. */
  readonly at: (path: string) => unknown;
}

/** Collects what arrives and waits for what is still to come. */
export class TestClient {
  readonly messages: Received[] = [];
  private readonly waiting = new Set<() => void>();
  private taken = 0;
  private fences = 0;

  constructor(readonly mqtt: MqttClient) {
    mqtt.on("message", (topic, payload, { qos, retain }) => {
      const text = payload.toString();
      const body: unknown = text.startsWith("{") ? JSON.parse(text) : undefined;
      const kind = topic.split("/").slice(4).join("/");
      this.messages.push({ topic, text, qos, retain, kind, at: (path) => valueAt(body, path) });
      for (const wake of this.waiting) wake();
    });
  }

  /** The next message not taken yet. */
  async next(): Promise<Received> {
    for (;;) {
      const message = this.messages[this.taken];
      if (message !== undefined) {
        this.taken++;
        return message;
      }
      await this.change();
    }
  }

  /** Kinds of the next `count` messages. */
  async kinds(count: number): Promise<readonly string[]> {
    const kinds: string[] = [];
    while (kinds.length < count) kinds.push((await this.next()).kind);
    return kinds;
  }

  /** All that came before a fence the server sends now. */
  async rest(server: ApplicationServer): Promise<readonly Received[]> {
    const from = this.taken;
    const fence = `fence ${++this.fences}`;
    server.publishRaw(uid, `v3/${uid}/devices/fence/up`, fence);
    while (this.messages.at(-1)?.text !== fence) await this.change();
    this.taken = this.messages.length;
    return this.messages.slice(from, -1);
  }

  /** The codes of SUBACK, as MQTT.js hides 0x80. */
  async subscribe(filter: string | string[], qos: 0 | 1 | 2 = 0): Promise<readonly unknown[]> {
    const codes = new Promise<readonly unknown[]>((resolve) => {
      const listen = (packet: Packet): void => {
        if (packet.cmd !== "suback") return;
        this.mqtt.off("packetreceive", listen);
        resolve(packet.granted);
      };
      this.mqtt.on("packetreceive", listen);
    });
    this.mqtt.subscribe(filter, { qos }, () => undefined);
    return codes;
  }

  /** Resolves with PUBACK. */
  async publish(topic: string, body: unknown, qos: 0 | 1 | 2 = 1): Promise<void> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    await this.mqtt.publishAsync(topic, text, { qos });
  }

  async push(deviceId: string, ...downlinks: readonly object[]): Promise<void> {
    await this.publish(`v3/${uid}/devices/${deviceId}/down/push`, { downlinks });
  }

  async replace(deviceId: string, ...downlinks: readonly object[]): Promise<void> {
    await this.publish(`v3/${uid}/devices/${deviceId}/down/replace`, { downlinks });
  }

  private async change(): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
    });
  }
}

/** The value at a dotted path, undefined where there is none. */
export function valueAt(body: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null
          ? Object.entries(value).find(([name]) => name === key)?.[1]
          : undefined,
      body,
    );
}

export interface LoginOptions extends IClientOptions {
  readonly port: number;
}

const open = new Set<{ close: () => void }>();

/** Ends every client of the test; call it in afterEach. */
export function closeClients(): void {
  for (const { close } of open) close();
  open.clear();
}

/** Connects; rejects with the code of CONNACK, or "closed" when the socket closes without one. */
export async function login(options: LoginOptions): Promise<TestClient> {
  const client = mqtt.connect({
    host: "127.0.0.1",
    protocolVersion: 4,
    reconnectPeriod: 0,
    ...options,
  });
  open.add({ close: () => client.end(true) });
  const test = new TestClient(client);
  return new Promise((resolve, reject) => {
    client.on("connect", () => resolve(test));
    client.on("error", (error) => {
      reject(new Error(`code ${"code" in error ? String(error.code) : error.message}`));
    });
    client.on("close", () => reject(new Error("closed")));
  });
}

/** Logged in to app1@tenant1 and subscribed to everything. */
export async function watch({ server, key }: Fixture): Promise<TestClient> {
  const client = await login({ port: server.port, username: uid, password: key });
  await client.subscribe("#");
  return client;
}

/** Speaks packets that MQTT.js would not. */
export class RawClient {
  readonly packets: Packet[] = [];
  readonly closed: Promise<unknown>;
  private readonly waiting = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    const reader = parser({ protocolVersion: 4 });
    reader.on("packet", (packet) => {
      this.packets.push(packet);
      for (const wake of this.waiting) wake();
    });
    socket.on("data", (bytes) => reader.parse(bytes));
    socket.on("error", () => undefined);
    this.closed = once(socket, "close");
    open.add({ close: () => socket.destroy() });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connectSocket(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  static async login({ server, key }: Fixture): Promise<RawClient> {
    const client = await RawClient.open(server.port);
    client.send({ cmd: "connect", clientId: "raw", username: uid, password: Buffer.from(key) });
    await client.packet("connack");
    return client;
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  async packet(command: Packet["cmd"]): Promise<Packet> {
    for (;;) {
      const found = this.packets.find(({ cmd }) => cmd === command);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }
}
