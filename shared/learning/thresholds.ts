/**
 * How good a set of calls is, higher being better: the challenge metric, mean F1... Labels and calls are 0 or 1,
 * laid out [class][record].
 */
export type CallMeasure = (labels: readonly Uint8Array[], calls: readonly Uint8Array[]) => number;

/** Where every search starts, and what a class keeps when no other threshold is strictly better. */
const start = 0.5;

/**
 * One threshold a class, each searched over 0.00, 0.01 ... 0.99 while the others stand at 0.5; only a strict
 * improvement replaces (DSAIL_SNU). A record is called when its score lies above the threshold.
 */
export function chooseThresholds(
  labels: readonly Uint8Array[],
  scores: readonly ArrayLike<number>[],
  measure: CallMeasure,
): number[] {
  const atStart = scores.map((values) => call(values, start));
  return scores.map((values, c) => {
    let threshold = start;
    let best = measure(labels, atStart);
    for (let step = 0; step < 100; step++) {
      const calls = [...atStart];
      calls[c] = call(values, step / 100);
      const reached = measure(labels, calls);
      if (reached > best) {
        best = reached;
        threshold = step / 100;
      }
    }
    return threshold;
  });
}

/** Calls of one class. */
export function call(scores: ArrayLike<number>, threshold: number): Uint8Array {
  return Uint8Array.from(scores, (score) => (score > threshold ? 1 : 0));
}
