import type { Signal } from '../learning/augmentation/augmentation.ts';

/**
 * Logits of one recording and the derivative of a weighted sum of them with respect to its windows.
 * @param signals [window, sample, lead] @param wanted weights of the classes
 */
export type ModelGradient = (
  signals: Float32Array,
  windows: number,
  wanted: Float32Array,
) => Promise<{ readonly logits: Float32Array; readonly gradient: Float32Array }>;

/** What each sample added to the logit of one class. */
export interface Attribution {
  /** [lead, sample], as the signal; its sum is the difference of the two logits, but for the steps' error. */
  readonly values: Float32Array;
  readonly logit: number;
  /** Of a recording of zeros: no signal at all. */
  readonly baselineLogit: number;
}

/**
 * Nodes and weights of Gauss's quadrature with eight points on [-1, 1] (Abramowitz and Stegun, table 25.4), of which the
 * other half is the mirror image. On fifty recordings of CPSC the sum then misses the difference of the logits by 0.5 % of
 * what was moved (median; 3.9 % at most), with sixteen points by 0.3 % at twice the time.
 */
const quadrature = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
] as const;

/** The logits of no signal, the same for every recording that a model explains. */
const silences = new WeakMap<ModelGradient, Float32Array>();

/**
 * Integrated gradients (Sundararajan et al., ICML 2017): the gradient of a class's logit along the straight way from a
 * recording of zeros to this one, integrated with eight points, times the recording. Windows that overlap add up.
 *
 * @param starts first sample of each window of `length` samples; samples beyond the signal's end are zeros.
 * @param index the class, of `classes`.
 */
export async function integratedGradients(
  gradientOf: ModelGradient,
  signal: Signal,
  starts: readonly number[],
  length: number,
  index: number,
  classes: number,
): Promise<Attribution> {
  const { leads, samples, data } = signal;
  const input = new Float32Array(starts.length * length * leads);
  starts.forEach((start, window) => {
    for (let i = 0; i < length && start + i < samples; i++)
      for (let l = 0; l < leads; l++)
        input[(window * length + i) * leads + l] = data[l * samples + start + i]!;
  });
  const wanted = new Float32Array(classes);
  wanted[index] = 1;
  const scaled = new Float32Array(input.length);
  const at = (share: number) => {
    for (let i = 0; i < input.length; i++) scaled[i] = share * input[i]!;
    return gradientOf(scaled, starts.length, wanted);
  };
  const mean = new Float64Array(input.length);
  for (const [node, weight] of quadrature)
    for (const point of [-node, node]) {
      const { gradient } = await at((1 + point) / 2);
      for (let i = 0; i < mean.length; i++) mean[i]! += (weight / 2) * gradient[i]!;
    }
  const values = new Float32Array(data.length);
  starts.forEach((start, window) => {
    for (let i = 0; i < length && start + i < samples; i++)
      for (let l = 0; l < leads; l++) {
        const from = (window * length + i) * leads + l;
        values[l * samples + start + i]! += mean[from]! * input[from]!;
      }
  });
  const logit = (await at(1)).logits[index]!;
  let silence = silences.get(gradientOf);
  if (silence === undefined) {
    // Features are pooled over the windows, and those of no signal are all the same.
    silence = (await gradientOf(new Float32Array(length * leads), 1, wanted)).logits.slice();
    silences.set(gradientOf, silence);
  }
  return { values, logit, baselineLogit: silence[index]! };
}
