import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { main } from '../../cli/main.ts';
import { spoken } from '../cloud/embedded.ts';

it.each([
  ['evaluate', (folder: string) => [join(folder, 'labels'), folder]],
  ['driver', (folder: string) => [join(folder, 'model'), folder, folder], 'card.json'],
  ['train', (folder: string) => [join(folder, 'experiment.yml')]],
  ['compare', (folder: string) => [join(folder, 'a.yml'), '--data', folder, '--output', folder]],
])('%s names a path that is not there in words', async (command, args, file = '') => {
  const folder = await mkdtemp(join(tmpdir(), 'systole-paths-'));
  try {
    const { err } = await spoken(async () => {
      expect(await main([command, ...args(folder)])).toBe(1);
    });
    expect(err).toBe(`systole ${command}: there is no file or folder '${join(args(folder)[0]!, file)}'\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
