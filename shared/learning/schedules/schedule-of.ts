import type { Experiment } from '../experiment.ts';
import { constant } from './constant.ts';
import type { Schedule } from './schedule.ts';
import { warmupCosine } from './warmup-cosine.ts';
import { warmupPlateau } from './warmup-plateau.ts';

/** The schedule that an experiment names. */
export function scheduleOf({ schedule, epochs }: Pick<Experiment, 'schedule' | 'epochs'>): Schedule {
  switch (schedule.kind) {
    case 'constant':
      return constant;
    case 'warmup-cosine':
      return warmupCosine({ epochs, ...schedule });
    case 'warmup-plateau':
      return warmupPlateau({ epochs, ...schedule });
  }
}
