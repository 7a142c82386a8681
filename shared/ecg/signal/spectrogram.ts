import { fft } from './fft.ts';

/** Power over frequency and time. */
export interface Spectrogram {
  /** segment / 2 + 1 (rounded down) frequencies, rate / segment Hz apart. */
  readonly frequencies: number;
  readonly times: number;
  /** [frequency, time], in squared units per Hz. */
  readonly power: Float64Array;
}

/**
 * scipy.signal.spectrogram(x, rate, nperseg=segment, noverlap=overlap) with its defaults: Tukey window (0.25), the
 * mean of each segment removed, one-sided density.
 *
 * @throws RangeError when the signal is shorter than a segment.
 */
export function spectrogram(
  signal: ArrayLike<number>,
  { rate, segment, overlap }: { rate: number; segment: number; overlap: number },
): Spectrogram {
  if (signal.length < segment)
    throw new RangeError(`a signal of ${signal.length} samples is below a segment`);
  const hop = segment - overlap;
  const times = Math.floor((signal.length - overlap) / hop);
  const frequencies = (segment >> 1) + 1;
  const window = tukey(segment, 0.25);
  const scale = 1 / (rate * window.reduce((sum, w) => sum + w * w, 0));
  const transform = fft(segment);
  const real = new Float64Array(segment);
  const imaginary = new Float64Array(segment);
  const power = new Float64Array(frequencies * times);
  for (let time = 0; time < times; time++) {
    const start = time * hop;
    let mean = 0;
    for (let i = 0; i < segment; i++) mean += signal[start + i]!;
    mean /= segment;
    for (let i = 0; i < segment; i++) real[i] = (signal[start + i]! - mean) * window[i]!;
    imaginary.fill(0);
    transform.forward(real, imaginary);
    for (let k = 0; k < frequencies; k++) {
      // All bins but 0 and Nyquist stand for their negative frequency too.
      const sides = k === 0 || 2 * k === segment ? 1 : 2;
      power[k * times + time] = sides * scale * (real[k]! ** 2 + imaginary[k]! ** 2);
    }
  }
  return { frequencies, times, power };
}

/** Tukey's tapered cosine window, periodic, with `taper` of it inside the cosine lobes. */
function tukey(length: number, taper: number): Float64Array {
  const window = new Float64Array(length).fill(1);
  const width = (taper * length) / 2;
  for (let n = 0; n < length; n++) {
    const edge = Math.min(n, length - n);
    if (edge < width) window[n] = (1 - Math.cos((Math.PI * edge) / width)) / 2;
  }
  return window;
}
