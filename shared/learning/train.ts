import { configurationHash } from '../ecg/preprocessing.ts';
import { standardLeads } from '../ecg/recording.ts';
import type { Engine } from '../engine/engine.ts';
import { type Folder, subfolder } from '../storage/folder.ts';
import { type Artifact, versionOf, weightBytes, writeArtifact } from './artifact.ts';
import { calibrate } from './calibration/calibration.ts';
import { evaluateCalibration } from './calibration/evaluate-calibration.ts';
import { crossFitted, fitCalibration } from './calibration/fit-calibration.ts';
import type { Card } from './card.ts';
import { cached, type Dataset, openDataset, subset } from './dataset.ts';
import { ecgTraining } from './ecg-training.ts';
import { evaluate } from './evaluation.ts';
import { type Experiment, totalEpochs } from './experiment.ts';
import { experimentThresholds } from './experiment-thresholds.ts';
import { stratifiedFolds } from './folds.ts';
import { modelOnnx } from './model-onnx.ts';
import type { SetScores } from './scoring.ts';
import { type FindModel, startWeights } from './start-weights.ts';
import { type Progress, type TrainedRun, trainRun } from './train-run.ts';

export interface TrainOptions {
  /** Where the data set lies: its label tables and recordings, by the names in the experiment. */
  readonly dataset: Folder;
  /** Where checkpoints are kept; those of the same experiment that lie there are taken up. */
  readonly checkpoints: Folder;
  /** Where the model is written when all is done. */
  readonly model: Folder;
  readonly engine: Engine;
  /** Models that an experiment may start from. */
  readonly models?: FindModel;
  /** The command that repeats this training and the version of the code, for the card. */
  readonly command: string;
  readonly codeVersion: string;
  /** Aborted: progress is saved, and the training ends with `undefined`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Only these of the experiment's trainings (members, folds; indices from 0), each to the end of its checkpoint: no
   * model is written, and the answer is `undefined`. So processes side by side share an experiment out.
   */
  readonly runs?: readonly number[];
}

/**
 * Trains what an experiment describes and writes the model folder: weights, card.json, card.md. With folds, one
 * member is trained for each fold and the card's figures are those of each recording scored by the member that was
 * not trained on it.
 * @returns undefined when it was aborted, or when `runs` are given.
 * @throws SystoleError see `trainRun` and `openDataset`.
 */
