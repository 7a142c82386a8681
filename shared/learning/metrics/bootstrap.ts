import { Random } from '../../random.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Statistics with their percentile bootstrap intervals (Efron and Tibshirani 1993): records are drawn with
 * replacement `samples` times. A draw for which a statistic is not defined (NaN: one class only) is left out of that
 * statistic's interval.
 * @param statistics of the records with these indices, by name.
 */
export function bootstrap<Name extends string>(
  records: number,
  statistics: (indices: Int32Array) => Record<Name, number>,
  { seed, samples = 1000, level = 0.95 }: { seed: number; samples?: number; level?: number },
): Record<Name, Interval> {
  const random = new Random(seed);
  const indices = Int32Array.from({ length: records }, (_, i) => i);
  const values = statistics(indices);
  const names = Object.keys(values) as Name[];
  const drawn = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < records; i++) indices[i] = random.integer(records);
    const draw = statistics(indices);
    for (const name of names) if (!Number.isNaN(draw[name])) drawn.get(name)!.push(draw[name]);
  }
  const interval = (name: Name): Interval => {
    const sorted = drawn.get(name)!.sort((a, b) => a - b);
    return {
      value: values[name],
      low: quantile(sorted, (1 - level) / 2),
      high: quantile(sorted, (1 + level) / 2),
    };
  };
  return Object.fromEntries(names.map((name) => [name, interval(name)])) as Record<Name, Interval>;
}

/** Linear between order statistics. */
function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const next = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[next]! - sorted[below]!);
}
