/** How often an end device speaks, learned from its own uplinks: what a class A downlink has to wait for. */

/** One uplink as far as the rhythm goes. */
export interface SpokenFrame {
  /** Arrival, milliseconds since 1970. */
  readonly at: number;
  readonly fCnt: number;
  /** Anything that changes when the device joins anew. */
  readonly session: string | undefined;
}

const maximumIntervals = 15;
/** Fewer say nothing. */
const minimumIntervals = 2;
/** Regular: most intervals lie this close to the usual one. */
const tolerance = 0.3;
const regularShare = 0.6;
/** The same frame again within this time is a retransmission. Milliseconds. */
const retransmissionWindow = 60_000;
/** More frames than these are not lost in a row: the counter was changed. */
const maximumLost = 20;

export class SpeakingRhythm {
  private intervals: readonly number[] = [];
  private last: SpokenFrame | undefined;
  private counts = false;

  /** The next uplink by radio. Retransmissions, joins and reordered frames give no interval. */
  heard(frame: SpokenFrame): void {
    const { last } = this;
    if (!last || frame.session !== last.session) {
      this.last = frame;
      return;
    }
    const passed = frame.at - last.at;
    const step = frame.fCnt - last.fCnt;
    const beginsToCount = step > 0 && !this.counts;
    if (beginsToCount) this.counts = true;
    if (this.counts && step === 0 && passed < retransmissionWindow) return;
    if (step < 0 && -step <= maximumLost) return; // late, behind a newer one
    this.last = frame;
    if (beginsToCount && this.intervals.length > 0) {
      this.intervals = []; // those were retransmissions
      return;
    }
    if (passed <= 0 || step < 0 || step > maximumLost) return;
    // Lost frames in between were spoken, too.
    this.intervals = [...this.intervals, passed / Math.max(1, step)].slice(-maximumIntervals);
  }

  /** The median of the latest intervals, milliseconds; undefined until there are some. */
  get usualInterval(): number | undefined {
    if (this.intervals.length < minimumIntervals) return undefined;
    const sorted = [...this.intervals].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  /** False when its intervals differ so much that the next one cannot be told. */
  get isRegular(): boolean {
    const usual = this.usualInterval;
    if (usual === undefined) return false;
    const close = this.intervals.filter((each) => Math.abs(each - usual) <= tolerance * usual);
    return close.length >= regularShare * this.intervals.length;
  }
}
