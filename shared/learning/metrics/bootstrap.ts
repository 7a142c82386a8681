import { Random } from '../random.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A statistic with its percentile bootstrap interval (Efron and Tibshirani 1993): records are drawn with
 * replacement `samples` times; draws for which the statistic is not defined (one class only) are left out.
 * @param statistic of the records with these indices.
 */
export function bootstrap(
  records: number,
  statistic: (indices: Int32Array) => number,
  { seed, samples = 1000, level = 0.95 }: { seed: number; samples?: number; level?: number },
): Interval {
  const random = new Random(seed);
  const indices = Int32Array.from({ length: records }, (_, i) => i);
  const value = statistic(indices);
  const drawn: number[] = [];
  for (let s = 0; s < samples; s++) {
    for (let i = 0; i < records; i++) indices[i] = random.integer(records);
    const draw = statistic(indices);
    if (!Number.isNaN(draw)) drawn.push(draw);
  }
  drawn.sort((a, b) => a - b);
  return { value, low: quantile(drawn, (1 - level) / 2), high: quantile(drawn, (1 + level) / 2) };
}

/** Linear between order statistics. */
function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const next = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[next]! - sorted[below]!);
}
