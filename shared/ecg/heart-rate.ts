/**
 * Beats a minute: of the mean interval, which is what is read from ten seconds of paper in an irregular rhythm too.
 *
 * @param peaks times of the R peaks in seconds, ascending.
 * @returns undefined with fewer than three beats.
 */
export function heartRate(peaks: ArrayLike<number>): number | undefined {
  if (peaks.length < 3) return undefined;
  return (60 * (peaks.length - 1)) / (peaks[peaks.length - 1]! - peaks[0]!);
}
