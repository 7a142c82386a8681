/** Scales to the range 0-1 in place, as scikit-learn's MinMaxScaler; a constant signal becomes 0. */
export function minMaxScale(samples: Float32Array, start: number, length: number): void {
  const end = start + length;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const sample = samples[i]!;
    if (sample < minimum) minimum = sample;
    if (sample > maximum) maximum = sample;
  }
  const factor = maximum > minimum ? 1 / (maximum - minimum) : 1;
  for (let i = start; i < end; i++) samples[i] = (samples[i]! - minimum) * factor;
}
