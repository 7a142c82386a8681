import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RotatingLog } from '../../../local/functions/rotating-log.ts';

test('a log is as large as it may be at most, and the one before it is kept', async () => {
  const root = await mkdtemp(join(tmpdir(), 'systole-log-'));
  try {
    const path = join(root, 'log');
    const log = new RotatingLog(path, 100);
    for (let line = 0; line < 25; line++) {
      log.write(Buffer.from(`line ${String(line).padStart(4, '0')}\n`)); // 10 bytes
      await log.settled();
    }
    const lines = async (file: string) => (await readFile(file, 'utf8')).trim().split('\n');
    expect(await lines(path)).toEqual([20, 21, 22, 23, 24].map((line) => `line 00${line}`));
    expect(await lines(`${path}.1`)).toHaveLength(10);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('a log that cannot be written loses output and nothing else', async () => {
  const log = new RotatingLog('/nonexistent/folder/log');
  log.write(Buffer.from('lost\n'));
  await log.settled();
});
