import type { Augmentation } from './augmentation.ts';

/**
 * Cuts a window of `samples` that starts at a random sample, or at one of `starts` (PE: 0, 451 or 904 of 5000).
 * @throws RangeError when the signal is shorter than the window.
 */
export function crop({ samples, starts }: { samples: number; starts?: readonly number[] }): Augmentation {
  return (signal, random) => {
    const room = signal.samples - samples;
    const start = starts === undefined ? random.integer(room + 1) : starts[random.integer(starts.length)]!;
    if (start > room || room < 0) {
      throw new RangeError(`A window of ${samples} samples from ${start} does not fit in ${signal.samples}.`);
    }
    const data = new Float32Array(signal.leads * samples);
    for (let l = 0; l < signal.leads; l++) {
      const from = l * signal.samples + start;
      data.set(signal.data.subarray(from, from + samples), l * samples);
    }
    return { leads: signal.leads, samples, data };
  };
}
