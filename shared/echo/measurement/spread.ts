/** A figure over several heartbeats. */
export interface Spread {
  /** Median. */
  readonly value: number;
  /** Standard deviation (n - 1); null for one beat. */
  readonly sd: number | null;
  /** Interquartile range; null for one beat. */
  readonly iqr: number | null;
  readonly count: number;
}

/** Median and spread of a figure; undefined for none. */
export function spread(values: readonly number[]): Spread | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    value: percentile(values, 50),
    sd: count === 1 ? null : Math.sqrt(squares / (count - 1)),
    iqr: count === 1 ? null : percentile(values, 75) - percentile(values, 25),
    count,
  };
}

/** A percentile (0 to 100), linear between order statistics as numpy has it; NaN for none. */
export function percentile(values: ArrayLike<number>, percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}
