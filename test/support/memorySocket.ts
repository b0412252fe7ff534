/** A socket without a network: a test holds its other end. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

export class MemorySocket extends Duplex {
  /** All that was written. */
  readonly written: Buffer[] = [];
  private rest = Buffer.alloc(0);

  /** @param onPacket the server's side: called with each whole packet of the client */
  constructor(
    private readonly onPacket: (packet: Buffer, socket: MemorySocket) => void = () => undefined,
  ) {
    super({ allowHalfOpen: false, emitClose: true });
    setImmediate(() => this.emit("connect"));
  }

  /** As the attempt wants it. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  /** Bytes of the server. */
  receive(bytes: Uint8Array): void {
    if (!this.destroyed) this.push(bytes);
  }

  setNoDelay(): this {
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }

  override _read(): void {
    // bytes come when the test has some
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.written.push(bytes);
    this.rest = Buffer.concat([this.rest, bytes]);
    for (;;) {
      const length = packetLength(this.rest);
      if (length === undefined || this.rest.length < length) break;
      const packet = this.rest.subarray(0, length);
      this.rest = this.rest.subarray(length);
      this.onPacket(packet, this);
    }
    done();
  }

  override _final(done: () => void): void {
    done();
    this.destroy();
  }
}

/** Of a short packet: the tests send no longer ones. */
function packetLength(bytes: Buffer): number | undefined {
  const [, low, high] = bytes;
  if (low === undefined) return undefined;
  if (low < 0x80) return 2 + low;
  return high === undefined ? undefined : 3 + (low & 0x7f) + (high << 7);
}

/** The packet id of SUBSCRIBE and the like, at the begin of what follows the header. */
export function packetId(packet: Buffer, at = 0): number {
  const body = (packet[1] ?? 0) < 0x80 ? 2 : 3;
  return packet.readUInt16BE(body + at);
}

/** The packet id of a PUBLISH with QoS 1, behind its topic. */
export function publishId(packet: Buffer): number {
  return packetId(packet, 2 + packetId(packet));
}
