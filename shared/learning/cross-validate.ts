import type { Engine } from '../engine/engine.ts';
import { type Folder, subfolder } from '../storage/folder.ts';
import type { Weights } from './checkpoint.ts';
import { type Dataset, subset } from './dataset.ts';
import { ecgTraining } from './ecg-training.ts';
import type { Experiment } from './experiment.ts';
import { type Progress, trainRun } from './train-run.ts';

export interface CrossValidationOptions {
  /** Where checkpoints are kept; those of the same experiment that lie there are taken up. */
  readonly checkpoints: Folder;
  readonly engine: Engine;
  /** Weights that every fold starts from. */
  readonly start?: Weights | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What nets that had not seen them say of the recordings of a set. */
export interface HeldOutScores {
  /** 0 or 1, [class][recording], in the order of the set. */
  readonly labels: readonly Uint8Array[];
  readonly probabilities: readonly Float32Array[];
  /** Weights of the net that each fold was held out from. */
  readonly members: readonly Weights[];
}

/**
 * Trains one net for each fold on the others and scores each recording by the net that was not trained on it.
 * @param folds the fold of each recording, from 0.
 * @returns undefined when it was aborted.
 * @throws SystoleError see `trainRun`.
 */
export async function crossValidate(
  experiment: Experiment,
  dataset: Dataset,
  folds: Int32Array,
  { checkpoints, engine, start, signal, onProgress }: CrossValidationOptions,
): Promise<HeldOutScores | undefined> {
  const indices = Array.from(folds, (_, index) => index);
  const count = Math.max(...folds) + 1;
  const probabilities = experiment.classes.map(() => new Float32Array(indices.length));
  const members: Weights[] = [];
  for (let fold = 0; fold < count; fold++) {
    const held = indices.filter((index) => folds[index] === fold);
    const train = subset(
      dataset,
      indices.filter((index) => folds[index] !== fold),
    );
    const training = ecgTraining(experiment, { train, validation: subset(dataset, held), engine, start });
    const run = await trainRun(training, {
      checkpoints: subfolder(checkpoints, `fold-${fold}`),
      engine,
      signal,
      onProgress: (progress) => onProgress?.({ ...progress, fold }),
      runsAfter: count - fold - 1,
    });
    if (run === undefined) return undefined;
    members.push(run.weights);
    run.validation.probabilities.forEach((scores, c) => {
      held.forEach((index, place) => {
        probabilities[c]![index] = scores[place]!;
      });
    });
  }
  const labels = experiment.classes.map((_, c) =>
    Uint8Array.from(dataset.recordings, (recording) => recording.labels[c]!),
  );
  return { labels, probabilities, members };
}
