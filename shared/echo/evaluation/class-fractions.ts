/** One class against all others, as fractions of all instances: the published system's evaluation of views. */
export interface ClassFractions {
  readonly tn: number;
  readonly fp: number;
  readonly fn: number;
  readonly tp: number;
}

/**
 * @param counts[true class][class that was said]
 * @returns one for each class; NaN where there are no instances
 */
export function classFractions(counts: readonly (readonly number[])[]): ClassFractions[] {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const all = sum(counts.map(sum));
  return counts.map((row, i) => {
    const tp = row[i]!;
    const fn = sum(row) - tp;
    const fp = sum(counts.map((other) => other[i]!)) - tp;
    return { tn: (all - tp - fn - fp) / all, fp: fp / all, fn: fn / all, tp: tp / all };
  });
}
