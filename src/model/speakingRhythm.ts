/** Follows the uplinks of an end device by time and frame counter: how often it speaks, and what comes out of order. */

/** `late`: a higher FCnt came before it. `reset`: the end device counts anew in the same session. Source: reliability M15. */
export type FrameOrder = "late" | "reset";

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
/** A counter that falls by more has begun anew: the network does not keep an uplink back for so long. */
const maximumLate = 16;

export class SpeakingRhythm {
  /** The latest ones, in no order: the newest overwrites the oldest, so that an uplink takes no memory. */
  private readonly intervals: number[] = [];
  private oldest = 0;
  private highest = -1;
  private highestAt = 0;
  private session: string | undefined;
  private counts = false;
  private hasJoined = false;
  private usual: number | undefined;

  /**
   * The next uplink by radio; says what is odd about its FCnt. Retransmissions, joins and reordered frames give no interval.
   * @param at arrival, milliseconds since 1970
   * @param session anything that changes when the device joins anew
   */
  heard(at: number, fCnt: number, session: string | undefined): FrameOrder | undefined {
    const step = fCnt - this.highest;
    const isFirst = this.highest < 0 || session !== this.session || (this.hasJoined && step < 0);
    this.hasJoined = false;
    if (isFirst || step < 0) {
      if (!isFirst && fCnt > 0 && -step <= maximumLate) return "late";
      if (isFirst) this.session = session;
      this.moveTo(at, fCnt);
      return isFirst ? undefined : "reset"; // a new session counts anew by right
    }
    const passed = at - this.highestAt;
    if (this.counts && step === 0 && passed < retransmissionWindow) return undefined;
    this.moveTo(at, fCnt);
    if (this.foundToCount(step)) return undefined;
    // Lost frames in between were spoken, too.
    if (passed > 0 && step <= maximumLost) this.addInterval(passed / Math.max(1, step));
    return undefined;
  }

  /** It has joined: its next uplink may begin to count anew. */
  joined(): void {
    this.hasJoined = true;
  }

  /** The median of the latest intervals, milliseconds; undefined until there are some. */
  get usualInterval(): number | undefined {
    if (this.intervals.length < minimumIntervals) return undefined;
    return (this.usual ??= median(this.intervals));
  }

  /** False when its intervals differ so much that the next one cannot be told. */
  get isRegular(): boolean {
    const usual = this.usualInterval;
    if (usual === undefined) return false;
    const close = this.intervals.filter((each) => Math.abs(each - usual) <= tolerance * usual);
    return close.length >= regularShare * this.intervals.length;
  }

  /** The counter moves for the first time, so the same frames before it were retransmissions: their times say nothing. */
  private foundToCount(step: number): boolean {
    if (this.counts || step === 0) return false;
    this.counts = true;
    if (this.intervals.length === 0) return false;
    this.intervals.length = 0;
    this.oldest = 0;
    this.usual = undefined;
    return true;
  }

  private moveTo(at: number, fCnt: number): void {
    this.highest = fCnt;
    this.highestAt = at;
  }

  private addInterval(interval: number): void {
    this.usual = undefined;
    this.intervals[this.oldest] = interval;
    this.oldest = (this.oldest + 1) % maximumIntervals;
  }
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
