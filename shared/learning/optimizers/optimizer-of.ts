import type { Optimizer } from '../../engine/optimizer.ts';
import type { Experiment } from '../experiment.ts';
import { adam } from './adam.ts';
import { adamW } from './adam-w.ts';
import { exceptBatchNorm } from './decays.ts';
import { sgd } from './sgd.ts';

/** The optimizer that an experiment names, for a net with these parameters. */
export function optimizerOf(
  optimizer: Experiment['optimizer'],
  parameters: { has(name: string): boolean },
): Optimizer {
  const decays = optimizer.decay === 'all' ? () => true : exceptBatchNorm(parameters);
  switch (optimizer.kind) {
    case 'adam':
      return adam({ weightDecay: optimizer.weightDecay, decays });
    case 'adamw':
      return adamW({ weightDecay: optimizer.weightDecay, decays });
    case 'sgd':
      return sgd({ ...optimizer, decays });
  }
}
