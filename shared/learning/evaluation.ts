import { auprc } from './metrics/auprc.ts';
import { auroc } from './metrics/auroc.ts';
import { bootstrap, type Interval } from './metrics/bootstrap.ts';
import { type Decisions, decisions } from './metrics/decisions.ts';
import { macro } from './metrics/macro.ts';

/** One class: counts, and each figure with its 95 % bootstrap interval. */
export interface ClassEvaluation {
  readonly name: string;
  readonly positives: number;
  readonly threshold: number;
  readonly auroc: Interval;
  readonly auprc: Interval;
  readonly sensitivity: Interval;
  readonly specificity: Interval;
  readonly ppv: Interval;
  readonly f1: Interval;
}

export interface Evaluation {
  readonly recordings: number;
  readonly bootstrapSamples: number;
  /** Means over the classes. */
  readonly macroAuroc: Interval;
  readonly macroAuprc: Interval;
  readonly macroF1: Interval;
  readonly classes: readonly ClassEvaluation[];
}

/**
 * Every figure that a card quotes, with 95 % percentile bootstrap intervals over recordings.
 * @param labels [class][recording], 0 or 1.
 * @param scores [class][recording], probabilities.
 */
export function evaluate(
  classes: readonly string[],
  labels: readonly Uint8Array[],
  scores: readonly Float32Array[],
  thresholds: readonly number[],
  { seed, samples = 1000 }: { seed: number; samples?: number },
): Evaluation {
  const recordings = labels[0]!.length;
  const interval = (statistic: (indices: Int32Array) => number) =>
    bootstrap(recordings, statistic, { seed, samples });
  const overall = (metric: 'auroc' | 'auprc' | 'f1') =>
    interval((indices) =>
      macro(
        metric,
        labels.map((truth) => drawn(truth, indices)),
        scores.map((values) => drawn(values, indices)),
        thresholds,
      ),
    );
  return {
    recordings,
    bootstrapSamples: samples,
    macroAuroc: overall('auroc'),
    macroAuprc: overall('auprc'),
    macroF1: overall('f1'),
    classes: classes.map((name, c) => {
      const truth = labels[c]!;
      const values = scores[c]!;
      const ranked = (metric: typeof auroc) =>
        interval((indices) => metric(drawn(truth, indices), drawn(values, indices)));
      const called = (figure: keyof Decisions) =>
        interval(
          (indices) => decisions(drawn(truth, indices), drawn(values, indices), thresholds[c]!)[figure],
        );
      return {
        name,
        positives: truth.filter((label) => label === 1).length,
        threshold: thresholds[c]!,
        auroc: ranked(auroc),
        auprc: ranked(auprc),
        sensitivity: called('sensitivity'),
        specificity: called('specificity'),
        ppv: called('ppv'),
        f1: called('f1'),
      };
    }),
  };
}

function drawn(values: ArrayLike<number>, indices: Int32Array): Float64Array {
  return Float64Array.from(indices, (index) => values[index]!);
}
