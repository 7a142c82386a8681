import { type Augmentation, lead } from './augmentation.ts';

/** Ranges from which the wave of one recording is drawn. */
export interface WaveRange {
  readonly amplitude: readonly [low: number, high: number];
  /** Periods a sample. */
  readonly frequency: readonly [low: number, high: number];
}

/** Adds the same wave to all leads. @param wave its value after so many periods, between -1 and 1. */
export function addWave(
  wave: (periods: number) => number,
  { amplitude, frequency }: WaveRange,
): Augmentation {
  return (signal, random) => {
    const a = random.between(...amplitude);
    const f = random.between(...frequency);
    for (let i = 0; i < signal.samples; i++) {
      const value = a * wave(f * i);
      for (let l = 0; l < signal.leads; l++) lead(signal, l)[i]! += value;
    }
    return signal;
  };
}
