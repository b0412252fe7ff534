/** Follows the uplinks of an end device by time and frame counter: how often it speaks, and what comes out of order. */
import { usualPeriod, type Period } from "./usualPeriod";

/**
 * `late`: a higher FCnt came before it. `reset`: the end device counts anew. `repeated`: the FCnt of the frame before in
 * the same session, which the server never lets through twice. Source: reliability M15, real-traffic 19.
 */
export type FrameOrder = "late" | "reset" | "repeated";

const maximumIntervals = 15;
/** A frame that comes sooner than this part of the usual time belongs to a burst: a poll, a retry, an alarm. */
const burstShare = 1 / 4;
/** A burst that lasts as many usual times is a new rhythm. */
const longestBurst = 2;
/** So is one of as many frames, if they are a minute or more apart: nothing sends bursts so slowly. */
const burstFrames = 8;
const slowBurst = 60_000;
/** More frames than these are not lost in a row: the counter was changed. */
const maximumLost = 20;
/** A counter that falls by more has begun anew: the network does not keep an uplink back for so long. */
const maximumLate = 16;
/** As long as the counter never moved, the same frame again within this time is a retransmission. Milliseconds. */
const retransmissionWindow = 60_000;

interface Burst {
  /** Milliseconds. */
  readonly lasted: number;
  readonly frames: number;
  readonly latest: readonly number[];
}

const noBurst: Burst = { lasted: 0, frames: 0, latest: [] };

export class SpeakingRhythm {
  /** The latest ones, oldest first; a burst and the silence after it are one. Milliseconds. */
  private intervals: number[] = [];
  /** What earlier ones took together, that are no longer kept. Milliseconds. */
  private before = 0;
  /** What came sooner than usual since the last of them. */
  private burst = noBurst;
  private highest = -1;
  private highestAt = 0;
  private session: string | undefined;
  private counts = false;
  private found: Period | undefined;

  /**
   * The next uplink by radio; says what is odd about its FCnt. Retransmissions, joins, reordered frames and those without
   * a counter give no interval.
   * @param at arrival, milliseconds since 1970
   * @param session anything that changes when the device joins anew
   */
  heard(at: number, fCnt: number | undefined, session: string | undefined): FrameOrder | undefined {
    if (fCnt === undefined) return undefined;
    const step = fCnt - this.highest;
    if (this.highest < 0 || session !== this.session) {
      this.session = session;
      this.startAt(at, fCnt);
      return undefined;
    }
    if (step < 0) {
      if (fCnt > 0 && -step <= maximumLate) return "late";
      this.startAt(at, fCnt);
      return "reset";
    }
    const passed = at - this.highestAt;
    if (step === 0 && (this.counts || passed < retransmissionWindow)) return "repeated";
    this.highest = fCnt;
    this.highestAt = at;
    if (this.foundToCount(step)) return undefined;
    // Lost frames in between were spoken, too.
    if (passed > 0 && step <= maximumLost) this.addInterval(passed / Math.max(1, step));
    return step === 0 ? "repeated" : undefined;
  }

  /** The usual time from one frame or burst to the next, milliseconds; undefined until it can be told. */
  get usualInterval(): number | undefined {
    return this.period?.usual;
  }

  /** False when its intervals differ so much that the next one cannot be told. */
  get isRegular(): boolean {
    return this.period?.isRegular ?? false;
  }

  private get period(): Period | undefined {
    return (this.found ??= usualPeriod(this.intervals, this.before));
  }

  /** The counter moves for the first time, so the same frames before it were retransmissions: their times say nothing. */
  private foundToCount(step: number): boolean {
    if (this.counts || step === 0) return false;
    this.counts = true;
    if (this.intervals.length === 0) return false;
    this.forget();
    return true;
  }

  private startAt(at: number, fCnt: number): void {
    this.highest = fCnt;
    this.highestAt = at;
    this.burst = noBurst;
  }

  private addInterval(interval: number): void {
    const { burst } = this;
    // The usual time costs more than the rest of an uplink, and most intervals are near all others.
    const mayBeShort = this.intervals.some((each) => interval < each * burstShare);
    const usual = mayBeShort ? (this.usualInterval ?? 0) : 0;
    if (interval >= usual * burstShare) {
      this.remember(burst.lasted + interval);
      this.burst = noBurst;
      return;
    }
    const lasted = burst.lasted + interval;
    const frames = burst.frames + 1;
    const latest = [...burst.latest, interval].slice(-maximumIntervals);
    this.burst = { lasted, frames, latest };
    const isSlow = frames >= burstFrames && lasted >= slowBurst * frames;
    if (!isSlow && lasted <= longestBurst * usual) return;
    this.forget();
    this.intervals = [...latest];
    this.before = lasted - latest.reduce((sum, each) => sum + each, 0);
  }

  private remember(interval: number): void {
    this.intervals.push(interval);
    if (this.intervals.length > maximumIntervals) this.before += this.intervals.shift() ?? 0;
    this.found = undefined;
  }

  private forget(): void {
    this.intervals = [];
    this.before = 0;
    this.burst = noBurst;
    this.found = undefined;
  }
}
