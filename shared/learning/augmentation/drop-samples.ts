import { type Augmentation, lead } from './augmentation.ts';

/** Sets a share of the samples to 0, the same ones in all leads (PE: a tenth). */
export function dropSamples({ share }: { share: number }): Augmentation {
  return (signal, random) => {
    for (let i = 0; i < signal.samples; i++) {
      if (random.uniform() >= share) continue;
      for (let l = 0; l < signal.leads; l++) lead(signal, l)[i] = 0;
    }
    return signal;
  };
}
