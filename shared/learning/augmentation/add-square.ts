import { type Augmentation, lead } from './augmentation.ts';

/** Adds a square wave, a for half its period and -a for the other, to all leads (PE: a in 0.25-1, f in 0.001-0.1). */
export function addSquare({
  amplitude,
  frequency,
}: {
  amplitude: readonly [low: number, high: number];
  frequency: readonly [low: number, high: number];
}): Augmentation {
  return (signal, random) => {
    const a = random.between(...amplitude);
    const f = random.between(...frequency);
    for (let i = 0; i < signal.samples; i++) {
      const value = (f * i) % 1 < 0.5 ? a : -a;
      for (let l = 0; l < signal.leads; l++) lead(signal, l)[i]! += value;
    }
    return signal;
  };
}
