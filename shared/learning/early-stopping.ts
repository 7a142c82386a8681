/**
 * Whether a training should stop: the selection metric (higher is better) has not risen above its best for
 * `patience` epochs.
 * @param metrics one value for each epoch done.
 */
export function shouldStop(metrics: readonly number[], patience: number): boolean {
  return metrics.length > 0 && metrics.length - 1 - bestEpoch(metrics) >= patience;
}

/** The epoch (from 0) with the highest metric, the first of equals; values that are not numbers do not count. */
export function bestEpoch(metrics: readonly number[]): number {
  let best = 0;
  for (let epoch = 1; epoch < metrics.length; epoch++) {
    if (metrics[epoch]! > metrics[best]! || Number.isNaN(metrics[best]!)) best = epoch;
  }
  return best;
}
