import { SystoleError } from '../errors.ts';
import type { Folder } from '../storage/folder.ts';
import { readArtifact } from './artifact.ts';
import type { Weights } from './checkpoint.ts';
import type { Experiment } from './experiment.ts';

/** Where the folder of a model lies. */
export type FindModel = (name: string, version: string) => Folder;

/**
 * The weights that an experiment starts from: those of the first member of its `start`.
 * @returns undefined where it starts from chance.
 * @throws SystoleError `experiment_invalid` when there is no such model.
 */
export async function startWeights(
  { start }: Experiment,
  models: FindModel | undefined,
): Promise<Weights | undefined> {
  if (start === undefined) return undefined;
  const folder = models?.(start.model, start.version);
  if (folder === undefined || (await folder.read('card.json')) === undefined)
    throw new SystoleError('experiment_invalid', 'start: there is no such model.');
  const { card, members } = await readArtifact(folder);
  if (card.version !== start.version)
    throw new SystoleError('experiment_invalid', 'start: the model is there in another version.');
  return members[0]!;
}
