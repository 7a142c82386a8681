import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diskFolder, subfolder } from '../../../shared/storage/folder.ts';

let place: string;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'systole-folder-'));
});
afterEach(() => rm(place, { recursive: true }));

it('writes, replaces and reads files, also within folders, and leaves nothing half done behind', async () => {
  const folder = diskFolder(join(place, 'new'));
  expect(await folder.read('a/b.txt')).toBeUndefined();
  await folder.write('a/b.txt', 'one');
  await folder.write('a/b.txt', new TextEncoder().encode('two'));
  expect(new TextDecoder().decode(await folder.read('a/b.txt'))).toBe('two');
  expect(new TextDecoder().decode(await subfolder(folder, 'a').read('b.txt'))).toBe('two');
  expect(await readdir(join(place, 'new', 'a'))).toEqual(['b.txt']);
});

it('lists files at any depth, of a folder within it too', async () => {
  const folder = diskFolder(place);
  for (const name of ['a/b/c.txt', 'a/d.txt', 'e.txt']) await folder.write(name, name);
  expect((await folder.list()).sort()).toEqual(['a/b/c.txt', 'a/d.txt', 'e.txt']);
  expect((await subfolder(folder, 'a').list()).sort()).toEqual(['b/c.txt', 'd.txt']);
});

it('does not take a failure to read for an absent file', async () => {
  await expect(diskFolder(place).read('.')).rejects.toThrow();
});
