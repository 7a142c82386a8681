import { addWave, type WaveRange } from './add-wave.ts';
import type { Augmentation } from './augmentation.ts';

/** Adds a sin(2 pi f n) to all leads, n the sample's number (PE: a in 0.25-1, f in 0.001-0.02 a sample). */
export function addSine(range: WaveRange): Augmentation {
  return addWave((periods) => Math.sin(2 * Math.PI * periods), range);
}
