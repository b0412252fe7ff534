/**
 * A server driven by a list of steps for each connection: what it expects, what it sends, when it closes. It records all
 * bytes, and `stop` fails the test when a connection brought anything unexpected.
 */
import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { parser as createParser, type Packet } from "mqtt-packet";
import { eventually } from "./conditions";
import { connack, pingresp, puback, suback } from "./packets";

export type Step =
  /** The next packet must be of this kind and hold these fields. */
  | { readonly expect: Packet["cmd"]; readonly with?: Readonly<Record<string, unknown>> }
  | { readonly send: Uint8Array | ((last: Packet | undefined) => Uint8Array) }
  | { readonly wait: () => Promise<unknown> }
  /** FIN, RST, or nothing at all any more. */
  | "close"
  | "reset"
  | "ignore"
  /** Behaves as a good server from here on. */
  | "serve";

export const expectConnect: Step = { expect: "connect", with: { protocolVersion: 4, clean: true } };
export const acceptLogin: readonly Step[] = [expectConnect, { send: connack(0) }];
/** Login and subscription as they should be. */
export const acceptAll: readonly Step[] = [
  ...acceptLogin,
  { expect: "subscribe", with: { subscriptions: [{ topic: "#", qos: 0 }] } },
  { send: (last) => suback(last?.messageId ?? 0, 0) },
];
export const serveAll: readonly Step[] = [...acceptAll, "serve"];

export interface BrokerOptions {
  /** The steps of the connection with this number, the first being 0. */
  readonly script: readonly Step[] | ((connection: number) => readonly Step[]);
  readonly tls?: TlsOptions;
  readonly host?: string;
  readonly port?: number;
}

export class ScriptedBroker {
  readonly connections: BrokerConnection[] = [];
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(options: BrokerOptions): Promise<ScriptedBroker> {
    const { script, tls, host = "127.0.0.1" } = options;
    const onSocket = (socket: Socket): void => {
      const number = broker.connections.length;
      const steps = typeof script === "function" ? script(number) : script;
      broker.connections.push(new BrokerConnection(socket, steps));
    };
    const server = tls ? createTlsServer(tls, onSocket) : createServer(onSocket);
    server.on("tlsClientError", () => undefined); // a client that refuses our certificate
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, host, resolve);
    });
    const address = server.address();
    assert(typeof address === "object" && address !== null);
    const broker = new ScriptedBroker(server, address.port);
    return broker;
  }

  /** The connection with this number, as soon as it is there. */
  async connection(number: number): Promise<BrokerConnection> {
    await eventually(`connection ${number}`, () => this.connections.length > number);
    const connection = this.connections[number];
    assert(connection);
    return connection;
  }

  /** All bytes that clients sent, after TLS. */
  get received(): Buffer {
    return Buffer.concat(this.connections.flatMap(({ chunks }) => chunks));
  }

  /** Closes everything and reports what was unexpected. */
  async stop(): Promise<void> {
    await this.drop();
    assert.deepEqual(this.connections.flatMap(({ problems }) => problems).slice(0, 20), []);
  }

  /** Closes the port and all connections, as a server that goes down. */
  async drop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { socket } of this.connections) socket.destroy();
    await closed;
  }
}

export class BrokerConnection {
  readonly chunks: Buffer[] = [];
  readonly packets: Packet[] = [];
  readonly problems: string[] = [];
  isClosed = false;
  private readonly steps: Step[];
  private isServing = false;
  private isIgnoring = false;

  constructor(
    readonly socket: Socket,
    steps: readonly Step[],
  ) {
    this.steps = [...steps];
    const parser = createParser({ protocolVersion: 4 });
    parser.on("packet", (packet) => this.take(packet));
    parser.on("error", (error: Error) => this.problems.push(`not MQTT: ${error.message}`));
    socket.setNoDelay(true);
    socket.on("error", () => undefined); // resets are part of the tests
    socket.on("close", () => (this.isClosed = true));
    socket.on("data", (chunk) => {
      this.chunks.push(chunk);
      if (!this.isIgnoring) parser.parse(chunk);
    });
    void this.run();
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  count(command: Packet["cmd"]): number {
    return this.packets.filter(({ cmd }) => cmd === command).length;
  }

  async packet(command: Packet["cmd"], number = 1): Promise<Packet> {
    await eventually(`${command} ${number}`, () => this.count(command) >= number);
    const found = this.packets.filter(({ cmd }) => cmd === command)[number - 1];
    assert(found);
    return found;
  }

  async closed(): Promise<void> {
    await eventually("the client closes", () => this.isClosed);
  }

  private take(packet: Packet): void {
    this.packets.push(packet);
    if (this.isServing) {
      this.serve(packet);
      return;
    }
    const [step] = this.steps;
    if (packet.cmd === "disconnect") return; // always a client's right
    if (typeof step !== "object" || !("expect" in step)) {
      this.problems.push(`unexpected ${packet.cmd}`);
      return;
    }
    this.steps.shift();
    this.compare(step, packet);
    void this.run();
  }

  private compare(step: Extract<Step, { expect: unknown }>, packet: Packet): void {
    if (packet.cmd !== step.expect) {
      this.problems.push(`${packet.cmd} instead of ${step.expect}`);
    }
    for (const [name, wanted] of Object.entries(step.with ?? {})) {
      const found: unknown = Object.entries(packet).find(([key]) => key === name)?.[1];
      if (!contains(found, wanted)) {
        this.problems.push(`${packet.cmd} with ${name} ${JSON.stringify(found)}`);
      }
    }
  }

  /** Does all steps up to the next one that waits for a packet. */
  private async run(): Promise<void> {
    for (;;) {
      const [step] = this.steps;
      if (step === undefined || (typeof step === "object" && "expect" in step)) return;
      this.steps.shift();
      if (typeof step === "object") {
        if ("wait" in step) await step.wait();
        else
          this.send(typeof step.send === "function" ? step.send(this.packets.at(-1)) : step.send);
      } else this.act(step);
    }
  }

  private act(step: "close" | "reset" | "ignore" | "serve"): void {
    // What a client sends into a connection that we have closed is no surprise.
    this.isIgnoring = step !== "serve";
    if (step === "close") this.socket.end();
    else if (step === "reset") this.socket.resetAndDestroy();
    else if (step === "serve") this.isServing = true;
  }

  private serve(packet: Packet): void {
    if (packet.cmd === "pingreq") this.send(pingresp);
    else if (packet.cmd === "publish" && packet.qos === 1) this.send(puback(packet.messageId ?? 0));
    else if (packet.cmd === "disconnect") this.socket.end();
  }
}

/** Objects and lists need only hold what is wanted. */
function contains(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return Object.is(found, wanted);
  if (typeof found !== "object" || found === null) return false;
  const entries = new Map<string, unknown>(Object.entries(found));
  return Object.entries(wanted).every(([key, value]) => contains(entries.get(key), value));
}
