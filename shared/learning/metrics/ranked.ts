/** Areas under the curves of one class over drawn records. */
export interface RankedAreas {
  /** As `auroc`. */
  readonly auroc: number;
  /** As `auprc`. */
  readonly auprc: number;
}

/**
 * `auroc` and `auprc` of one class for many draws of its records: the records are put into the order of their scores
 * once, and a draw is told by how often each was drawn, so that it costs one pass and no sorting. The same numbers, bit
 * for bit, as the two metrics give for the drawn records.
 * @param labels 0 or 1.
 * @returns what to call with the number of times that each record was drawn
 */
export function ranked(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): (times: ArrayLike<number>) => RankedAreas {
  const order = Int32Array.from({ length: labels.length }, (_, i) => i).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  return (times) => {
    let positives = 0;
    let above = 0;
    let precision = 0;
    let won = 0;
    for (let i = 0; i < order.length; ) {
      const score = scores[order[i]!];
      let here = 0;
      let others = 0;
      for (; i < order.length && scores[order[i]!] === score; i++) {
        if (labels[order[i]!]! > 0) here += times[order[i]!]!;
        else others += times[order[i]!]!;
      }
      // Each negative record is below the positive ones before it, and level with those of its own score.
      won += others * (positives + here / 2);
      positives += here;
      above += here + others;
      if (here > 0) precision += (positives / above) * here;
    }
    const negatives = above - positives;
    return {
      auroc: positives === 0 || negatives === 0 ? Number.NaN : won / (positives * negatives),
      auprc: positives === 0 ? Number.NaN : precision / positives,
    };
  };
}

/** How often each of so many records was drawn. */
export function timesDrawn(indices: Int32Array, records: number): Int32Array {
  const times = new Int32Array(records);
  for (const index of indices) times[index]!++;
  return times;
}
