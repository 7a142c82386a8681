import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { buildNet } from '../../../shared/nets/build-net.ts';
import { netSchema } from '../../../shared/nets/configuration.ts';
import {
  hasReference,
  type NamedTensor,
  namedValues,
  readReference,
  relativeError,
} from '../../reference.ts';
import { channelsLast, forwardWith } from './forward.ts';

interface PeReference {
  readonly params: readonly NamedTensor[];
  readonly input: NamedTensor;
  readonly logits: { readonly shape: readonly number[]; readonly values: readonly number[] };
  readonly logitsPublished?: { readonly values: readonly number[] };
}

describe.skipIf(!hasReference)('the pulmonary-embolism nets (need ../shared/reference)', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it.each([
    ['baseline', { name: 'pe-baseline' }, 1e-4],
    ['resnet18-attention', { name: 'pe-resnet18-attention' }, 1e-4],
    ['spectrogram-resnet18-attention', { name: 'pe-spectrogram-resnet18-attention' }, 1e-4],
    ['resnet18-rnn', { name: 'pe-resnet18-recurrent', cell: 'rnn' }, 1e-3],
    ['resnet18-lstm', { name: 'pe-resnet18-recurrent', cell: 'lstm' }, 1e-3],
    ['resnet18-gru', { name: 'pe-resnet18-recurrent', cell: 'gru' }, 1e-3],
    ['resnet18-encoder', { name: 'pe-resnet18-encoder' }, 1e-3],
  ])('%s gives the published logits', async (file, configuration, tolerance) => {
    const reference = readReference<PeReference>(`pe/${file}.json`);
    const logits = await logitsOf(reference, configuration);
    expect(logits.shape).toEqual(reference.logits.shape);
    expect(relativeError(logits.data, reference.logits.values)).toBeLessThan(tolerance);
  });

  it('the encoder passes its input on where that is configured, as published', async () => {
    const reference = readReference<PeReference>('pe/resnet18-encoder.json');
    const params = reference.params.filter(({ name }) => !name.startsWith('encoder.'));
    const logits = await logitsOf({ ...reference, params }, { name: 'pe-resnet18-encoder', output: 'input' });
    expect(relativeError(logits.data, reference.logitsPublished!.values)).toBeLessThan(1e-3);
  });

  async function logitsOf({ params, input, logits }: PeReference, configuration: object) {
    const net = buildNet(netSchema.parse(configuration), logits.shape[1]!);
    const x = channelsLast(namedValues(input), input.shape);
    expect(x.shape.slice(1)).toEqual(net.input.shape.slice(1));
    return forwardWith(engine, params, (pass, inputs) => net.forward(pass, inputs.x!), { x });
  }
});
