import { percentile } from '../measurement/spread.ts';

/** A reference value and what was measured in its place, in one unit. */
export interface MeasuredPair {
  readonly truth: number;
  readonly measured: number;
}

/** Median and interquartile range. */
export interface MedianRange {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** How far a measurement agrees with its reference. NaN where there are too few pairs for a figure. */
export interface Agreement {
  readonly count: number;
  readonly truth: MedianRange;
  readonly measured: MedianRange;
  /** |measured - truth|. */
  readonly absolute: MedianRange;
  /** |measured - truth| / truth, of the pairs whose truth is not 0. */
  readonly relative: MedianRange;
  readonly meanAbsolute: number;
  /** Median of |difference - median difference|: the spread that a few gross errors do not move. */
  readonly medianAbsoluteDeviation: number;
  /** Bland and Altman (Lancet 1986): mean difference, and that less and plus 1.96 standard deviations. */
  readonly bias: number;
  readonly lower: number;
  readonly upper: number;
}

export function agreement(pairs: readonly MeasuredPair[]): Agreement {
  const differences = pairs.map(({ truth, measured }) => measured - truth);
  const absolute = differences.map(Math.abs);
  const relative = pairs.flatMap(({ truth }, i) => (truth === 0 ? [] : [absolute[i]! / Math.abs(truth)]));
  const middle = percentile(differences, 50);
  const bias = mean(differences);
  // Of one difference there is no deviation.
  const deviation = Math.sqrt(
    differences.reduce((sum, one) => sum + (one - bias) ** 2, 0) / (pairs.length > 1 ? pairs.length - 1 : 0),
  );
  return {
    count: pairs.length,
    truth: medianRange(pairs.map(({ truth }) => truth)),
    measured: medianRange(pairs.map(({ measured }) => measured)),
    absolute: medianRange(absolute),
    relative: medianRange(relative),
    meanAbsolute: mean(absolute),
    medianAbsoluteDeviation: percentile(
      differences.map((one) => Math.abs(one - middle)),
      50,
    ),
    bias,
    lower: bias - 1.96 * deviation,
    upper: bias + 1.96 * deviation,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const medianRange = (values: readonly number[]): MedianRange => ({
  median: percentile(values, 50),
  low: percentile(values, 25),
  high: percentile(values, 75),
});
