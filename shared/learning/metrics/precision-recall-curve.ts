/**
 * [recall, precision] for every threshold from the strictest to the laxest, as the steps whose area is `auprc`: each
 * precision holds from the recall before it to its own. Records that share a score enter together. Empty without a
 * positive record.
 */
export function precisionRecallCurve(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): (readonly [recall: number, precision: number])[] {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const positives = order.filter((i) => labels[i]! > 0).length;
  const points: (readonly [number, number])[] = [];
  let found = 0;
  order.forEach((record, i) => {
    if (labels[record]! > 0) found++;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[record]) return;
    const before = points.at(-1)?.[0] ?? 0;
    // A threshold that finds no more has no step.
    if (found / positives > before)
      points.push([before, found / (i + 1)], [found / positives, found / (i + 1)]);
  });
  return points;
}
