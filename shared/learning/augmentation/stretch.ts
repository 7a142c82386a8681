import { type Augmentation, lead } from './augmentation.ts';

/**
 * Plays the recording faster or slower by up to `share` about its middle (another heart rate), linear between
 * samples; what a slower one leaves open at the ends repeats the outermost sample.
 */
export function stretch({ share }: { share: number }): Augmentation {
  return (signal, random) => {
    const factor = random.between(1 - share, 1 + share);
    const last = signal.samples - 1;
    for (let l = 0; l < signal.leads; l++) {
      const values = lead(signal, l);
      const from = values.slice();
      for (let i = 0; i <= last; i++) {
        const position = Math.min(last, Math.max(0, (i - last / 2) * factor + last / 2));
        const below = Math.floor(position);
        const above = Math.min(below + 1, last);
        values[i] = from[below]! + (position - below) * (from[above]! - from[below]!);
      }
    }
    return signal;
  };
}
