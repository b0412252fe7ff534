/**
 * Stands between the socket and MQTT.js: checks every byte of the server, hands messages straight to us and leaves
 * MQTT.js only the control packets. Source: reliability R6, §2.7.
 */
import { Duplex } from "node:stream";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";
import { initialFraming, readFrames, unfinishedGreeting, type PublishFrame } from "./framing";
import { watchLiveness } from "./liveness";

/** A packet that has begun must go on within this time. Milliseconds. */
const stallDeadline = 10_000;

export class FramingError extends Error {
  readonly code = "EMQTTPROTO";
}

/** The server stopped in the middle of a packet: a slow or dead link, no fault of its language. */
export class StallError extends Error {
  readonly code = "STALLED";
}

const pingreq = 0xc0;
const pingresp = new Uint8Array([0xd0, 0]);

export class FramingFilter extends Duplex {
  private state = initialFraming;
  private stallWatch: Disposable | undefined;
  /** When the last bytes came, in monotonic time. */
  private lastProgress = 0;
  /** Room for what is missing of a packet, so that one in a thousand pieces is not joined a thousand times. */
  private gathered: Buffer | undefined;
  private gatheredLength = 0;

  constructor(
    private readonly peer: Duplex,
    private readonly clock: Clock,
    private readonly onPublish: (frame: PublishFrame) => void,
    /** Called for every piece of data: the peer lives. */
    private readonly onAlive: () => void,
  ) {
    super({ allowHalfOpen: false });
    peer.on("data", (chunk: Buffer) => this.receive(chunk));
    peer.on("end", () => this.ended());
    peer.on("error", (error) => this.destroy(error));
    peer.on("close", () => this.destroy());
  }

  /** Nothing to do: the socket flows always, for a paused one loses messages at the server (reliability §2.6). */
  override _read(): void {
    // see above
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.peer.write(chunk, done);
    // The server's answer waits behind a large packet on a slow line, and MQTT.js would take that for silence.
    if (chunk[0] === pingreq && this.isPartial) this.push(pingresp);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.peer.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stallWatch?.dispose();
    this.gathered = undefined;
    done(error); // first, so that the reason is known before the socket says that it is closed
    this.peer.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.destroyed) return;
    this.onAlive();
    this.lastProgress = this.clock.monotonic();
    const taken = this.gather(chunk);
    if (taken < chunk.length) this.judge(chunk.subarray(taken));
  }

  /** Takes what completes the packet that is being gathered; returns how many bytes those were. */
  private gather(chunk: Buffer): number {
    const { gathered } = this;
    if (!gathered) return 0;
    const taken = chunk.copy(gathered, this.gatheredLength);
    this.gatheredLength += taken;
    if (this.gatheredLength === gathered.length) this.judge(gathered);
    return taken;
  }

  private judge(bytes: Buffer): void {
    if (this.destroyed) return;
    const { frames, state, violation } = readFrames(this.state, bytes);
    this.state = state;
    // At most the largest packet that is accepted, so an announced size cannot take memory.
    this.gathered = state.missing > 1 ? Buffer.allocUnsafe(state.missing) : undefined;
    this.gatheredLength = 0;
    for (const frame of frames) {
      if (this.isEnded()) return; // by a listener
      if (frame.type === "publish") this.onPublish(frame);
      else this.push(frame.bytes);
    }
    if (violation !== undefined) this.destroy(new FramingError(violation));
    else this.watchForStall();
  }

  private isEnded(): boolean {
    return this.destroyed;
  }

  /** A packet has begun and is not complete. */
  private get isPartial(): boolean {
    return this.state.rest.length > 0;
  }

  /** Every byte extends the deadline, so a slow line is as good as a fast one. */
  private watchForStall(): void {
    if (!this.isPartial || this.destroyed) {
      this.stallWatch?.dispose();
      this.stallWatch = undefined;
      return;
    }
    const peer = { lastAlive: () => this.lastProgress };
    this.stallWatch ??= watchLiveness(this.clock, stallDeadline, peer, () => {
      const greeting = unfinishedGreeting(this.state);
      this.destroy(greeting === undefined ? new StallError() : new FramingError(greeting));
    });
  }

  private ended(): void {
    const greeting = unfinishedGreeting(this.state);
    if (greeting === undefined) this.push(null);
    else this.destroy(new FramingError(greeting));
  }
}
