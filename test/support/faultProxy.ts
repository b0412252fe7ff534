/** Stands between a client and any server and breaks what passes: the seven toxics of toxiproxy, switchable at run time. */
import assert from "node:assert/strict";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Faults {
  /** Milliseconds that each piece is late. */
  readonly latency?: number;
  /** Bytes per second, in each direction. */
  readonly bandwidth?: number;
  /** Nothing passes and nothing is closed: a half-open connection. One direction or both. */
  readonly blackHole?: "both" | "toServer" | "toClient";
  /** Largest piece that is written at once. */
  readonly slice?: number;
  /** Closes after so many bytes towards the client, counted from when this is set. */
  readonly cutAfter?: number;
  /** Milliseconds that a FIN is late. */
  readonly slowClose?: number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class FaultProxy {
  private current: Faults = {};
  readonly toServer: Buffer[] = [];
  /** How many clients have closed their side. */
  ended = 0;
  private readonly pairs = new Set<Pair>();
  private sent = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private readonly target: number,
  ) {}

  static async start(target: number, faults: Faults = {}): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true }, (client) => proxy.accept(client));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert(typeof address === "object" && address !== null);
    const proxy = new FaultProxy(server, address.port, target);
    proxy.faults = faults;
    return proxy;
  }

  get faults(): Faults {
    return this.current;
  }

  /** In force from the next piece on. */
  set faults(faults: Faults) {
    this.current = faults;
    this.sent = 0;
  }

  /** How many connections are open. */
  get open(): number {
    return this.pairs.size;
  }

  /** RST towards the client, on all connections. */
  reset(): void {
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** Closes all connections without a word: TCP FIN, without TLS close_notify. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.end();
      server.destroy();
    }
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  private accept(client: Socket): void {
    const server = connect({ port: this.target, host: "127.0.0.1", allowHalfOpen: true });
    const pair = { client, server };
    this.pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
    }
    client.on("close", () => {
      this.pairs.delete(pair);
      server.destroy();
    });
    server.on("close", () => {
      if (this.faults.blackHole === undefined) client.end();
    });
    client.on("data", (bytes) => this.toServer.push(bytes));
    client.on("end", () => this.ended++);
    this.pass(client, server, "toServer");
    this.pass(server, client, "toClient");
  }

  /** One direction: pieces are written one after the other, each as late as the faults want. */
  private pass(from: Socket, to: Socket, direction: "toServer" | "toClient"): void {
    let line = Promise.resolve();
    const enqueue = (action: () => Promise<void> | void) => {
      line = line.then(action).catch(() => undefined);
    };
    from.on("data", (bytes) => enqueue(() => this.write(bytes, to, direction)));
    from.on("end", () =>
      enqueue(async () => {
        if (this.isHole(direction)) return;
        if (this.faults.slowClose !== undefined) await pause(this.faults.slowClose);
        to.end();
      }),
    );
  }

  private async write(
    bytes: Buffer,
    to: Socket,
    direction: "toServer" | "toClient",
  ): Promise<void> {
    const size = this.faults.slice ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) {
      const { latency, bandwidth, cutAfter } = this.faults;
      const isCut = direction === "toClient" && cutAfter !== undefined;
      const room = isCut ? Math.max(0, cutAfter - this.sent) : size;
      const piece = bytes.subarray(at, at + Math.min(size, room));
      if (latency !== undefined) await pause(latency);
      if (bandwidth !== undefined) await pause((piece.length / bandwidth) * 1000);
      if (this.isHole(direction) || to.destroyed) return;
      await new Promise<void>((resolve) => to.write(piece, () => resolve()));
      if (direction === "toClient") this.sent += piece.length;
      if (isCut && this.sent >= cutAfter) to.destroy();
    }
  }

  private isHole(direction: "toServer" | "toClient"): boolean {
    const { blackHole } = this.faults;
    return blackHole === "both" || blackHole === direction;
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
