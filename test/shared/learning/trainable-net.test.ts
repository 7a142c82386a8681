import { describe, expect, it } from 'vitest';
import { trainableNet } from '../../../shared/learning/trainable-net.ts';
import { netSchema } from '../../../shared/nets/configuration.ts';

const signal = (samples: number) => ({
  leads: 12,
  samples,
  data: Float32Array.from({ length: 12 * samples }, (_, i) => Math.sin(i / 7) + Math.floor(i / samples)),
});

describe('trainableNet', () => {
  it.each([
    ['dsail', {}, [2048, 12], 3],
    ['pe-baseline', {}, [4096, 12], 1],
    ['pe-resnet18-attention', {}, [4096, 12], 1],
    ['pe-spectrogram-resnet18-attention', {}, [33, 127, 12], 1],
    ['pe-resnet18-recurrent', { cell: 'gru' }, [2048, 12], 1],
    ['pe-resnet18-encoder', {}, [2048, 12], 1],
  ])('%s: windows of 5000 samples become inputs of its shape', (name, options, shape, count) => {
    const net = trainableNet(netSchema.parse({ name, ...options }), 2);
    const windows = net.windows(signal(5000));
    expect(windows).toHaveLength(count);
    expect(windows[0]!.samples).toBe(net.samples);
    expect(net.inputShape(net.samples)).toEqual(shape);
    expect(net.input(windows[0]!)).toHaveLength(shape.reduce((product, size) => product * size, 1));
  });

  it('scores the published window of 4096 samples, and pads what is shorter', () => {
    const net = trainableNet(netSchema.parse({ name: 'pe-baseline' }), 2);
    const whole = signal(5000);
    expect(net.windows(whole)[0]!.data[0]).toBe(whole.data[451]);
    const [short] = net.windows(signal(4000));
    expect(short!.samples).toBe(4096);
    expect(short!.data.subarray(4000, 4096).every((x) => x === 0)).toBe(true);
  });

  it('refuses nets of the echo side', () => {
    expect(() => trainableNet(netSchema.parse({ name: 'unet' }), 2)).toThrow(/unet/);
  });
});
