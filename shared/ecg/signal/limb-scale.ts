/** Limb leads are left alone where less of lead III than this is the difference of II and I. */
const leastExplained = 0.9;

/**
 * Brings the six limb leads, scaled one by one, back to one common scale, in place. Their amplitudes stand to each other
 * as before: leads I, II and III obey III = II - I (Einthoven), so that of leads without a scale the factors a and b in
 * III = a II - b I (least squares) are those by which II and I have to be multiplied; the augmented leads follow
 * (Goldberger). The mean square of all six becomes 1. What the scaling of chest leads took away cannot be had back.
 * @param values [lead, sample], the leads I, II, III, aVR, aVL, aVF first, each without offset.
 */
export function limbScale(values: Float32Array, samples: number): void {
  const lead = (index: number) => values.subarray(index * samples, (index + 1) * samples);
  const [one, two, three] = [lead(0), lead(1), lead(2)];
  const [s11, s22, s33] = [dot(one, one), dot(two, two), dot(three, three)];
  const [s12, s13, s23] = [dot(one, two), dot(one, three), dot(two, three)];
  const determinant = s11 * s22 - s12 * s12;
  if (!(determinant > 1e-6 * s11 * s22)) return;
  const b = (s12 * s23 - s22 * s13) / determinant;
  const a = (s11 * s23 - s12 * s13) / determinant;
  const explained = (a * s23 - b * s13) / s33;
  // Factors that are not positive: an electrode is not where the leads' names say.
  if (!(a > 0 && b > 0 && explained >= leastExplained)) return;

  let squares = 0;
  for (let i = 0; i < samples; i++) {
    const [i1, i2] = [b * one[i]!, a * two[i]!];
    const six = [i1, i2, i2 - i1, -(i1 + i2) / 2, i1 - i2 / 2, i2 - i1 / 2];
    for (const [l, value] of six.entries()) {
      values[l * samples + i] = value;
      squares += value * value;
    }
  }
  const factor = 1 / Math.sqrt(squares / (6 * samples));
  for (let i = 0; i < 6 * samples; i++) values[i]! *= factor;
}

function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}
