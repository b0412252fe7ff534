/** The MQTT frontend: aedes speaks MQTT, this makes it behave as The Things Stack. Source: tts-mqtt §1.3, §3.3, §3.5. */
import { Aedes, type AedesOptions, type Client } from "aedes";
import type { Socket } from "node:net";
import { Emitter } from "../../util/emitter";
import type { LoginVerdict } from "./accounts";
import { holdsRight, trafficRead, type Right } from "./apiKey";
import { filterMatches, rewriteFilter } from "./subscriptionFilter";

/** One client that is logged in. */
export interface Connection {
  /** As the client sent it; need not be unique. */
  readonly clientId: string;
  readonly applicationUid: string;
  readonly rights: readonly Right[];
  readonly tokenId: string;
  /** As stored, rewritten. */
  readonly filters: ReadonlySet<string>;
}

export interface ReceivedPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

export interface Refusal {
  readonly clientId: string;
  readonly username: string;
  readonly returnCode: 3 | 5;
  readonly reason: string;
}

interface OpenConnection extends Connection {
  readonly client: Client;
  readonly filters: Set<string>;
  /** Messages handed over and not yet taken by the socket. */
  pending: number;
}

export interface FrontendHandlers {
  login(username: string, password: string): LoginVerdict;
  /** False closes the connection (rate limit). */
  publish(connection: Connection, publish: ReceivedPublish): boolean;
}

export class Frontend {
  private readonly connectEmitter = new Emitter<Connection>();
  readonly onDidConnect = this.connectEmitter.event;
  private readonly disconnectEmitter = new Emitter<Connection>();
  readonly onDidDisconnect = this.disconnectEmitter.event;
  private readonly refuseEmitter = new Emitter<Refusal>();
  readonly onDidRefuse = this.refuseEmitter.event;
  private readonly subscribeEmitter = new Emitter<Connection>();
  readonly onDidSubscribe = this.subscribeEmitter.event;

  /** Messages dropped because a client read too slowly (tts-mqtt §1.3). */
  lostMessages = 0;
  private readonly open = new Map<Client, OpenConnection>();
  private readonly clientIds = new WeakMap<Client, string>();
  private lastClientNumber = 0;

  private constructor(
    private readonly handlers: FrontendHandlers,
    private readonly deliveryBuffer: number,
    private readonly broker: Aedes,
  ) {
    broker.preConnect = this.preConnect;
    broker.authenticate = this.authenticate;
    broker.authorizeSubscribe = this.authorizeSubscribe;
    broker.authorizePublish = this.authorizePublish;
    broker.on("subscribe", (subscriptions, client) => {
      // Emitted behind SUBACK, so nothing is delivered before it.
      const topics = subscriptions.map(({ topic }) => topic);
      this.change(client, topics, (filters, stored) => filters.add(stored));
      const connection = this.open.get(client);
      if (connection !== undefined) this.subscribeEmitter.fire(connection);
    });
    // UNSUBSCRIBE is rewritten the same way and removes by exact stored filter (tts-mqtt §3.3).
    broker.on("unsubscribe", (topics, client) => {
      this.change(client, topics, (filters, stored) => filters.delete(stored));
    });
    broker.on("clientReady", (client) => {
      const connection = this.open.get(client);
      if (connection !== undefined) this.connectEmitter.fire(connection);
    });
    broker.on("clientDisconnect", (client) => {
      const connection = this.open.get(client);
      this.open.delete(client);
      if (connection !== undefined) this.disconnectEmitter.fire(connection);
    });
  }

  static async create(handlers: FrontendHandlers, deliveryBuffer: number): Promise<Frontend> {
    const options: AedesOptions = {
      concurrency: deliveryBuffer + 10,
      connectTimeout: 10_000, // CONNECT deadline (tts-mqtt §1.3)
      drainTimeout: 0, // a slow reader loses messages but stays connected (tts-mqtt §1.3)
      queueLimit: 10_000,
    };
    return new Frontend(handlers, deliveryBuffer, await Aedes.createBroker(options));
  }

  get connections(): readonly Connection[] {
    return [...this.open.values()];
  }

