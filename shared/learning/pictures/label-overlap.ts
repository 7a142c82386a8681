/** How far two label maps agree on one label. NaN where neither has it. */
export interface LabelOverlap {
  readonly dice: number;
  readonly iou: number;
}

/**
 * Dice coefficient and intersection over union of each label of two label maps of one size.
 * @param labels how many there are; the answer holds one for each, in their order
 */
export function labelOverlap(predicted: Uint8Array, truth: Uint8Array, labels: number): LabelOverlap[] {
  const [both, first, second] = [new Int32Array(labels), new Int32Array(labels), new Int32Array(labels)];
  for (let i = 0; i < truth.length; i++) {
    const [p, t] = [predicted[i]!, truth[i]!];
    first[p]!++;
    second[t]!++;
    if (p === t) both[p]!++;
  }
  return Array.from(both, (shared, label) => {
    const sum = first[label]! + second[label]!;
    return { dice: (2 * shared) / sum, iou: shared / (sum - shared) };
  });
}
