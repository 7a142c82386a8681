/** What is true of one instance and what was said of it. */
export interface ClassPair<Class extends string> {
  readonly truth: Class;
  readonly predicted: Class;
}

/** counts[true class][class that was said], in the order of `classes`. */
export function confusionCounts<Class extends string>(
  pairs: readonly ClassPair<Class>[],
  classes: readonly Class[],
): number[][] {
  const counts = classes.map(() => classes.map(() => 0));
  for (const { truth, predicted } of pairs) counts[classes.indexOf(truth)]![classes.indexOf(predicted)]! += 1;
  return counts;
}
