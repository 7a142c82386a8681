import { phantomCine } from '../../echo/phantom/phantom-cine.ts';
import { randomPhantom } from '../../echo/phantom/random-phantom.ts';
import { type PhantomView, phantomViews } from '../../echo/phantom/view-plane.ts';
import { SystoleError } from '../../errors.ts';
import type { LabelledPicture, PictureDataset, PictureEntry } from './picture-dataset.ts';
import type { PictureExperiment } from './picture-experiment.ts';

type PhantomSet = Extract<PictureExperiment['data'], { kind: 'phantom' }>['train'];

/**
 * Frames of phantoms, drawn when they are needed. For a segmentation every phantom is of the task's
 * view; for views the phantoms take turns through `data.views` in its order, or all classes that phantoms can show.
 * @throws SystoleError `labels_invalid` when an experiment on views names no class that phantoms show
 */
export function openPhantoms(experiment: PictureExperiment, set: PhantomSet): PictureDataset {
  const { classes, data } = experiment;
  const drawnViews: readonly PhantomView[] | undefined = data.kind === 'phantom' ? data.views : undefined;
  const views: readonly PhantomView[] =
    experiment.task === 'views'
      ? (drawnViews ?? phantomViews.filter((view) => classes.includes(view)))
      : [experiment.task === 'segmentation-a4c' ? 'a4c' : 'a2c'];
  if (views.length === 0) throw new SystoleError('labels_invalid', 'Phantoms show none of the classes.');
  const pictures: PictureEntry[] = Array.from({ length: set.phantoms * set.framesEach }, (_, index) => ({
    patient: `phantom ${set.firstSeed + Math.floor(index / set.framesEach)}`,
  }));
  let latest: { readonly phantom: number; readonly frames: readonly LabelledPicture[] } | undefined;
  return {
    pictures,
    together: set.framesEach,
    async picture(index) {
      const phantom = Math.floor(index / set.framesEach);
      if (latest?.phantom !== phantom)
        latest = { phantom, frames: drawn(experiment, views[phantom % views.length]!, set, phantom) };
      return latest.frames[index % set.framesEach]!;
    },
  };
}

function drawn(
  { task, classes }: PictureExperiment,
  view: PhantomView,
  { firstSeed, framesEach }: PhantomSet,
  phantom: number,
): LabelledPicture[] {
  const options = randomPhantom(firstSeed + phantom, view);
  // Spread over one beat, whatever its length.
  const frameTimeMs = 60_000 / (options.rhythm?.heartRate ?? 60) / framesEach;
  const { rows, columns, pixels, masks } = phantomCine({ ...options, frames: framesEach, frameTimeMs });
  const size = rows * columns;
  return Array.from({ length: framesEach }, (_, frame) => ({
    rows,
    columns,
    grey: pixels.slice(frame * size, (frame + 1) * size),
    labels:
      task === 'views' ? Uint8Array.of(classes.indexOf(view)) : masks.slice(frame * size, (frame + 1) * size),
  }));
}
