/**
 * Scales to median 0 and interquartile range 1 in place, as scikit-learn's RobustScaler (quartiles interpolated
 * linearly); where the quartiles coincide only the median is taken off.
 */
export function robustScale(samples: Float32Array, start: number, length: number): void {
  const sorted = samples.slice(start, start + length).sort();
  const quantile = (fraction: number): number => {
    const position = fraction * (length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, length - 1);
    return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
  };
  const median = quantile(0.5);
  const range = quantile(0.75) - quantile(0.25);
  const factor = range > 0 ? 1 / range : 1;
  for (let i = start; i < start + length; i++) samples[i] = (samples[i]! - median) * factor;
}
