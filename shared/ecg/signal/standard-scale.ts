/**
 * Scales to mean 0 and standard deviation 1 (of the population) in place, as scikit-learn's StandardScaler; a
 * constant signal becomes 0.
 */
export function standardScale(samples: Float32Array, start: number, length: number): void {
  const end = start + length;
  let mean = 0;
  for (let i = start; i < end; i++) mean += samples[i]!;
  mean /= length;
  let squares = 0;
  for (let i = start; i < end; i++) {
    const deviation = samples[i]! - mean;
    squares += deviation * deviation;
  }
  const deviation = Math.sqrt(squares / length);
  // A constant's deviation is not 0 but the rounding of its mean.
  const factor = deviation > 1e-7 * Math.abs(mean) ? 1 / deviation : 1;
  for (let i = start; i < end; i++) samples[i] = (samples[i]! - mean) * factor;
}
