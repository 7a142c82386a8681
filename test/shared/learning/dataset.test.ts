import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { superclassPreprocessing } from '../../../shared/ecg/preprocessing.ts';
import { cached, type Dataset, openDataset, subset } from '../../../shared/learning/dataset.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { diskFolder } from '../../../shared/storage/folder.ts';
import { dataFolder } from '../../reference.ts';
import { smallSet } from './small-set.ts';

const set = { labels: 'labels.csv', recordings: 'records' };

describe('openDataset', () => {
  it('reads labels at once and signals when they are asked for', async () => {
    const folder = smallSet(3, 100, 1);
    const dataset = await openDataset(folder, set, ['B', 'A'], { input: 'millivolts', steps: [] });
    expect(dataset.recordings.map(({ record }) => record)).toEqual(['R0000', 'R0001', 'R0002']);
    const signal = await dataset.signal(2);
    expect(signal).toMatchObject({ leads: 12, samples: 100 });
    const stored = new Int16Array(folder.files.get('records/R0002.dat')!.slice().buffer);
    expect(signal.data[100 + 7]).toBeCloseTo(stored[7 * 12 + 1]! / 1000, 5);
  });

  it('finds recordings in any folder by their names, and says when there are two', async () => {
    const folder = smallSet(3, 100, 1);
    for (const end of ['hea', 'dat']) {
      const name = `records/R0002.${end}`;
      await folder.write(`deep/er/R0002.${end}`, folder.files.get(name)!);
      folder.files.delete(name);
    }
    await folder.write('deep/R0001.hea', folder.files.get('records/R0001.hea')!);
    const anywhere = { labels: 'labels.csv' };
    const dataset = await openDataset(folder, anywhere, ['A'], { input: 'millivolts', steps: [] });
    expect(await dataset.signal(0)).toMatchObject({ leads: 12, samples: 100 });
    expect(await dataset.signal(2)).toMatchObject({ leads: 12, samples: 100 });
    await expect(dataset.signal(1)).rejects.toMatchObject({
      reason: 'labels_invalid',
      detail: 'Recording 2 of the label table: Two files have its name.',
    });
  });

  it('says that the table is not there', async () => {
    await expect(
      openDataset(smallSet(1, 100, 1), { ...set, labels: 'x.csv' }, ['A'], { input: 'adc', steps: [] }),
    ).rejects.toMatchObject({ reason: 'labels_invalid' });
  });

  it.skipIf(!existsSync(`${dataFolder}ecg/ptbxl-superclass`))(
    'reads PTB-XL recordings as they were published (needs ../shared/data)',
    async () => {
      const dataset = await openDataset(
        diskFolder(`${dataFolder}ecg/ptbxl-superclass`),
        { labels: 'val.csv', recordings: 'val' },
        ['NORM', 'MI', 'STTC', 'CD', 'HYP'],
        superclassPreprocessing,
      );
      expect(dataset.recordings).toHaveLength(183);
      const { leads, samples, data } = await dataset.signal(0);
      expect([leads, samples]).toEqual([12, 1000]);
      const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
      expect(deviation).toBeCloseTo(1, 1);
    },
  );

  it.skipIf(!existsSync(`${dataFolder}ecg/cinc`))(
    'opens challenge recordings for the published training, whatever folders they lie in (needs ../shared/data)',
    async () => {
      const file = new URL('../../../experiments/dsail-snu.yml', import.meta.url);
      const { data, classes, preprocessing } = parseExperiment(readFileSync(file, 'utf8'));
      const folder = diskFolder(`${dataFolder}ecg/cinc`);
      const dataset = await openDataset(folder, data.train, classes, preprocessing);
      expect(dataset.recordings).toHaveLength(245);
      const places = dataset.recordings.map(({ record }) => record);
      for (const record of ['A0001', 'E07500', 'HR00001', 'S0001'])
        expect(await dataset.signal(places.indexOf(record))).toMatchObject({ leads: 12 });
      const positives = dataset.recordings.reduce(
        (sum, { labels }) => sum + labels[classes.indexOf('164889003')]!,
        0,
      );
      expect(positives).toBe(27);
    },
  );
});

describe('cached and subset', () => {
  function counted(bytesEach: number): { dataset: Dataset; reads: number[] } {
    const reads: number[] = [];
    const dataset: Dataset = {
      recordings: Array.from({ length: 5 }, (_, i) => ({ record: `R${i}`, labels: new Uint8Array(1) })),
      async signal(index) {
        reads.push(index);
        return { leads: 1, samples: bytesEach / 4, data: new Float32Array(bytesEach / 4) };
      },
    };
    return { dataset, reads };
  }

  it('keeps what fits the bound and reads the rest anew', async () => {
    const { dataset, reads } = counted(400);
    const kept = cached(dataset, 1000);
    for (let pass = 0; pass < 2; pass++) for (let i = 0; i < 5; i++) await kept.signal(i);
    expect(reads).toEqual([0, 1, 2, 3, 4, 2, 3, 4]);
  });

  it('numbers a part of a set from 0', async () => {
    const { dataset, reads } = counted(4);
    const part = subset(dataset, [4, 1]);
    expect(part.recordings.map(({ record }) => record)).toEqual(['R4', 'R1']);
    await part.signal(1);
    expect(reads).toEqual([1]);
  });
});
