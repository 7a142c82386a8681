import { chunkStarts } from '../nets/chunk-starts.ts';
import type { Signal } from './augmentation/augmentation.ts';

/** `samples` of every lead from sample `start` on; zeros beyond the end of the signal. */
export function windowOf(signal: Signal, start: number, samples: number): Signal {
  const data = new Float32Array(signal.leads * samples);
  const end = Math.min(signal.samples, start + samples);
  for (let l = 0; l < signal.leads; l++) {
    const from = l * signal.samples;
    data.set(signal.data.subarray(from + start, from + end), l * samples);
  }
  return { leads: signal.leads, samples, data };
}

/** The windows of a recording that DSAIL_SNU's rule cuts: see `chunkStarts`. */
export function chunkWindows(signal: Signal, length: number, stride: number): Signal[] {
  return chunkStarts(signal.samples, { length, stride }).map((start) => windowOf(signal, start, length));
}

/** [lead, sample] -> [sample, lead] */
export function channelsLast({ leads, samples, data }: Signal): Float32Array {
  const values = new Float32Array(leads * samples);
  for (let l = 0; l < leads; l++) {
    for (let i = 0; i < samples; i++) values[i * leads + l] = data[l * samples + i]!;
  }
  return values;
}
