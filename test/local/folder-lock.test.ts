import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderLock, FolderLockedError } from '../../local/folder-lock.ts';
import { identify } from '../../local/process-identity.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that lives until it is killed. */
async function sleeper() {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout, 'data');
  return child;
}

it('is held by one and free again after its release', async () => {
  const lock = await FolderLock.take(folder);
  await expect(FolderLock.take(folder)).rejects.toThrow(FolderLockedError);
  await lock.release();
  await (await FolderLock.take(folder)).release();
});

it('is refused while its process lives and taken over when it is dead', async () => {
  const child = await sleeper();
  await writeFile(join(folder, 'lock.7'), JSON.stringify(identify(child.pid!)));
  await expect(FolderLock.take(folder)).rejects.toMatchObject({ pid: child.pid });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await FolderLock.take(folder);
  expect(await readdir(folder)).toEqual(['lock.8']);
  await lock.release();
});

it('does not take another process with the same number for its holder', async () => {
  const { started } = identify(process.pid)!;
  await writeFile(join(folder, 'lock.1'), JSON.stringify({ pid: process.pid, started: `before ${started}` }));
  await (await FolderLock.take(folder)).release();
});

it('goes to one of many that find a dead holder', async () => {
  const child = await sleeper();
  await writeFile(join(folder, 'lock.3'), JSON.stringify(identify(child.pid!)));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const taken = await Promise.allSettled(Array.from({ length: 20 }, () => FolderLock.take(folder)));
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of taken)
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(FolderLockedError);
});
