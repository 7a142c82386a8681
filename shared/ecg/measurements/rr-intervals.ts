/** What the intervals between beats say, in milliseconds. */
export interface RrIntervals {
  readonly mean: number;
  /** Standard deviation (of the sample) of all intervals. */
  readonly sd: number;
  /** Root mean square of successive differences. */
  readonly rmssd: number;
}

/**
 * Mean, standard deviation and RMSSD of the intervals (Task Force of the ESC and NASPE, Circulation 93:1043, 1996), of all
 * beats: ectopic ones count.
 *
 * @param peaks times of the R peaks in seconds, ascending.
 * @returns undefined with fewer than three beats.
 */
export function rrIntervals(peaks: ArrayLike<number>): RrIntervals | undefined {
  if (peaks.length < 3) return undefined;
  const intervals = Array.from({ length: peaks.length - 1 }, (_, k) => 1000 * (peaks[k + 1]! - peaks[k]!));
  const mean = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length;
  const squares = intervals.reduce((sum, interval) => sum + (interval - mean) ** 2, 0);
  const steps = intervals.slice(1).map((interval, k) => (interval - intervals[k]!) ** 2);
  return {
    mean,
    sd: Math.sqrt(squares / (intervals.length - 1)),
    rmssd: Math.sqrt(steps.reduce((sum, step) => sum + step, 0) / steps.length),
  };
}