  handle(socket: Socket): void {
    this.broker.handle(socket);
  }

  /** To each connection of the application that may read and has a matching filter: once, QoS 0, retain 0. */
  deliver(applicationUid: string, topic: string, payload: Buffer): void {
    for (const connection of this.open.values()) {
      if (connection.applicationUid !== applicationUid) continue;
      // Without the right everything succeeds and nothing arrives (tts-mqtt §2).
      if (!holdsRight(connection.rights, trafficRead)) continue;
      if ([...connection.filters].some((filter) => filterMatches(filter, topic))) {
        this.send(connection, topic, payload);
      }
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.broker.close(resolve));
  }

  private send(connection: OpenConnection, topic: string, payload: Buffer): void {
    const { client } = connection;
    if (client.conn.writableNeedDrain && connection.pending >= this.deliveryBuffer) {
      this.lostMessages++;
      return;
    }
    connection.pending++;
    client.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, () => {
      connection.pending--;
    });
  }

  private change(
    client: Client,
    requested: readonly string[],
    apply: (filters: Set<string>, stored: string) => void,
  ): void {
    const connection = this.open.get(client);
    if (connection === undefined) return;
    for (const filter of requested) {
      const verdict = rewriteFilter(filter, connection.applicationUid);
      if (typeof verdict === "object") apply(connection.filters, verdict.stored);
    }
  }

  /** Takes away what the server ignores and aedes would act on: unique client ids, stored sessions, wills. */
  private readonly preConnect: Aedes["preConnect"] = (client, packet, done) => {
    this.clientIds.set(client, packet.clientId);
    packet.clientId = `c${++this.lastClientNumber}`; // no takeover (tts-mqtt §1.3)
    packet.clean = true;
    delete packet.will;
    if (packet.keepalive === 0) packet.keepalive = 2400; // × 1.5 = 1 hour (tts-mqtt §1.3)
    done(null, true);
  };

  private readonly authenticate: Aedes["authenticate"] = (client, username, password, done) => {
    const name = username ?? "";
    const verdict = this.handlers.login(name, password?.toString() ?? "");
    const clientId = this.clientIds.get(client) ?? "";
    if (verdict.returnCode !== 0) {
      const { returnCode, reason } = verdict;
      this.refuseEmitter.fire({ clientId, username: name, returnCode, reason });
      done(Object.assign(new Error(reason), { returnCode }), false);
      return;
    }
    const { applicationUid, rights, tokenId } = verdict;
    const filters = new Set<string>();
    const connection = { clientId, applicationUid, rights, tokenId, filters, client, pending: 0 };
    this.open.set(client, connection);
    done(null, true);
  };

  private readonly authorizeSubscribe: Aedes["authorizeSubscribe"] = (
    client,
    subscription,
    done,
  ) => {
    const uid = this.open.get(client)?.applicationUid ?? "";
    const verdict = rewriteFilter(subscription.topic, uid);
    if (verdict === "malformed")
      done(new Error("malformed filter")); // closes the connection
    else if (verdict === "refused")
      done(null, null); // SUBACK 0x80
    else done(null, { ...subscription, topic: verdict.stored });
  };

  /**
   * The handler runs before PUBACK, whatever its result (tts-mqtt §3.5), and what it says to this client is on its way
   * first (real-traffic 1). An error closes the connection.
   */
  private readonly authorizePublish: Aedes["authorizePublish"] = (client, packet, done) => {
    const connection = client === null ? undefined : this.open.get(client);
    if (connection === undefined) {
      done(new Error("not connected"));
      return;
    }
    const { topic, qos, retain } = packet;
    if (packet.dup && qos === 0) {
      done(new Error("DUP with QoS 0")); // tts-mqtt §1.3
      return;
    }
    const payload = Buffer.from(packet.payload);
    const mayStay = this.handlers.publish(connection, { topic, payload, qos, retain });
    // Nothing published comes back: no filter matches this topic, and nothing is retained.
    Object.assign(packet, { topic: "handled", payload: Buffer.alloc(0), retain: false });
    if (!mayStay) done(new Error("rate limited"));
    else setImmediate(() => done(null));
  };
}
