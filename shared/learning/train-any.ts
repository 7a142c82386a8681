import { type AnyExperiment, isPictureExperiment } from './any-experiment.ts';
import type { Artifact } from './artifact.ts';
import type { PictureArtifact } from './pictures/picture-model.ts';
import { trainPictures } from './pictures/train-pictures.ts';
import { type TrainOptions, trainExperiment } from './train.ts';

/** Trains an experiment of either kind and writes its model folder; undefined when it was aborted. */
export function trainAny(
  experiment: AnyExperiment,
  options: TrainOptions,
): Promise<Artifact | PictureArtifact | undefined> {
  return isPictureExperiment(experiment)
    ? trainPictures(experiment, options)
    : trainExperiment(experiment, options);
}