export async function trainExperiment(
  experiment: Experiment,
  options: TrainOptions,
): Promise<Artifact | undefined> {
  const { data, classes, preprocessing, seed } = experiment;
  const open = async (set: Experiment['data']['train']) =>
    cached(await openDataset(options.dataset, set, classes, preprocessing), data.cache * 2 ** 20);
  const train = await open(data.train);
  const validation = data.validation === undefined ? undefined : await open(data.validation);
  const runs =
    validation === undefined ? foldsOf(experiment, train) : membersOf(experiment, train, validation);

  const start = await startWeights(experiment, options.models);
  const trained: TrainedRun<SetScores>[] = [];
  const wanted = options.runs ?? runs.map((_, index) => index);
  for (const [before, index] of wanted.entries()) {
    const { name, fold, ...run } = runs[index]!;
    const { epochs } = experiment;
    const result = await trainRun(ecgTraining(run.experiment, { ...run, engine: options.engine, start }), {
      checkpoints: runs.length === 1 ? options.checkpoints : subfolder(options.checkpoints, name),
      engine: options.engine,
      signal: options.signal,
      onProgress: (progress) =>
        options.onProgress?.({
          ...progress,
          fold,
          epoch: index * epochs + progress.epoch,
          epochs: totalEpochs(experiment),
        }),
      runsAfter: wanted.length - before - 1,
    });
    if (result === undefined) return undefined;
    trained.push(result);
  }
  if (options.runs !== undefined) return undefined;

  const sets = trained.map(({ validation: scores }) => scores);
  const measured = validation === undefined ? [...sets] : [averaged(sets)];
  const { labels, probabilities: raw } = joined(measured);
  const calibration =
    experiment.calibration === undefined ? undefined : fitCalibration(experiment.calibration, labels, raw);
  const asCalibrated = (scores: readonly Float32Array[]) =>
    calibration === undefined
      ? scores
      : scores.map((values, c) => values.map((value) => calibrate(calibration, c, value)));
  const probabilities = asCalibrated(raw);
  const perSet = measured.map(({ labels: truth, probabilities: scores }) =>
    experimentThresholds(experiment, truth, asCalibrated(scores)),
  );
  const thresholds = classes.map((_, c) => perSet.reduce((sum, own) => sum + own[c]!, 0) / perSet.length);
  const members = trained.map(({ weights }) => weights);
  const card: Card = {
    format: 'systole-model-1',
    name: experiment.name,
    version: versionOf(members.map((weights) => weightBytes(weights, experiment.precision))),
    task: 'ecg',
    net: experiment.net,
    leads: [...standardLeads],
    classes,
    ...(calibration === undefined ? {} : { calibration }),
    thresholds,
    output: experiment.loss.kind === 'binary-cross-entropy' ? 'sigmoid' : 'softmax',
    preprocessing,
    preprocessingHash: configurationHash(preprocessing),
    members: runs.length === 1 ? ['weights.safetensors'] : runs.map((_, i) => `weights-${i}.safetensors`),
    onnx: ['model.onnx'],
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
      epochs: trained.map(({ history, chosenEpoch }) => ({ done: history.length, chosen: chosenEpoch + 1 })),
      experiment,
    },
    evaluatedOn: validation === undefined ? 'held-out folds' : 'validation',
    evaluation: JSON.parse(
      JSON.stringify({
        ...evaluate(classes, labels, probabilities, thresholds, { seed }),
        ...(experiment.calibration === undefined
          ? {}
          : {
              calibration: evaluateCalibration(
                classes,
                labels,
                raw,
                crossFitted(experiment.calibration, labels, raw, seed),
                { seed },
              ),
            }),
      }),
    ) as Card['evaluation'],
  };
  const artifact = { card, members };
  return { card: await writeArtifact(options.model, artifact, await modelOnnx(artifact)), members };
}

/** One training among those of an experiment. */
interface Run {
  readonly name: string;
  readonly fold?: number;
  readonly experiment: Experiment;
  readonly train: Dataset;
  readonly validation: Dataset;
}

function membersOf(experiment: Experiment, train: Dataset, validation: Dataset): Run[] {
  return Array.from({ length: experiment.members }, (_, member) => ({
    name: `member-${member}`,
    experiment: { ...experiment, seed: experiment.seed + member },
    train,
    validation,
  }));
}

function foldsOf(experiment: Experiment, dataset: Dataset): Run[] {
  const { count, run } = experiment.data.folds!;
  const folds = stratifiedFolds(
    dataset.recordings.map(({ labels }) => labels),
    count,
    experiment.seed,
    dataset.recordings.map(({ patient }) => patient),
  );
  const indices = Array.from(folds, (_, index) => index);
  return (run ?? Array.from({ length: count }, (_, fold) => fold)).map((fold) => ({
    name: `fold-${fold}`,
    fold,
    experiment,
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

/** What several members say together of one set: the means of their probabilities. */
function averaged(sets: readonly SetScores[]): Pick<SetScores, 'labels' | 'probabilities'> {
  const { labels, probabilities } = sets[0]!;
  return {
    labels,
    probabilities: probabilities.map((values, c) =>
      values.map((_, r) => sets.reduce((sum, set) => sum + set.probabilities[c]![r]!, 0) / sets.length),
    ),
  };
}

function joined(
  sets: readonly Pick<SetScores, 'labels' | 'probabilities'>[],
): Pick<SetScores, 'labels' | 'probabilities'> {
  const classes = sets[0]!.labels.map((_, c) => c);
  return {
    labels: classes.map((c) => Uint8Array.from(sets.flatMap(({ labels }) => [...labels[c]!]))),
    probabilities: classes.map((c) =>
      Float32Array.from(sets.flatMap(({ probabilities }) => [...probabilities[c]!])),
    ),
  };
}
