import type { Augmentation } from './augmentation.ts';

/** Flips the sign of all leads (PE). */
export function flip(): Augmentation {
  return (signal) => {
    for (let i = 0; i < signal.data.length; i++) signal.data[i] = -signal.data[i]!;
    return signal;
  };
}
