import type { Experiment } from '../experiment.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { focalLoss } from './focal-loss.ts';
import type { Loss } from './loss.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** The loss that an experiment names. */
export function lossOf(loss: Experiment['loss']): Loss {
  switch (loss.kind) {
    case 'binary-cross-entropy':
      return binaryCrossEntropy;
    case 'softmax-cross-entropy':
      return softmaxCrossEntropy;
    case 'focal':
      return focalLoss(loss);
  }
}
