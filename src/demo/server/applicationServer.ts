/**
 * A simulated Application Server on loopback: the contract of tts-mqtt as code. The demo network runs on it and all
 * tests talk to it. It never prints, stores nothing and forgets everything on `close()`.
 */
import { systemClock, type Clock } from "../../util/clock";
import { Emitter } from "../../util/emitter";
import { ApiServer } from "../http/apiServer";
import type { FormatterMaker } from "../http/formatterEngine";
import { Random } from "../random";
import { Timers } from "../timers";
import { Acceptor, type TlsIdentity } from "./acceptor";
import { Accounts, type ApplicationOptions } from "./accounts";
import { consoleRights, generateApiKey, type Right } from "./apiKey";
import { Frontend, type Connection, type ReceivedPublish } from "./frontend";
import { Network, type NetworkOptions } from "./network";
import { PublishHandler, type PublishRecord } from "./publishHandler";
import { RateLimiter, type RateLimit } from "./rateLimit";
import { errorDetails } from "./serverErrors";
import type { UpstreamMessage } from "./upstream";

export interface ApplicationServerOptions extends NetworkOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly tls?: TlsIdentity;
  /** Class `as:down:mqtt`; unlimited by default, as on an open source server (tts-mqtt §1.7). */
  readonly downlinkRateLimit?: RateLimit;
  /** Milliseconds that a rights lookup is remembered. The real default is 120 000 (tts-mqtt §1.5), here 0. */
  readonly rightsCacheTime?: number;
  /** Messages that may wait for a slow reader (tts-mqtt §1.3: 128 + 64). */
  readonly deliveryBuffer?: number;
  /** Runs payload formatters for the HTTP API; without it there are no such calls. */
  readonly createFormatter?: FormatterMaker;
}

const maximumRecords = 1000;

/** Starts listening on 127.0.0.1. */
export async function createApplicationServer(
  options: ApplicationServerOptions = {},
): Promise<ApplicationServer> {
  const random = options.random ?? new Random();
  const timers = new Timers(options.clock ?? systemClock);
  const accounts = new Accounts(() => timers.now(), options.rightsCacheTime ?? 0);
  const handlers = {
    login: (username: string, password: string) =>
      accounts.login(username, password, (uid) => countOf(frontend.connections, uid)),
    publish: (connection: Connection, publish: ReceivedPublish) =>
      server.receive(connection, publish),
  };
  const frontend = await Frontend.create(handlers, options.deliveryBuffer ?? 192);
  const acceptor = new Acceptor(timers, (socket) => frontend.handle(socket), options.tls);
  const port = await acceptor.listen(options.port ?? 0);
  const server = new ApplicationServer(port, options, timers, random, accounts, frontend, acceptor);
  await server.listenForApi(options.createFormatter);
  return server;
}

export class ApplicationServer {
  readonly host = "127.0.0.1";
  /** The end devices and what they do. */
  readonly network: Network;
  private readonly receiveEmitter = new Emitter<PublishRecord>();
  /** A client has published and the server has judged it. */
  readonly onDidReceive = this.receiveEmitter.event;
  private readonly publishEmitter = new Emitter<UpstreamMessage>();
  /** A message was published upstream, whether anybody is subscribed or not. */
  readonly onDidPublish = this.publishEmitter.event;
  readonly onDidConnect;
  readonly onDidDisconnect;
  readonly onDidRefuse;
  readonly onDidSubscribe;
  private readonly publishHandler: PublishHandler;
  private api: ApiServer | undefined;
  private apiPort = 0;
  private readonly received: PublishRecord[] = [];

  /** Use {@link createApplicationServer}. */
  constructor(
    readonly port: number,
    options: ApplicationServerOptions,
    readonly timers: Timers,
    readonly random: Random,
    private readonly accounts: Accounts,
    private readonly frontend: Frontend,
    private readonly acceptor: Acceptor,
  ) {
    ({
      onDidConnect: this.onDidConnect,
      onDidDisconnect: this.onDidDisconnect,
      onDidRefuse: this.onDidRefuse,
      onDidSubscribe: this.onDidSubscribe,
    } = frontend);
    this.network = new Network(options, timers, random, (message, payload) => {
      frontend.deliver(message.device.applicationUid, message.topic, payload);
      this.publishEmitter.fire(message);
    });
    const limiter = new RateLimiter(options.downlinkRateLimit, () => timers.now());
    this.publishHandler = new PublishHandler(this.network, limiter);
  }

  /** Where the HTTP API listens, in plain text, on the same address. */
  get httpPort(): number {
    return this.apiPort;
  }

  /** Opens the HTTP API beside MQTT; {@link createApplicationServer} does. */
  async listenForApi(createFormatter: FormatterMaker | undefined): Promise<void> {
    const { accounts, network, host, port, frontend } = this;
    const mqttAddress = `${host}:${port}`;
    this.api = new ApiServer(this.timers, { accounts, network, createFormatter, mqttAddress });
    this.apiPort = await this.api.listen();
    frontend.onDidRefuse(({ username, returnCode }) => {
      if (returnCode !== 5 || !accounts.hasApplication(username)) return;
      const error = errorDetails({ name: "invalid_authorization" }, this.random);
      network.events.refused(username, error);
    });
  }

  /** The last 1000 publishes of clients, oldest first. */
  get records(): readonly PublishRecord[] {
    return this.received;
  }

  get connections(): readonly Connection[] {
    return this.frontend.connections;
  }

  /** Messages dropped because a client read too slowly (tts-mqtt §1.3). */
  get lostMessages(): number {
    return this.frontend.lostMessages;
  }

  addApplication(application: ApplicationOptions): void {
    this.accounts.addApplication(application);
  }

  /** A key as the Console generates it for one application, with other rights if wanted. */
  addApiKey(applicationUid: string, rights: readonly Right[] = consoleRights): string {
    const key = generateApiKey(this.random);
    this.accounts.addApiKey({ key, rights: { [applicationUid]: rights } });
    return key;
  }

  /** A chosen key: several applications, an expiry date, an unusual form. */
  addKnownApiKey(options: Parameters<Accounts["addApiKey"]>[0]): void {
    this.accounts.addApiKey(options);
  }

  /** Refuses new logins; open connections stay (tts-mqtt §1.5). */
  revokeApiKey(key: string): void {
    this.accounts.revokeApiKey(key);
  }

  /** Anything on any topic to the clients of an application: for messages the server would never send. */
  publishRaw(applicationUid: string, topic: string, payload: string | Uint8Array): void {
    this.frontend.deliver(applicationUid, topic, Buffer.from(payload));
  }

  /** False: new connections are closed before CONNECT is read (tts-mqtt §1.7 `as:accept:mqtt`). */
  set isAccepting(value: boolean) {
    this.acceptor.isAccepting = value;
  }

  /** Cuts every connection, without DISCONNECT as always (tts-mqtt §1.3). */
  disconnectAll(): void {
    this.acceptor.disconnectAll();
  }

  /** Judges one publish; false closes the connection. */
  receive(connection: Connection, publish: ReceivedPublish): boolean {
    const record = this.publishHandler.handle(connection, publish);
    this.received.push(record);
    if (this.received.length > maximumRecords) this.received.shift();
    this.receiveEmitter.fire(record);
    return record.outcome !== "rate limited";
  }

  async close(): Promise<void> {
    this.timers.dispose();
    await this.api?.close();
    await this.acceptor.close();
    await this.frontend.close();
  }
}

function countOf(connections: readonly Connection[], applicationUid: string): number {
  return connections.filter((connection) => connection.applicationUid === applicationUid).length;
}
