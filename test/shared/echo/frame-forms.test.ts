import { describe, expect, it } from 'vitest';
import { frameForms, frameFormsHash } from '../../../shared/echo/frame-forms.ts';
import type { FramePreprocessing } from '../../../shared/echo/preprocessing.ts';

const form = (
  edge: number,
  burnedInText: FramePreprocessing['burnedInText'] = 'regions-or-fan',
): FramePreprocessing => ({ frames: 'grey', edge, burnedInText });

const model = (task: string, preprocessing: FramePreprocessing) => ({ task, preprocessing });

describe('the forms of frames', () => {
  it('are the published ones where there are no models', () => {
    expect(frameForms([])).toEqual({ views: form(224), every: [form(384)] });
  });

  it('are those of the models in force, each once', () => {
    const models = [
      model('views', form(96)),
      model('segmentation-a4c', form(192)),
      model('segmentation-a2c', form(192)),
    ];
    expect(frameForms(models)).toEqual({ views: form(96), every: [form(192)] });
    expect(frameForms(models.slice(0, 1)).every).toEqual([]);
  });

  it('hold one that may be shown where a net takes frames with burned-in text', () => {
    expect(frameForms([model('segmentation-a4c', form(384, 'top-tenth'))]).every).toEqual([
      form(384, 'top-tenth'),
      form(384),
    ]);
  });

  it('name their tensors, whatever the order of the models', () => {
    const [a, b] = [model('segmentation-a4c', form(192)), model('segmentation-a2c', form(256))];
    expect(frameFormsHash(frameForms([a, b]))).toBe(frameFormsHash(frameForms([b, a])));
    expect(frameFormsHash(frameForms([a]))).not.toBe(frameFormsHash(frameForms([b])));
  });
});
