import { bootstrap, type Interval } from './metrics/bootstrap.ts';
import { ranked, timesDrawn } from './metrics/ranked.ts';

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
  const classFigures = bootstrapClasses(labels, scores, thresholds, { seed, samples });
  return {
    recordings,
    bootstrapSamples: samples,
    macroAuroc: classFigures.macro.auroc,
    macroAuprc: classFigures.macro.auprc,
    macroF1: classFigures.macro.f1,
    classes: classes.map((name, c) => ({
      name,
      positives: labels[c]!.filter((label) => label === 1).length,
      threshold: thresholds[c]!,
      ...classFigures.perClass[c]!,
    })),
  };
}

/** What is measured of each class. */
export const figures = ['auroc', 'auprc', 'sensitivity', 'specificity', 'ppv', 'f1'] as const;
export type Figures<T> = Record<(typeof figures)[number], T>;

/**
 * All figures of all classes from the same draws, and their means over the classes for which they are defined (NaN
 * where they are for none).
 * @param labels [class][recording], 0 or 1.
 * @param scores [class][recording], probabilities.
 */
export function bootstrapClasses(
  labels: readonly Uint8Array[],
  scores: readonly Float32Array[],
  thresholds: readonly number[],
  options: { seed: number; samples: number },
): { perClass: Figures<Interval>[]; macro: Figures<Interval> } {
  const records = labels[0]!.length;
  const areas = labels.map((truth, c) => ranked(truth, scores[c]!));
  const calls = scores.map((own, c) => Uint8Array.from(own, (score) => Number(score > thresholds[c]!)));
  const intervals = bootstrap<string>(
    records,
    (indices) => {
      const times = timesDrawn(indices, records);
      const all: Record<string, number> = {};
      const perClass = labels.map((truth, c) => ({
        ...areas[c]!(times),
        ...rates(truth, calls[c]!, times),
      }));
      for (const figure of figures) {
        const defined = perClass.map((own) => own[figure]).filter((value) => !Number.isNaN(value));
        all[`macro ${figure}`] = defined.reduce((sum, value) => sum + value, 0) / defined.length;
        perClass.forEach((own, c) => {
          all[`${c} ${figure}`] = own[figure];
        });
      }
      return all;
    },
    options,
  );
  const named = (prefix: string) =>
    Object.fromEntries(
      figures.map((figure) => [figure, intervals[`${prefix} ${figure}`]!]),
    ) as Figures<Interval>;
  return { perClass: labels.map((_, c) => named(String(c))), macro: named('macro') };
}

/** As `decisions` has them, of drawn records. */
function rates(
  labels: Uint8Array,
  calls: Uint8Array,
  times: Int32Array,
): Pick<Figures<number>, 'sensitivity' | 'specificity' | 'ppv' | 'f1'> {
  // [not called, called] of those with the class and of those without.
  const [positive, negative] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < labels.length; i++) (labels[i] === 1 ? positive : negative)[calls[i]!]! += times[i]!;
  const [missed, found] = positive as [number, number];
  const [cleared, mistaken] = negative as [number, number];
  return {
    sensitivity: found / (found + missed),
    specificity: cleared / (cleared + mistaken),
    ppv: found / (found + mistaken),
    f1: (2 * found) / (2 * found + mistaken + missed),
  };
}
