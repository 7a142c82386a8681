/** What a threshold makes of one class: counts, and the rates that clinicians quote. NaN where there is nothing to divide by. */
export interface Decisions {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** Sensitivity (recall): positives found. */
  readonly sensitivity: number;
  readonly specificity: number;
  /** Positive predictive value (precision). */
  readonly ppv: number;
  readonly f1: number;
}

/** Scores above the threshold are called positive, as `chooseThresholds` has it. */
export function decisions(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold: number,
): Decisions {
  let [truePositives, falsePositives, trueNegatives, falseNegatives] = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const called = scores[i]! > threshold;
    if (labels[i]! > 0) {
      if (called) truePositives++;
      else falseNegatives++;
    } else if (called) falsePositives++;
    else trueNegatives++;
  }
  return {
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    sensitivity: truePositives / (truePositives + falseNegatives),
    specificity: trueNegatives / (trueNegatives + falsePositives),
    ppv: truePositives / (truePositives + falsePositives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
  };
}
