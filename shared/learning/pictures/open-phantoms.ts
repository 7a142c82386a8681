import { phantomCine } from '../../echo/phantom/phantom-cine.ts';
import { randomPhantom } from '../../echo/phantom/random-phantom.ts';
import { type PhantomView, phantomViews } from '../../echo/phantom/view-plane.ts';
import { SystoleError } from '../../errors.ts';
import type { LabelledPicture, PictureDataset, PictureEntry } from './picture-dataset.ts';
import type { PictureExperiment } from './picture-experiment.ts';

type PhantomSet = Extract<PictureExperiment['data'], { kind: 'phantom' }>['train'];

/**
 * Frames of phantoms, drawn at the net's size when they are needed. For a segmentation every phantom is of the task's
 * view; for views the phantoms take turns through the classes of the experiment that phantoms can show.
 * @throws SystoleError `labels_invalid` when an experiment on views names no class that phantoms show
 */
export function openPhantoms(experiment: PictureExperiment, set: PhantomSet): PictureDataset {
  const { classes, net } = experiment;
  const views: PhantomView[] =
    experiment.task === 'views'
      ? phantomViews.filter((view) => classes.includes(view))
      : [experiment.task === 'segmentation-a4c' ? 'a4c' : 'a2c'];
  if (views.length === 0) throw new SystoleError('labels_invalid', 'Phantoms show none of the classes.');
  const pictures: PictureEntry[] = Array.from({ length: set.phantoms * set.framesEach }, (_, index) => ({
    patient: `phantom ${set.firstSeed + Math.floor(index / set.framesEach)}`,
  }));
  // The frames of a phantom are drawn together: making its scatterers costs as much as a frame. Those that nobody has
  // asked for yet wait here.
  const waiting = new Map<number, LabelledPicture>();
  return {
    pictures,
    async picture(index) {
      if (!waiting.has(index)) {
        const phantom = Math.floor(index / set.framesEach);
        const frames = drawn(experiment, views[phantom % views.length]!, set, phantom, net.size);
        for (const [frame, picture] of frames.entries())
          waiting.set(phantom * set.framesEach + frame, picture);
      }
      const picture = waiting.get(index)!;
      waiting.delete(index);
      return picture;
    },
  };
}

function drawn(
  { task, classes }: PictureExperiment,
  view: PhantomView,
  { firstSeed, framesEach }: PhantomSet,
  phantom: number,
  size: number,
): LabelledPicture[] {
  const options = randomPhantom(firstSeed + phantom, view);
  // Spread over one beat, whatever its length.
  const frameTimeMs = 60_000 / (options.rhythm?.heartRate ?? 60) / framesEach;
  const cine = phantomCine({ ...options, rows: size, columns: size, frames: framesEach, frameTimeMs });
  const pixels = size * size;
  return Array.from({ length: framesEach }, (_, frame) => ({
    rows: size,
    columns: size,
    grey: cine.pixels.slice(frame * pixels, (frame + 1) * pixels),
    labels:
      task === 'views'
        ? Uint8Array.of(classes.indexOf(view))
        : cine.masks.slice(frame * pixels, (frame + 1) * pixels),
  }));
}
