import { createHash } from 'node:crypto';
import { type FramePreprocessing, framePreprocessingHash } from './preprocessing.ts';

/** The forms in which the models in force take the frames of an instance. */
export interface FrameForms {
  /** Of the frames that the view net looks at. */
  readonly views: FramePreprocessing;
  /** Of all frames. */
  readonly every: readonly FramePreprocessing[];
}

/** The published system's, where no model says otherwise. */
const published = {
  views: { frames: 'grey', edge: 224, burnedInText: 'regions-or-fan' },
  segmentation: { frames: 'grey', edge: 384, burnedInText: 'regions-or-fan' },
} as const;

/** The same frames as they may be shown: without burned-in text, whatever the net is given. */
export const shownForm = (form: FramePreprocessing): FramePreprocessing => ({
  ...form,
  burnedInText: 'regions-or-fan',
});

/** The forms that these models need, each once; the published ones before there are models. */
export function frameForms(
  models: readonly { readonly task: string; readonly preprocessing: unknown }[],
): FrameForms {
  const of = (prefix: string) =>
    models
      .filter(({ task }) => task.startsWith(prefix))
      .map(({ preprocessing }) => preprocessing as FramePreprocessing);
  const segmentation = models.length === 0 ? [published.segmentation] : of('segmentation');
  const every = new Map<string, FramePreprocessing>();
  for (const form of segmentation)
    for (const one of [form, shownForm(form)]) every.set(framePreprocessingHash(one), one);
  return { views: of('views')[0] ?? published.views, every: [...every.values()] };
}

/** Names the tensors that are made in these forms. */
export function frameFormsHash({ views, every }: FrameForms): string {
  const hashes = [framePreprocessingHash(views), ...every.map(framePreprocessingHash).sort()];
  return createHash('sha256').update(JSON.stringify(hashes)).digest('hex');
}
