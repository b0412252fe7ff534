/** The usual time between the frames of an end device, found among its latest intervals; frames close together are one. */

export interface Period {
  /** Milliseconds; undefined when it cannot be told. */
  readonly usual: number | undefined;
  /** False when the times differ so much that the next one cannot be told. */
  readonly isRegular: boolean;
}

/** Fewer say nothing. */
const minimumPeriods = 2;
/** Regular: most periods lie this close to the usual one. */
const tolerance = 0.3;
const regularShare = 0.6;
/** Intervals shorter than this part of the long ones are within a burst. */
const burstShare = 1 / 4;
/**
 * Frames that follow each other sooner than this are more often a burst, such as those after a boot, than a rhythm: they
 * count as one when they have gone on for a while. Milliseconds.
 */
const quick = 60_000;
const quickFor = 5 * 60_000;

/**
 * @param intervals the latest, oldest first; milliseconds
 * @param before the time that earlier ones took together; milliseconds
 */
export function usualPeriod(intervals: readonly number[], before: number): Period {
  const long = longInterval(intervals);
  const longest = long * burstShare;
  const longs = intervals.filter((each) => each >= longest);
  const [only] = longs;
  // One silence among many frames was an outage, or the end of a burst that will not tell more.
  if (longs.length === 1 && intervals.length > 1)
    return usualPeriod(
      intervals.filter((each) => each !== only),
      before,
    );
  const periods = withoutBursts(intervals, longest);
  const usual = median(periods);
  const lasted = intervals.reduce((sum, each) => sum + each, before);
  if (
    usual === undefined ||
    periods.length < minimumPeriods ||
    (usual < quick && lasted < quickFor)
  )
    return { usual: undefined, isRegular: false };
  const close = periods.filter((each) => Math.abs(each - usual) <= tolerance * usual);
  return { usual, isRegular: close.length >= regularShare * periods.length };
}

/** The interval that half of the whole time is spent in, or in longer ones. */
function longInterval(intervals: readonly number[]): number {
  const half = intervals.reduce((sum, each) => sum + each, 0) / 2;
  let sum = 0;
  for (const each of [...intervals].sort((a, b) => a - b)) {
    sum += each;
    if (sum >= half) return each;
  }
  return 0;
}

/** Each burst and the silence after it as one. */
function withoutBursts(intervals: readonly number[], longest: number): number[] {
  const periods: number[] = [];
  let burst = 0;
  for (const interval of intervals) {
    if (interval < longest) burst += interval;
    else {
      periods.push(burst + interval);
      burst = 0;
    }
  }
  return periods;
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
