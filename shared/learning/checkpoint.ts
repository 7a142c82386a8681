import type { TrainingState } from '../engine/engine.ts';
import type { NamedArray } from '../engine/pass.ts';
import { SystoleError } from '../errors.ts';
import { readSafetensors, writeSafetensors } from '../storage/safetensors.ts';
import { float32Values, type StoredTensor, storedFloat32 } from '../storage/stored-tensor.ts';

export type Weights = ReadonlyMap<string, NamedArray>;

/** What one epoch came to. */
export interface EpochRecord {
  readonly epoch: number;
  readonly learningRate: number;
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Of the validation set, by the names of selection metrics: higher is better. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Where a training stands; with the experiment file it is all that the training needs to go on. */
export interface Checkpoint {
  /** SHA-256 of the experiment, so that a checkpoint is never taken up by another one. */
  readonly experiment: string;
  readonly engine: string;
  /** The epoch under way and the steps of it that are done, with the sum of their losses. */
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly history: readonly EpochRecord[];
  readonly state: TrainingState;
  /** Weights averaged over the epochs done, where the experiment asks for it. */
  readonly average?: Weights;
  /** Weights of the best epoch so far. */
  readonly best?: Weights;
}

/** One safetensors file: the tensors of each part under its name, the rest as JSON in the metadata. */
export function writeCheckpoint({ state, average, best, ...progress }: Checkpoint): Uint8Array {
  const tensors = new Map<string, StoredTensor>();
  const put = (part: string, weights: Weights | undefined) => {
    for (const [name, { shape, data }] of weights ?? []) {
      tensors.set(`${part}/${name}`, storedFloat32(shape, data));
    }
  };
  put('parameter', state.parameters);
  put('slot', state.slots);
  put('average', average);
  put('best', best);
  const json = JSON.stringify({ ...progress, steps: state.step });
  return writeSafetensors(tensors, new Map([['checkpoint', json]]));
}

/** @throws SystoleError `weights_invalid` when it is no checkpoint. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  const json = metadata.get('checkpoint');
  if (json === undefined) throw new SystoleError('weights_invalid', 'The file is no checkpoint.');
  const { steps, ...progress } = JSON.parse(json) as Omit<Checkpoint, 'state'> & { steps: number };
  const part = (name: string) => {
    const weights = new Map<string, NamedArray>();
    for (const [key, tensor] of tensors) {
      if (key.startsWith(`${name}/`)) {
        weights.set(key.slice(name.length + 1), { shape: tensor.shape, data: float32Values(tensor) });
      }
    }
    return weights;
  };
  const optional = (name: 'average' | 'best') => {
    const weights = part(name);
    return weights.size > 0 ? { [name]: weights } : {};
  };
  return {
    ...progress,
    state: { step: steps, parameters: part('parameter'), slots: part('slot') },
    ...optional('average'),
    ...optional('best'),
  };
}
