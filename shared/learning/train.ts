import { configurationHash } from '../ecg/preprocessing.ts';
import { standardLeads } from '../ecg/recording.ts';
import type { Engine } from '../engine/engine.ts';
import { type Folder, subfolder } from '../storage/folder.ts';
import { type Artifact, versionOf, weightBytes, writeArtifact } from './artifact.ts';
import type { Card } from './card.ts';
import { cached, type Dataset, subset, wfdbDataset } from './dataset.ts';
import { evaluate } from './evaluation.ts';
import type { Experiment } from './experiment.ts';
import { stratifiedFolds } from './folds.ts';
import { macro } from './metrics/macro.ts';
import type { SetScores } from './scoring.ts';
import { chooseThresholds } from './thresholds.ts';
import { type Progress, type TrainedRun, trainRun } from './train-run.ts';

export interface TrainOptions {
  /** Where the data set lies: its label tables and recordings, by the names in the experiment. */
  readonly dataset: Folder;
  /** Where checkpoints are kept; those of the same experiment that lie there are taken up. */
  readonly checkpoints: Folder;
  /** Where the model is written when all is done. */
  readonly model: Folder;
  readonly engine: Engine;
  /** The command that repeats this training and the version of the code, for the card. */
  readonly command: string;
  readonly codeVersion: string;
  /** Aborted: progress is saved, and the training ends with `undefined`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Trains what an experiment describes and writes the model folder: weights, card.json, card.md. With folds, one
 * member is trained for each fold and the card's figures are those of each recording scored by the member that was
 * not trained on it.
 * @returns undefined when it was aborted.
 * @throws SystoleError see `trainRun` and `wfdbDataset`.
 */
export async function trainExperiment(
  experiment: Experiment,
  options: TrainOptions,
): Promise<Artifact | undefined> {
  const { data, classes, preprocessing, seed } = experiment;
  const open = async (set: { labels: string; recordings: string }) =>
    cached(await wfdbDataset(options.dataset, set, classes, preprocessing), data.cache * 2 ** 20);
  const train = await open(data.train);
  const validation = data.validation === undefined ? undefined : await open(data.validation);
  const splits =
    validation === undefined ? foldsOf(experiment, train) : [{ fold: undefined, train, validation }];

  const runs: TrainedRun[] = [];
  for (const [index, split] of splits.entries()) {
    const { fold } = split;
    const run = await trainRun(experiment, {
      train: split.train,
      validation: split.validation,
      checkpoints: fold === undefined ? options.checkpoints : subfolder(options.checkpoints, `fold-${fold}`),
      engine: options.engine,
      signal: options.signal,
      onProgress:
        options.onProgress &&
        ((progress) => options.onProgress!(fold === undefined ? progress : { ...progress, fold })),
      runsAfter: splits.length - index - 1,
    });
    if (run === undefined) return undefined;
    runs.push(run);
  }

  const { labels, probabilities } = joined(runs.map(({ validation: scores }) => scores));
  const perRun = runs.map(({ validation: { labels: truth, probabilities: scores } }) =>
    chooseThresholds(truth, scores, (known, calls) => macro('f1', known, calls)),
  );
  const thresholds = classes.map((_, c) => perRun.reduce((sum, own) => sum + own[c]!, 0) / perRun.length);
  const names = runs.length === 1 ? ['weights.safetensors'] : runs.map((_, i) => `weights-${i}.safetensors`);
  const card: Card = {
    format: 'systole-model-1',
    name: experiment.name,
    version: versionOf(runs.map(({ weights }) => weightBytes(weights))),
    task: 'ecg',
    net: experiment.net,
    leads: [...standardLeads],
    classes,
    thresholds,
    output: experiment.loss.kind === 'binary-cross-entropy' ? 'sigmoid' : 'softmax',
    preprocessing,
    preprocessingHash: configurationHash(preprocessing),
    members: names,
    ...experiment.card,
    data: {
      name: data.name,
      attribution: data.attribution,
      licence: data.licence,
      training: train.recordings.length,
      validation: labels[0]!.length,
    },
    training: {
      command: options.command,
      engine: options.engine.name,
      codeVersion: options.codeVersion,
      seed,
      epochs: runs.map(({ history, chosenEpoch }) => ({ done: history.length, chosen: chosenEpoch + 1 })),
      experiment,
    },
    evaluatedOn: validation === undefined ? 'held-out folds' : 'validation',
    evaluation: JSON.parse(
      JSON.stringify(evaluate(classes, labels, probabilities, thresholds, { seed })),
    ) as Card['evaluation'],
  };
  const artifact = { card, members: runs.map(({ weights }) => weights) };
  await writeArtifact(options.model, artifact);
  return artifact;
}

function foldsOf(
  { data, seed }: Experiment,
  dataset: Dataset,
): { fold: number; train: Dataset; validation: Dataset }[] {
  const { count, run } = data.folds!;
  const folds = stratifiedFolds(
    dataset.recordings.map(({ labels }) => labels),
    count,
    seed,
    dataset.recordings.map(({ patient }) => patient),
  );
  const indices = Array.from(folds, (_, index) => index);
  return (run ?? Array.from({ length: count }, (_, fold) => fold)).map((fold) => ({
    fold,
    train: subset(
      dataset,
      indices.filter((index) => folds[index] !== fold),
    ),
    validation: subset(
      dataset,
      indices.filter((index) => folds[index] === fold),
    ),
  }));
}

function joined(sets: readonly SetScores[]): Pick<SetScores, 'labels' | 'probabilities'> {
  const classes = sets[0]!.labels.map((_, c) => c);
  return {
    labels: classes.map((c) => Uint8Array.from(sets.flatMap(({ labels }) => [...labels[c]!]))),
    probabilities: classes.map((c) =>
      Float32Array.from(sets.flatMap(({ probabilities }) => [...probabilities[c]!])),
    ),
  };
}
