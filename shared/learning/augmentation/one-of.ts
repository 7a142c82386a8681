import type { Augmentation } from './augmentation.ts';

/** Applies one of the augmentations, each with equal chance; `undefined` leaves the signal as it is (PE: two of seven). */
export function oneOf(augmentations: readonly (Augmentation | undefined)[]): Augmentation {
  return (signal, random) => {
    const chosen = augmentations[random.integer(augmentations.length)];
    return chosen === undefined ? signal : chosen(signal, random);
  };
}
