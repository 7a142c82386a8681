import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { hasReference, readReference } from '../../reference.ts';
import { type PeReference, peError } from './pe-reference.ts';

describe.skipIf(!hasReference)('the pulmonary-embolism nets (need ../shared/reference)', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it.each([
    ['baseline', { name: 'pe-baseline' }, 1e-4],
    ['resnet18-attention', { name: 'pe-resnet18-attention' }, 1e-4],
    ['resnet18-lstm', { name: 'pe-resnet18-recurrent', cell: 'lstm' }, 1e-3],
    ['resnet18-encoder', { name: 'pe-resnet18-encoder' }, 1e-3],
  ])('%s gives the published logits', async (file, configuration, tolerance) => {
    const reference = readReference<PeReference>(`pe/${file}.json`);
    expect(await peError(engine, reference, configuration)).toBeLessThan(tolerance);
  });

  it('the encoder passes its input on where that is configured, as published', async () => {
    const reference = readReference<PeReference>('pe/resnet18-encoder.json');
    const params = reference.params.filter(({ name }) => !name.startsWith('encoder.'));
    const logits = { ...reference.logits, ...reference.logitsPublished };
    const configuration = { name: 'pe-resnet18-encoder', output: 'input' };
    expect(await peError(engine, { ...reference, params, logits }, configuration)).toBeLessThan(1e-3);
  });
});
