import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmallTraining } from './small-training.ts';

let training: SmallTraining;
beforeAll(async () => {
  training = await SmallTraining.make();
}, 300_000);
afterAll(() => training.remove());

// With one core there is nothing to put side by side.
describe.skipIf(availableParallelism() < 2)(
  'trainSideBySide',
  () => {
    it('gives the weights of one process, and tells every epoch', async () => {
      const ended = await (await training.start('two')).ended;
      expect(ended, ended.err).toMatchObject({ status: 0 });
      const epochs = [...ended.err.matchAll(/^epoch (\d)\/6/gm)].map(([, epoch]) => epoch);
      expect(epochs.toSorted()).toEqual(['1', '2', '3', '4', '5', '6']);
      const weights = await training.weights('two');
      expect(weights[0]).not.toEqual(weights[1]);
      expect(weights).toEqual(await training.inOneProcess());
    });

    it('tells what the processes failed of', async () => {
      await rm(join(training.folder, 'data', 'images', '3.png'));
      const ended = await (await training.start('failed')).ended;
      expect(ended).toMatchObject({ status: 65, out: '' });
      expect(ended.err).toMatch(/^train: .*Line 5 of the table\.$/m);
    });
  },
  120_000,
);
