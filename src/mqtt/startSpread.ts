/** Holds back some of the connections that begin at the same time, started by people or lost together. Source: reliability F09, tts-mqtt §1.7. */
import type { Clock } from "../util/clock";

const window = 1_000;
/** So many begin at once: more than anybody clicks in a second. */
const unspread = 3;
const perStart = 200;

export class StartSpread {
  private windowStart = -Infinity;
  private starts = 0;

  constructor(
    private readonly clock: Clock,
    /** 0 inclusive to 1 exclusive. */
    private readonly random: () => number,
  ) {}

  /** Milliseconds that the start asked for now should wait; fifty starts spread over about ten seconds. */
  next(): number {
    const now = this.clock.monotonic();
    if (now - this.windowStart > window) {
      this.windowStart = now;
      this.starts = 0;
    }
    const ahead = this.starts++ - unspread;
    return ahead < 0 ? 0 : perStart * (ahead + this.random());
  }
}
