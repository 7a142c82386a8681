import { addWave, type WaveRange } from './add-wave.ts';
import type { Augmentation } from './augmentation.ts';

/** Adds a square wave, a for half its period and -a for the other, to all leads (PE: a in 0.25-1, f in 0.001-0.1). */
export function addSquare(range: WaveRange): Augmentation {
  return addWave((periods) => (periods % 1 < 0.5 ? 1 : -1), range);
}
