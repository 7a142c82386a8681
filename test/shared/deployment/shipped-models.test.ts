import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shippedModels } from '../../../shared/deployment/shipped-models.ts';

let models: string;

beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'systole-models-'));
});
afterEach(() => rm(models, { recursive: true }));

it('names every folder with a card, first the model that answers where nobody has chosen another', async () => {
  for (const name of ['ecg-zebra', 'ecg-superclass', 'ecg-aardvark', 'unfinished']) {
    await mkdir(join(models, name));
    const card = { name, version: '0123456789ab', task: 'ecg' };
    if (name !== 'unfinished') await writeFile(join(models, name, 'card.json'), JSON.stringify(card));
  }
  const found = shippedModels(models);
  expect(found.map(({ name }) => name)).toEqual(['ecg-superclass', 'ecg-aardvark', 'ecg-zebra']);
  expect(found[1]).toMatchObject({ task: 'ecg', prefix: 'ecg-aardvark/0123456789ab/' });
});

it('answers with the five superclasses, not with the 24 classes of few recordings', () => {
  expect(shippedModels().find(({ task }) => task === 'ecg')!.name).toBe('ecg-superclass');
});
