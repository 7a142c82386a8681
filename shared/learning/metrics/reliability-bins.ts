/** Recordings whose probabilities lie together. */
export interface ReliabilityBin {
  /** Mean probability. */
  readonly predicted: number;
  /** Share of them that have the class. */
  readonly observed: number;
  readonly count: number;
}

/**
 * The recordings of one class sorted into bins of equal width by their probability, for a reliability diagram and the
 * expected calibration error; empty bins are left out.
 * @param labels 0 or 1.
 */
export function reliabilityBins(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins = 10,
): ReliabilityBin[] {
  const count = new Float64Array(bins);
  const predicted = new Float64Array(bins);
  const observed = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const bin = Math.min(bins - 1, Math.floor(probabilities[i]! * bins));
    count[bin]! += 1;
    predicted[bin]! += probabilities[i]!;
    observed[bin]! += labels[i]!;
  }
  return Array.from(count, (n, bin) => ({
    predicted: predicted[bin]! / n,
    observed: observed[bin]! / n,
    count: n,
  })).filter((bin) => bin.count > 0);
}
