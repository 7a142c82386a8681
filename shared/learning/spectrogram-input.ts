import { spectrogram } from '../ecg/signal/spectrogram.ts';
import { lead, type Signal } from './augmentation/augmentation.ts';

/** What the pulmonary-embolism system takes: samples a second, and segments of 64 samples that overlap by half. */
const rate = 500;
const segment = 64;
const overlap = 32;

/** Samples of a window that gives so many times. */
export function spectrogramSamples(times: number): number {
  return times * (segment - overlap) + overlap;
}

/**
 * The spectrogram of each lead, its natural logarithm where it is above 0, as [frequency, time, lead] (the
 * pulmonary-embolism system's 2-D net: 33 frequencies by 127 times of 4096 samples).
 */
export function spectrogramInput(window: Signal): Float32Array {
  let values = new Float32Array(0);
  for (let l = 0; l < window.leads; l++) {
    const { power } = spectrogram(lead(window, l), { rate, segment, overlap });
    if (l === 0) values = new Float32Array(power.length * window.leads);
    for (let i = 0; i < power.length; i++) {
      values[i * window.leads + l] = power[i]! > 0 ? Math.log(power[i]!) : 0;
    }
  }
  return values;
}
