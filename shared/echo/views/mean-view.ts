/** What a view net said of the frames of one instance. */
export interface MeanView {
  /** [frame]: class to probability, three decimals. */
  readonly frames: readonly Readonly<Record<string, number>>[];
  /** Class to mean probability, three decimals. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The most probable class; the first of several. */
  readonly view: string;
}

const rounded = (probability: number): number => Math.round(probability * 1000) / 1000;

/**
 * The view of an instance as usal_echo decides it: probabilities are rounded to three decimals frame by frame, their mean
 * is the instance's, the largest mean its view.
 * @param probabilities [frame, class]
 * @param classes at least one, in the order of the net's answer
 */
export function meanView(probabilities: Float32Array, classes: readonly string[]): MeanView {
  const count = probabilities.length / classes.length;
  const sums = new Float64Array(classes.length);
  const frames = Array.from({ length: count }, (_, frame) =>
    Object.fromEntries(
      classes.map((name, index) => {
        const probability = rounded(probabilities[frame * classes.length + index]!);
        sums[index]! += probability;
        return [name, probability];
      }),
    ),
  );
  const largest = sums.indexOf(Math.max(...sums));
  return {
    frames,
    probabilities: Object.fromEntries(classes.map((name, index) => [name, rounded(sums[index]! / count)])),
    view: classes[largest]!,
  };
}
