import { auprc } from './auprc.ts';
import { auroc } from './auroc.ts';
import { decisions } from './decisions.ts';

/** The metrics of one class that are averaged over classes. `f1` is at the threshold given. */
export type MacroMetric = 'auroc' | 'auprc' | 'f1';

/**
 * The mean of a metric over the classes for which it is defined; NaN when it is for none.
 * @param labels [class][recording], 0 or 1.
 * @param scores [class][recording].
 */
export function macro(
  metric: MacroMetric,
  labels: readonly ArrayLike<number>[],
  scores: readonly ArrayLike<number>[],
  thresholds?: readonly number[],
): number {
  let sum = 0;
  let defined = 0;
  labels.forEach((truth, c) => {
    const value =
      metric === 'auroc'
        ? auroc(truth, scores[c]!)
        : metric === 'auprc'
          ? auprc(truth, scores[c]!)
          : decisions(truth, scores[c]!, thresholds?.[c] ?? 0.5).f1;
    if (Number.isNaN(value)) return;
    sum += value;
    defined++;
  });
  return defined === 0 ? Number.NaN : sum / defined;
}
