import { reliabilityBins } from './reliability-bins.ts';

/**
 * By how much the probabilities of one class miss the share of recordings that have it, the mean over ten bins of
 * equal width weighted by their recordings (Naeini, Cooper and Hauskrecht 2015). Few recordings make it larger than
 * it is.
 */
export function expectedCalibrationError(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): number {
  const bins = reliabilityBins(labels, probabilities);
  const missed = bins.reduce(
    (sum, { predicted, observed, count }) => sum + count * Math.abs(predicted - observed),
    0,
  );
  return missed / labels.length;
}
