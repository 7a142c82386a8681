import { type Augmentation, lead } from './augmentation.ts';

/** Sets each lead to 0 with this probability (PE: 0.2). */
export function dropLeads({ probability }: { probability: number }): Augmentation {
  return (signal, random) => {
    for (let l = 0; l < signal.leads; l++) {
      if (random.uniform() < probability) lead(signal, l).fill(0);
    }
    return signal;
  };
}
