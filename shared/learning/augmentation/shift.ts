import { type Augmentation, lead } from './augmentation.ts';

/** Moves all leads by up to `samples` to the left or right; what moves in is 0. */
export function shift({ samples }: { samples: number }): Augmentation {
  return (signal, random) => {
    const by = random.integer(2 * samples + 1) - samples;
    for (let l = 0; l < signal.leads; l++) {
      const values = lead(signal, l);
      if (by >= 0) {
        values.copyWithin(by, 0, values.length - by);
        values.fill(0, 0, by);
      } else {
        values.copyWithin(0, -by);
        values.fill(0, values.length + by);
      }
    }
    return signal;
  };
}
