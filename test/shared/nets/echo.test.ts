import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { unetConfiguration, vggConfiguration } from '../../../shared/nets/configuration.ts';
import { unet } from '../../../shared/nets/unet.ts';
import { vgg } from '../../../shared/nets/vgg.ts';
import {
  hasReference,
  type NamedTensor,
  namedValues,
  readReference,
  relativeError,
} from '../../reference.ts';
import { forwardWith } from './forward.ts';

interface EchoReference {
  readonly config: {
    readonly labels: number;
    readonly width: number;
    readonly size: number;
    readonly mean: number;
    readonly fullyConnected?: number;
  };
  readonly params: readonly NamedTensor[];
  readonly input: NamedTensor;
  readonly logits: { readonly shape: readonly number[]; readonly values: readonly number[] };
  readonly logitsAt: readonly {
    readonly row: number;
    readonly column: number;
    readonly values: readonly number[];
  }[];
  readonly argmaxPixelCounts: readonly number[];
  readonly sumAbsLogits: number;
}

describe.skipIf(!hasReference)("usal_echo's nets (need ../shared/reference)", async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it('VGG gives the logits of the 23 views', async () => {
    const { config, params, input, logits } = readReference<EchoReference>('echo/vgg-views.json');
    const { labels, ...rest } = config;
    const net = vgg(vggConfiguration.parse({ name: 'vgg', ...rest }), labels);
    const x = { shape: input.shape, values: namedValues(input) };
    const y = await forwardWith(engine, params, (pass, inputs) => net.forward(pass, inputs.x!), { x });
    expect(y.shape).toEqual(logits.shape);
    expect(relativeError(y.data, logits.values)).toBeLessThan(1e-4);
  });

  it.each(['unet-a4c', 'unet-a2c'])('%s gives the logits of the chambers', async (file) => {
    const reference = readReference<EchoReference>(`echo/${file}.json`);
    const { labels, ...rest } = reference.config;
    const net = unet(unetConfiguration.parse({ name: 'unet', ...rest }), labels);
    const x = { shape: reference.input.shape, values: namedValues(reference.input) };
    const y = await forwardWith(engine, reference.params, (pass, inputs) => net.forward(pass, inputs.x!), {
      x,
    });
    expect(y.shape).toEqual([1, 384, 384, labels]);
    const values = y.data as Float32Array;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const { row, column, values: expected } of reference.logitsAt) {
      const start = (row * 384 + column) * labels;
      for (const [label, value] of expected.entries()) {
        expect(Math.abs(values[start + label]! - value) / largest).toBeLessThan(1e-4);
      }
    }
    const sum = values.reduce((total, value) => total + Math.abs(value), 0);
    expect(Math.abs(sum / reference.sumAbsLogits - 1)).toBeLessThan(1e-4);
    const counts = new Array<number>(labels).fill(0);
    for (let start = 0; start < values.length; start += labels) {
      const pixel = values.subarray(start, start + labels);
      counts[pixel.indexOf(Math.max(...pixel))]! += 1;
    }
    // Two labels that are equal to the last bits may fall either way.
    for (const [label, count] of reference.argmaxPixelCounts.entries()) {
      expect(Math.abs(counts[label]! - count)).toBeLessThanOrEqual(5);
    }
  });
});
