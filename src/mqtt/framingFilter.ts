/**
 * Stands between the socket and MQTT.js: checks every byte of the server, hands messages straight to us and leaves
 * MQTT.js only the control packets. Source: reliability R6, §2.7.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";
import { initialFraming, readFrames, type PublishFrame } from "./framing";

/** A packet that has begun must be complete within this time. Milliseconds. */
const partialPacketDeadline = 10_000;

export class FramingError extends Error {
  readonly code = "EMQTTPROTO";
}

export class FramingFilter extends Duplex {
  private state = initialFraming;
  private partialTimer: Disposable | undefined;

  constructor(
    private readonly peer: Socket,
    private readonly clock: Clock,
    private readonly onPublish: (frame: PublishFrame) => void,
    /** Called for every piece of data: the peer lives. */
    private readonly onAlive: () => void,
  ) {
    super({ allowHalfOpen: false });
    peer.on("data", (chunk: Buffer) => this.receive(chunk));
    peer.on("end", () => this.push(null));
    peer.on("error", (error) => this.destroy(error));
    peer.on("close", () => this.destroy());
  }

  /** Nothing to do: the socket flows always, for a paused one loses messages at the server (reliability §2.6). */
  override _read(): void {
    // see above
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.peer.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.peer.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.partialTimer?.dispose();
    this.peer.destroy();
    done(error);
  }

  private receive(chunk: Buffer): void {
    if (this.destroyed) return;
    this.onAlive();
    const { frames, state, violation } = readFrames(this.state, chunk);
    this.state = state;
    for (const frame of frames) {
      if (frame.type === "publish") this.onPublish(frame);
      else this.push(frame.bytes);
    }
    if (violation !== undefined) this.destroy(new FramingError(violation));
    else this.watchPartialPacket(frames.length > 0);
  }

  private watchPartialPacket(hasProgress: boolean): void {
    if (hasProgress || this.state.rest.length === 0) {
      this.partialTimer?.dispose();
      this.partialTimer = undefined;
    }
    if (this.state.rest.length === 0) return;
    this.partialTimer ??= this.clock.after(partialPacketDeadline, () => {
      this.destroy(new FramingError("a packet that never ends"));
    });
  }
}
