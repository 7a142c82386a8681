/**
 * Scales to mean 0 and standard deviation 1 (of the population) in place, as scikit-learn's StandardScaler; a
 * constant signal becomes 0.
 */
export function standardScale(samples: Float32Array, start: number, length: number): void {
  // Four sums at a time: one would wait for each of its additions.
  const end = start + length;
  const whole = start + (length & ~3);
  let m0 = 0;
  let m1 = 0;
  let m2 = 0;
  let m3 = 0;
  for (let i = start; i < whole; i += 4) {
    m0 += samples[i]!;
    m1 += samples[i + 1]!;
    m2 += samples[i + 2]!;
    m3 += samples[i + 3]!;
  }
  for (let i = whole; i < end; i++) m0 += samples[i]!;
  const mean = (m0 + m1 + m2 + m3) / length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = start; i < whole; i += 4) {
    s0 += (samples[i]! - mean) ** 2;
    s1 += (samples[i + 1]! - mean) ** 2;
    s2 += (samples[i + 2]! - mean) ** 2;
    s3 += (samples[i + 3]! - mean) ** 2;
  }
  for (let i = whole; i < end; i++) s0 += (samples[i]! - mean) ** 2;
  const deviation = Math.sqrt((s0 + s1 + s2 + s3) / length);
  // A constant's deviation is not 0 but the rounding of its mean.
  const factor = deviation > 1e-7 * Math.abs(mean) ? 1 / deviation : 1;
  for (let i = start; i < end; i++) samples[i] = (samples[i]! - mean) * factor;
}
