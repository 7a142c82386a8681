/**
 * The receiver operating characteristic: [1 - specificity, sensitivity] for every threshold from the strictest to the
 * laxest, from (0, 0) to (1, 1). Records that share a score enter together, so the area below the straight lines
 * between the points is `auroc`. Empty when the labels hold only one kind.
 */
export function rocCurve(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): (readonly [falsePositiveRate: number, sensitivity: number])[] {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const positives = order.filter((i) => labels[i]! > 0).length;
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points: (readonly [number, number])[] = [[0, 0]];
  let found = 0;
  order.forEach((record, i) => {
    if (labels[record]! > 0) found++;
    const next = order[i + 1];
    if (next === undefined || scores[next] !== scores[record])
      points.push([(i + 1 - found) / negatives, found / positives]);
  });
  return points;
}
