import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { hasReference, readReference } from '../../reference.ts';
import { type PeReference, peError } from './pe-reference.ts';

describe.skipIf(!hasReference)('the pulmonary-embolism nets (need ../shared/reference)', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it.each([
    ['spectrogram-resnet18-attention', { name: 'pe-spectrogram-resnet18-attention' }, 1e-4],
    ['resnet18-rnn', { name: 'pe-resnet18-recurrent', cell: 'rnn' }, 1e-3],
    ['resnet18-gru', { name: 'pe-resnet18-recurrent', cell: 'gru' }, 1e-3],
  ])('%s gives the published logits', async (file, configuration, tolerance) => {
    const reference = readReference<PeReference>(`pe/${file}.json`);
    expect(await peError(engine, reference, configuration)).toBeLessThan(tolerance);
  });
});
