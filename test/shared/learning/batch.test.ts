import { describe, expect, it } from 'vitest';
import { batchIndices, trainingBatch } from '../../../shared/learning/batch.ts';
import { openDataset } from '../../../shared/learning/dataset.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { trainableNet } from '../../../shared/learning/trainable-net.ts';
import { smallExperiment, smallSet } from './small-set.ts';

describe('batchIndices', () => {
  it('takes every recording once an epoch and fills the last batch from the front of the same order', () => {
    const epoch = [0, 1, 2].flatMap((step) => batchIndices(10, 4, 1, 0, step));
    expect([...epoch.slice(0, 10)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epoch.slice(10)).toEqual(epoch.slice(0, 2));
    expect(batchIndices(10, 4, 1, 1, 0)).not.toEqual(epoch.slice(0, 4));
  });

  it('repeats a set that is smaller than a batch', () => {
    expect(new Set(batchIndices(3, 8, 1, 0, 0)).size).toBe(3);
  });
});

describe('trainingBatch', () => {
  const make = async (changes: Record<string, string>) => {
    const experiment = parseExperiment(smallExperiment(changes));
    const dataset = await openDataset(
      smallSet(20, 160, 1),
      experiment.data.train,
      experiment.classes,
      experiment.preprocessing,
    );
    return { experiment, dataset, net: trainableNet(experiment.net, 2) };
  };

  it('cuts, lays out channels last, and leaves the data set as it was', async () => {
    const { experiment, dataset, net } = await make({ augmentation: '[]', mixup: '' });
    const before = (await dataset.signal(0)).data.slice();
    const { signals, present, absent, mixing } = await trainingBatch(dataset, experiment, net, 3, 0, 0);
    expect(signals).toHaveLength(16 * 112 * 12);
    expect(mixing).toBeUndefined();
    const first = batchIndices(20, 16, 3, 0, 0)[0]!;
    const { labels } = dataset.recordings[first]!;
    expect([...present.subarray(0, 2)]).toEqual([...labels]);
    expect([...absent.subarray(0, 2)]).toEqual([...labels].map((label) => 1 - label));
    const original = (await dataset.signal(first)).data;
    const lead5 = Array.from({ length: 112 }, (_, i) => signals[i * 12 + 5]!);
    const start = Array.from({ length: 49 }, (_, s) => s).find((s) => original[5 * 160 + s] === lead5[0]);
    expect(lead5).toEqual(Array.from(original.subarray(5 * 160 + start!, 5 * 160 + start! + 112)));
    expect((await dataset.signal(0)).data).toEqual(before);
  });

  it('mixes signals and targets alike, or leaves signals to the net', async () => {
    const { experiment, dataset, net } = await make({ mixup: '{ where: input, alpha: 1 }' });
    const input = await trainingBatch(dataset, experiment, net, 3, 0, 0);
    const features = await trainingBatch(
      dataset,
      { ...experiment, mixup: { where: 'features', alpha: 1 } },
      net,
      3,
      0,
      0,
    );
    expect(input.present).toEqual(features.present);
    const size = 112 * 12;
    for (const at of [0, 777]) {
      for (let r = 0; r < 16; r++) {
        let mixed = 0;
        for (let k = 0; k < 16; k++)
          mixed += features.mixing![r * 16 + k]! * features.signals[k * size + at]!;
        expect(input.signals[r * size + at]).toBeCloseTo(mixed, 4);
      }
    }
  });

  it('pads recordings that are shorter than the window', async () => {
    const { experiment, dataset, net } = await make({
      augmentation: '[]',
      mixup: '',
      window: '{ samples: 200 }',
    });
    const { signals } = await trainingBatch(dataset, experiment, net, 3, 0, 0);
    expect(signals.subarray(160 * 12, 200 * 12).every((x) => x === 0)).toBe(true);
    expect(signals.subarray(0, 160 * 12).some((x) => x !== 0)).toBe(true);
  });
});
