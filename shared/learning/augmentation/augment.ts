import type { Random } from '../../random.ts';
import type { Experiment } from '../experiment.ts';
import { addSine } from './add-sine.ts';
import { addSquare } from './add-square.ts';
import type { Augmentation, Signal } from './augmentation.ts';
import { dropLeads } from './drop-leads.ts';
import { dropSamples } from './drop-samples.ts';
import { flip } from './flip.ts';
import { noise } from './noise.ts';
import { oneOf } from './one-of.ts';
import { scale } from './scale.ts';
import { shift } from './shift.ts';
import { stretch } from './stretch.ts';

type Entry = Experiment['augmentation'][number];

/** The augmentations of an experiment, one after the other. The signal that comes in is changed. */
export function augment(entries: readonly Entry[]): (signal: Signal, random: Random) => Signal {
  const steps = entries.map(augmentationOf);
  return (signal, random) => steps.reduce((changed, step) => step(changed, random), signal);
}

function augmentationOf(entry: Entry): Augmentation {
  switch (entry.kind) {
    case 'scale':
      return scale(entry);
    case 'noise':
      return noise(entry);
    case 'flip':
      return flip();
    case 'drop-samples':
      return dropSamples(entry);
    case 'drop-leads':
      return dropLeads(entry);
    case 'add-sine':
      return addSine(entry);
    case 'add-square':
      return addSquare(entry);
    case 'shift':
      return shift(entry);
    case 'stretch':
      return stretch(entry);
    case 'one-of':
      return oneOf(entry.of.map((inner) => (inner.kind === 'none' ? undefined : augmentationOf(inner))));
  }
}
