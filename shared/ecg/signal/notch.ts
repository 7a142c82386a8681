import type { TransferFunction } from './butterworth.ts';

/**
 * A second-order notch, -3 dB over `frequency / quality` Hz, as scipy.signal.iirnotch(frequency, quality, rate) gives
 * it (Orfanidis, Introduction to Signal Processing, 11.3).
 *
 * @param frequency Hz. @param rate samples per second.
 * @throws RangeError when the frequency is not between 0 and half the rate.
 */
export function notch(frequency: number, quality: number, rate: number): TransferFunction {
  if (!(frequency > 0 && frequency < rate / 2))
    throw new RangeError(`no notch of ${frequency} Hz at ${rate} Hz`);
  const centre = (2 * Math.PI * frequency) / rate;
  const gain = 1 / (1 + Math.tan(centre / quality / 2));
  const cosine = Math.cos(centre);
  return {
    b: Float64Array.of(gain, -2 * gain * cosine, gain),
    a: Float64Array.of(1, -2 * gain * cosine, 2 * gain - 1),
  };
}
