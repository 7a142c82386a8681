import { checkExperiment, checkedBy, type Experiment, totalEpochs, yamlDocument } from './experiment.ts';
import { type PictureExperiment, pictureExperimentSchema } from './pictures/picture-experiment.ts';

/** An experiment on electrocardiograms, which has no `task`, or on pictures. */
export type AnyExperiment = Experiment | PictureExperiment;

/**
 * Reads an experiment file (YAML) of either kind.
 * @throws SystoleError `experiment_invalid`, naming each key that is wrong.
 */
export function parseAnyExperiment(text: string): AnyExperiment {
  return checkAnyExperiment(yamlDocument(text));
}

/** Checks an experiment that has been parsed already (from the catalog). */
export function checkAnyExperiment(document: unknown): AnyExperiment {
  const ofPictures = typeof document === 'object' && document !== null && 'task' in document;
  return ofPictures ? checkedBy(pictureExperimentSchema, document) : checkExperiment(document);
}

export function isPictureExperiment(experiment: AnyExperiment): experiment is PictureExperiment {
  return 'task' in experiment;
}

/** Epochs of all the trainings of an experiment together, which is what `Progress` counts. */
export function allEpochs(experiment: AnyExperiment): number {
  return isPictureExperiment(experiment) ? experiment.epochs * experiment.members : totalEpochs(experiment);
}

/** How many trainings an experiment is made of: its members or folds. */
export function runCount(experiment: AnyExperiment): number {
  return allEpochs(experiment) / experiment.epochs;
}

/**
 * Where its data set lies in the uploads bucket, up to the last slash; empty for the root, which `/` stands for. Undefined
 * for one that needs no files.
 */
export function dataPrefix({ data }: AnyExperiment): string | undefined {
  return 'prefix' in data ? `${data.prefix.replace(/\/$/, '')}/`.replace(/^\/$/, '') : undefined;
}
