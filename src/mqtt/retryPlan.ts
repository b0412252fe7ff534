/** When to try again after a failure, and when to stop and ask. Source: reliability R3, R5, §2.5. */
import type { Clock } from "../util/clock";
import type { ConnectionFailure } from "./connectionState";
import { isSilentEnd, type AttemptEnd } from "./attemptEnd";
import { failureOf } from "./failures";

export interface Verdict {
  readonly failure: ConnectionFailure;
  /** Milliseconds until the next attempt; undefined: stop and ask. */
  readonly delay: number | undefined;
}

/** How an attempt ended, without what the plan itself remembers. */
export type PlainEnd = Pick<AttemptEnd, "phase" | "code" | "detail" | "host" | "port" | "security">;

const firstDelay = 1_000;
const longestDelay = 120_000;
const slowDelays = [30_000, 60_000, 120_000] as const;
/** Together longer than the two minutes for which a server remembers a refusal (reliability G5). */
const quietDelays = [30_000, 50_000, 70_000] as const;
const freshKey = 120_000;
const framingWindow = 600_000;

export class RetryPlan {
  private failures = 0;
  private retries = 0;
  private slowRetries = 0;
  private quietRetries = 0;
  private silentEnds = 0;
  private framingErrors: readonly number[] = [];
  private keyWorked = false;
  private keyChangedAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    /** 0 inclusive to 1 exclusive. */
    private readonly random: () => number,
  ) {}

  /** The number of the next attempt since the last stable connection. */
  get attempt(): number {
    return this.failures + 1;
  }

  connected(): void {
    this.keyWorked = true;
    this.slowRetries = 0;
    this.silentEnds = 0;
  }

  /** Only a connection that lasts counts as a success, or accept-then-close servers would be hit each second. */
  stable(): void {
    this.failures = 0;
    this.retries = 0;
  }

  /** Something has changed, so earlier failures say nothing any more. */
  forget(): void {
    this.stable();
    this.slowRetries = 0;
    this.silentEnds = 0;
    this.framingErrors = [];
  }

  keyChanged(): void {
    this.keyWorked = false;
    this.quietRetries = 0;
    this.keyChangedAt = this.clock.monotonic();
  }

  judge(end: PlainEnd): Verdict {
    this.remember(end);
    const failure = failureOf({
      ...end,
      keyWorkedBefore: this.keyWorked,
      keyIsFresh: this.keyIsFresh(),
      slowRetries: this.slowRetries,
      silentEnds: this.silentEnds,
      framingErrors: this.framingErrors.length,
    });
    this.failures++;
    return { failure, delay: this.delay(failure) };
  }

  private remember(end: PlainEnd): void {
    this.silentEnds = isSilentEnd(end) ? this.silentEnds + 1 : 0;
    if (end.code !== "EMQTTPROTO") return;
    const now = this.clock.monotonic();
    const recent = this.framingErrors.filter((at) => now - at < framingWindow);
    this.framingErrors = [...recent, now];
  }

  /** True while retries of a lately changed key are open: begun within two minutes, three at most (reliability G5). */
  private keyIsFresh(): boolean {
    if (this.quietRetries > 0) return this.quietRetries < quietDelays.length;
    return this.clock.monotonic() - this.keyChangedAt <= freshKey;
  }

  private delay(failure: ConnectionFailure): number | undefined {
    const jitter = 0.75 + this.random() / 2; // ±25 % (reliability R3)
    switch (failure.class) {
      case "ask":
        this.framingErrors = []; // a new beginning when the user connects again
        this.keyChangedAt = -Infinity;
        this.quietRetries = 0;
        return undefined;
      case "slow":
        if (isRefusal(failure) && !this.keyWorked) {
          const quiet = quietDelays[this.quietRetries++] ?? longestDelay;
          return quiet * (1 + this.random() / 4);
        }
        return Math.max(30_000, (slowDelays[this.slowRetries++] ?? longestDelay) * jitter);
      case "retry":
        return Math.min(longestDelay, firstDelay * 2 ** this.retries++) * jitter;
    }
  }
}

function isRefusal({ code }: ConnectionFailure): boolean {
  return code === "CONNACK_4" || code === "CONNACK_5";
}
