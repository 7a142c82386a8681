import { type Augmentation, lead } from './augmentation.ts';

/**
 * Multiplies by a normal number around 1, at least 0: one for the recording (DSAIL_SNU's scale) or one for each lead.
 */
export function scale({ deviation, each }: { deviation: number; each: 'recording' | 'lead' }): Augmentation {
  return (signal, random) => {
    const draw = () => Math.max(0, 1 + deviation * random.normal());
    const common = draw();
    for (let l = 0; l < signal.leads; l++) {
      const factor = each === 'lead' ? draw() : common;
      const samples = lead(signal, l);
      for (let i = 0; i < samples.length; i++) samples[i]! *= factor;
    }
    return signal;
  };
}
