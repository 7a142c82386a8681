/**
 * Area under the precision-recall curve as average precision: the sum over distinct scores of precision times the
 * gain in recall, no interpolation. Records that share a score enter together. NaN without a positive record.
 */
export function auprc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  let positives = 0;
  let area = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    let here = 0;
    while (end < order.length && scores[order[end]!] === scores[order[i]!]) {
      if (labels[order[end]!]! > 0) here++;
      end++;
    }
    positives += here;
    area += (positives / end) * here;
    i = end;
  }
  return positives === 0 ? Number.NaN : area / positives;
}
