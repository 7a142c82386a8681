/**
 * Area under the receiver operating characteristic: the probability that a positive record scores above a negative
 * one, ties counting half (Mann-Whitney), so it is exact whatever ties there are. NaN when the labels hold only one
 * kind.
 */
export function auroc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    let here = 0;
    while (end < order.length && scores[order[end]!] === scores[order[i]!]) {
      if (labels[order[end]!]! > 0) here++;
      end++;
    }
    rankSum += (here * (i + 1 + end)) / 2;
    positives += here;
    i = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
