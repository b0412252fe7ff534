/** Listens on loopback and reads CONNECT, in a few KiB, before MQTT is spoken. Source: tts-mqtt §1.3, §1.6. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Timers } from "../timers";

/** PEM texts; without them the server speaks plain TCP. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

const connectDeadline = 10_000; // from TCP accept (tts-mqtt §1.3)
/** Bytes of a CONNECT packet: an id, a name and a key need some hundred. */
const maximumConnect = 4096;
/** Sockets that have not said CONNECT yet; the one that waits for longest makes room. */
const maximumWaiting = 128;
const maximumSockets = 1024;
const connackUnacceptableProtocol = Buffer.from([0x20, 2, 0, 1]);

export class Acceptor {
  /** False: sockets are closed before CONNECT is read, as by the rate limit of new connections (tts-mqtt §1.7). */
  isAccepting = true;
  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<Socket>();
  private readonly server: Server;

  constructor(
    private readonly timers: Timers,
    private readonly handle: (socket: Socket) => void,
    tls: TlsIdentity | undefined,
  ) {
    const onSocket = (socket: Socket): void => this.accept(socket);
    const options = { highWaterMark: maximumConnect }; // what lies unread in memory
    this.server =
      tls === undefined
        ? createServer(options, onSocket)
        : createTlsServer({ ...tls, ...options }, onSocket);
    this.server.maxConnections = maximumSockets;
  }

  /** Resolves to the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
    const address = this.server.address();
    return isAddress(address) ? address.port : port;
  }

  /** Cuts every connection at once. */
  disconnectAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.disconnectAll();
    });
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy()); // a client that goes away is no news
    if (!this.isAccepting) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    this.awaitConnect(socket);
  }

  private awaitConnect(socket: Socket): void {
    const [oldest] = this.waiting;
    if (oldest !== undefined && this.waiting.size >= maximumWaiting) {
      this.waiting.delete(oldest);
      oldest.destroy();
    }
    this.waiting.add(socket);
    const deadline = this.timers.after(connectDeadline, () => socket.destroy());
    const leave = (): void => {
      deadline.dispose();
      this.waiting.delete(socket);
    };
    socket.once("close", leave);
    let received = Buffer.alloc(0);
    const look = (): void => {
      const chunk: unknown = socket.read();
      if (!Buffer.isBuffer(chunk)) return;
      received = Buffer.concat([received, chunk]);
      const verdict = connectVerdict(received);
      if (verdict === "incomplete") return;
      socket.off("readable", look);
      if (verdict === "mqtt") {
        leave();
        socket.unshift(received);
        this.handle(socket);
      } else if (verdict === "close") socket.destroy();
      else socket.end(connackUnacceptableProtocol);
    };
    socket.on("readable", look);
  }
}

/** What to do with the first bytes of a connection. MQTT 5 is closed without CONNACK, as its properties shift the layout. */
export function connectVerdict(
  bytes: Uint8Array,
): "incomplete" | "mqtt" | "close" | "refuse the protocol" {
  const level = protocolLevel(bytes);
  if (level === "incomplete") return level;
  if (level === "garbage" || level === 5) return "close";
  if (level !== 3 && level !== 4) return "refuse the protocol";
  const length = packetLength(bytes);
  if (length > maximumConnect) return "close";
  return bytes.length < length ? "incomplete" : "mqtt";
}

/** Bytes of the whole packet, by its fixed header. */
function packetLength(bytes: Uint8Array): number {
  let length = 0;
  let at = 1;
  for (let unit = 1; ; unit *= 128, at++) {
    const digit = bytes[at] ?? 0;
    length += (digit & 0x7f) * unit;
    if (digit < 0x80) return at + 1 + length;
  }
}

/**
 * The protocol level of a CONNECT packet; -1 of one that is not MQTT's.
 */
export function protocolLevel(bytes: Uint8Array): number | "incomplete" | "garbage" {
  if (bytes.length === 0) return "incomplete";
  if (bytes[0] !== 0x10) return "garbage";
  let at = 1;
  while (((bytes[at] ?? 0) & 0x80) !== 0) if (++at > 4) return "garbage";
  const nameLength = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  if (bytes.length < at + 3) return "incomplete";
  if (nameLength > 6) return "garbage";
  const level = bytes[at + 3 + nameLength];
  if (level === undefined) return "incomplete";
  const name = Buffer.from(bytes.subarray(at + 3, at + 3 + nameLength)).toString("latin1");
  return name === "MQTT" || name === "MQIsdp" ? level : -1;
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
