/** Writes what happens to one connection as lines among the messages: losses, gaps and a hint about lasting silence. */
import type { Application } from "../model/application";
import type { Model } from "../model/model";
import type { ConnectionState } from "../mqtt/connectionState";
import type { Clock } from "../util/clock";
import { MutableDisposable } from "../util/disposables";
import type { Disposable } from "../util/emitter";
import { counted } from "../util/counted";

/** A connection that held so long is not flapping (reliability R3). Milliseconds. */
const stableAfter = 60_000;
/** Devices may be quiet, but a key without read right is always (reliability G6). Milliseconds. */
const silentAfter = 600_000;

export class ConnectionJournal implements Disposable {
  /** Begin of the gap that is open now, milliseconds since 1970. */
  private lostAt: number | undefined;
  /** Begin of the present connection, milliseconds since 1970. */
  private connectedAt = 0;
  private previous: ConnectionState["phase"] = "stopped";
  private lossesSinceStable = 0;
  private hasHinted = false;
  /** Why the connection is being ended by its user, while it is. */
  private purpose: string | undefined;
  /** Messages that earlier keys have brought. */
  private receivedBefore: number;
  private readonly stableTimer = new MutableDisposable<Disposable>();
  private readonly silenceTimer = new MutableDisposable<Disposable>();

  constructor(
    private readonly application: Application,
    private readonly model: Model,
    private readonly clock: Clock,
  ) {
    this.receivedBefore = application.receivedCount;
  }

  /** The next state of the connection; call it for each, in order. */
  follow(state: ConnectionState): void {
    const { previous } = this;
    this.previous = state.phase;
    if (state.phase === "connected") this.connected();
    else if (previous === "connected") this.lost(state);
    else if (state.phase === "waiting" && state.attempt === 2 && this.lostAt === undefined) {
      this.note(`not connected: ${state.failure.reason}; trying again`);
    }
    const isTold = previous === "connected" && this.purpose !== undefined;
    if (state.phase === "failed" && !isTold) this.note(`not connected: ${state.failure.reason}`);
  }

  /** Nothing was received since then, although the connection seemed to live. Milliseconds since 1970. */
  asleepSince(time: number): void {
    if (this.previous === "connected") this.lostAt ??= time;
  }

  /** Messages that were thrown away, because counting them is all that can still be done (reliability §2.6). */
  shed(count: number): void {
    this.application.shedCount += count;
    this.note(`${counted(count, "message")} not shown: more came than could be taken in`);
  }

  /** Does what ends the connection on purpose: that is told with its reason, and is no loss. */
  onPurpose(reason: string, act: () => void): void {
    this.purpose = reason;
    act();
    this.purpose = undefined;
  }

  /** A new key may read what the old one could not, or the reverse. */
  keyChanged(): void {
    this.hasHinted = false;
    this.receivedBefore = this.application.receivedCount;
  }

  dispose(): void {
    this.stableTimer.dispose();
    this.silenceTimer.dispose();
  }

  /** Twice lost without a stable minute between: one gap stays open instead of a line for each (C31). */
  private get isFlapping(): boolean {
    return this.lossesSinceStable > 1;
  }

  private connected(): void {
    this.connectedAt = this.clock.now();
    this.stableTimer.value = this.clock.after(stableAfter, () => this.stable());
    if (!this.hasHinted) {
      this.silenceTimer.value = this.clock.after(silentAfter, () => this.hintAtSilence());
    }
    if (this.isFlapping) return;
    this.closeGap();
    const { host, port } = this.application.settings;
    this.note(`connected to ${host}:${port}`);
  }

  private stable(): void {
    if (this.isFlapping) {
      this.closeGap();
      this.note("the connection is stable again");
    }
    this.lossesSinceStable = 0;
  }

  private lost(state: ConnectionState): void {
    this.dispose();
    this.lostAt ??= this.clock.now();
    if (state.phase === "stopped" || this.purpose !== undefined) {
      this.lossesSinceStable = 0;
      const isOver = state.phase === "stopped" || state.phase === "failed";
      const reason = this.purpose === undefined ? "" : `: ${this.purpose}`;
      this.note(`${isOver ? "disconnected" : "connecting again"}${reason}`);
      return;
    }
    this.lossesSinceStable++;
    const reason = state.phase === "waiting" ? `: ${state.failure.reason}` : "";
    if (this.lossesSinceStable === 1) this.note(`connection lost${reason}`);
    else if (this.lossesSinceStable === 2) {
      this.note(`connection unstable${reason}. One gap is shown when it has held for a minute`);
    }
  }

  private closeGap(): void {
    if (this.lostAt === undefined) return;
    // The clock may have been set back meanwhile (C29).
    const to = Math.max(this.lostAt, this.connectedAt);
    this.model.note(this.application.key, { kind: "gap", from: this.lostAt, to }, this.clock.now());
    this.lostAt = undefined;
  }

  private hintAtSilence(): void {
    if (this.hasHinted || this.application.receivedCount > this.receivedBefore) return;
    this.hasHinted = true;
    this.note(
      "no message for 10 minutes: the end devices may be quiet, live on another cluster, or the API key lacks RIGHT_APPLICATION_TRAFFIC_READ",
    );
  }

  private note(text: string): void {
    this.model.note(this.application.key, { kind: "connection", text }, this.clock.now());
  }
}
