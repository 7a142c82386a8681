import { type Augmentation, lead } from './augmentation.ts';

/** Adds a sin(2 pi f n) to all leads, n the sample's number (PE: a in 0.25-1, f in 0.001-0.02 a sample). */
export function addSine({
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
      const value = a * Math.sin(2 * Math.PI * f * i);
      for (let l = 0; l < signal.leads; l++) lead(signal, l)[i]! += value;
    }
    return signal;
  };
}
