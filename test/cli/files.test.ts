import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localFiles } from '../../cli/files.ts';
import { UsageError } from '../../cli/usage-error.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-files-'));
  await mkdir(join(folder, 'study', 'deep'), { recursive: true });
  await mkdir(join(folder, '.git'));
  for (const name of [
    'r1.hea',
    'r1.dat',
    'r1.txt',
    'r10.hea',
    'study/a.dcm',
    'study/deep/b.dcm',
    'study/.hidden',
    '.git/config',
  ])
    await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const keys = async (...names: string[]) =>
  (await localFiles(names.map((name) => join(folder, name)))).map(({ key }) => key);

describe('localFiles', () => {
  it('takes all of a folder except what is hidden, with keys below it', async () => {
    expect(await keys('.')).toEqual([
      'r1.dat',
      'r1.hea',
      'r1.txt',
      'r10.hea',
      'study/a.dcm',
      'study/deep/b.dcm',
    ]);
    expect(await keys('study')).toEqual(['a.dcm', 'deep/b.dcm']);
  });

  it.each(['r1.hea', 'r1.dat'])('takes both halves of a record for %s, and of no other', async (half) => {
    expect(await keys(half)).toEqual(['r1.dat', 'r1.hea']);
  });

  it('takes a file that is named twice once, with its size', async () => {
    const files = await localFiles([join(folder, 'r1.hea'), join(folder, 'r1.dat'), join(folder, 'r1.hea')]);
    expect(files.map(({ key, size }) => [key, size])).toEqual([
      ['r1.dat', 6],
      ['r1.hea', 6],
    ]);
  });

  it('says which path is not there', async () => {
    await expect(localFiles([join(folder, 'none')])).rejects.toThrow(UsageError);
    await expect(localFiles([join(folder, 'none')])).rejects.toThrow(join(folder, 'none'));
  });

  it('refuses two files that would be uploaded under one name', async () => {
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'a.dcm'), 'another');
    await expect(localFiles([join(folder, 'study'), join(folder, 'other')])).rejects.toThrow("'a.dcm'");
    await rm(join(folder, 'other'), { recursive: true });
  });
});
