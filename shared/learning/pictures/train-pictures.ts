import { framePreprocessingHash } from '../../echo/preprocessing.ts';
import type { Folder } from '../../storage/folder.ts';
import { subfolder } from '../../storage/folder.ts';
import { versionOf, weightBytes } from '../artifact.ts';
import type { TrainOptions } from '../train.ts';
import { type TrainedRun, trainRun } from '../train-run.ts';
import { evaluateCines } from './evaluate-cines.ts';
import { evaluateSegmentation } from './evaluate-segmentation.ts';
import { evaluateViews } from './evaluate-views.ts';
import { openPhantoms } from './open-phantoms.ts';
import { openLabelledPictures, openMaskedPictures } from './open-pictures.ts';
import { writePictureArtifact } from './picture-artifact.ts';
import { type PictureCard, parsePictureCard } from './picture-card.ts';
import type { PictureDataset } from './picture-dataset.ts';
import type { PictureExperiment } from './picture-experiment.ts';
import { openPictureModel, type PictureArtifact } from './picture-model.ts';
import { pictureTraining } from './picture-training.ts';

/**
 * Trains what an experiment on pictures describes and writes the model folder: weights, model.onnx, card.json, card.md.
 * The figures of the card are of the finished model, as it is stored, on the validation pictures at their own size.
 * @returns undefined when it was aborted, or when `runs` are given.
 * @throws SystoleError see `trainRun` and the data sets.
 */
export async function trainPictures(
  experiment: PictureExperiment,
  options: TrainOptions,
): Promise<PictureArtifact | undefined> {
  const { engine } = options;
  const [train, validation] = await Promise.all(
    (['train', 'validation'] as const).map((set) => openSet(experiment, set, options.dataset)),
  );
  const trained: TrainedRun<undefined>[] = [];
  const { epochs, members } = experiment;
  const wanted = options.runs ?? Array.from({ length: members }, (_, member) => member);
  for (const [before, member] of wanted.entries()) {
    const own = { ...experiment, seed: experiment.seed + member };
    const training = pictureTraining(own, { train: train!, validation: validation!, engine });
    const result = await trainRun(training, {
      checkpoints: members === 1 ? options.checkpoints : subfolder(options.checkpoints, `member-${member}`),
      engine,
      signal: options.signal,
      onProgress: (progress) =>
        options.onProgress?.({
          ...progress,
          epoch: member * epochs + progress.epoch,
          epochs: epochs * members,
        }),
      runsAfter: wanted.length - before - 1,
    });
    if (result === undefined) return undefined;
    trained.push(result);
  }
  if (options.runs !== undefined) return undefined;
  const artifact = await measured(
    {
      card: cardOf(experiment, options, trained, train!.pictures.length, validation!.pictures.length),
      members: trained.map(({ weights }) => weights),
    },
    validation!,
    experiment,
    options,
  );
  await writePictureArtifact(options.model, artifact);
  return artifact;
}

async function openSet(
  experiment: PictureExperiment,
  set: 'train' | 'validation',
  folder: Folder,
): Promise<PictureDataset> {
  const { classes, preprocessing, seed } = experiment;
  if (experiment.data.kind === 'phantom') return openPhantoms(experiment, experiment.data[set]);
  return experiment.data.kind === 'labels'
    ? openLabelledPictures(folder, experiment.data[set], classes, preprocessing, seed)
    : openMaskedPictures(folder, experiment.data, experiment.data[set], classes, preprocessing);
}

/** The card but for its figures. */
function cardOf(
  experiment: PictureExperiment,
  options: TrainOptions,
  trained: readonly TrainedRun<undefined>[],
  training: number,
  validation: number,
): PictureCard {
  const { data, preprocessing, precision, classes } = experiment;
  const common = {
    format: 'systole-model-1' as const,
    name: experiment.name,
    version: versionOf(trained.map(({ weights }) => weightBytes(weights, precision))),
    classes,
    preprocessing,
    preprocessingHash: framePreprocessingHash(preprocessing),
    members:
      trained.length === 1 ? ['weights.safetensors'] : trained.map((_, i) => `weights-${i}.safetensors`),
    onnx: ['model.onnx'],
    ...experiment.card,
    data: {
      name: data.name,
      attribution: data.attribution,
      licence: data.licence,
      training,
      validation,
    },
    training: {
      command: options.command,
      engine: options.engine.name,
      codeVersion: options.codeVersion,
      seed: experiment.seed,
      epochs: trained.map(({ history, chosenEpoch }) => ({ done: history.length, chosen: chosenEpoch + 1 })),
      experiment,
    },
    precision,
    evaluatedOn: 'validation' as const,
    evaluation: null,
  };
  if (experiment.task === 'views') return { ...common, task: 'views', net: experiment.net };
  const { lv, la, lvo } = experiment.chambers;
  const chambers = { lv: classes.indexOf(lv), la: classes.indexOf(la), lvo: classes.indexOf(lvo) };
  const own = {
    ...common,
    net: experiment.net,
    ...(experiment.edges === undefined ? {} : { edges: experiment.edges }),
    chambers,
  };
  return experiment.task === 'segmentation-a4c'
    ? { ...own, task: experiment.task, view: 'a4c' }
    : { ...own, task: experiment.task, view: 'a2c' };
}

/** The model with its figures on the validation pictures. */
async function measured(
  { card, members }: PictureArtifact,
  validation: PictureDataset,
  { data }: PictureExperiment,
  { engine }: TrainOptions,
): Promise<PictureArtifact> {
  const seed = card.training.seed;
  if (card.task === 'views') {
    const model = await openPictureModel({ card, members }, engine);
    try {
      return finished(card, members, await evaluateViews(model, validation, seed));
    } finally {
      await model.dispose();
    }
  }
  const model = await openPictureModel({ card, members }, engine);
  try {
    const pictures = await evaluateSegmentation(model, validation, seed);
    const cines = data.kind === 'phantom' ? await evaluateCines(model, data.validation, seed) : null;
    return finished(card, members, { ...pictures, cines });
  } finally {
    await model.dispose();
  }
}

/** Through JSON, as it is stored: figures that are not defined become null. */
function finished(
  card: PictureCard,
  members: PictureArtifact['members'],
  evaluation: unknown,
): PictureArtifact {
  const text = JSON.stringify({ ...card, evaluation });
  return { card: parsePictureCard(new TextEncoder().encode(text)), members };
}
