import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serve } from '../local/s3/serve.ts';
import { aws, hasAwsCli } from './aws-cli.ts';

const size = 200 << 20;

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

describe.skipIf(!hasAwsCli())('the AWS CLI with 200 MiB (needs `aws` on the PATH)', () => {
  let served: Served;
  let folder: string;
  let expected: string;
  const cli = (...given: string[]) => aws(served.endpoint, folder, ...given);

  beforeAll(async () => {
    served = await serve();
    folder = await mkdtemp(join(tmpdir(), 'systole-aws-cli-'));
    const file = await open(join(folder, 'large'), 'w');
    for (let at = 0; at < size; at += 8 << 20) await file.write(randomBytes(8 << 20));
    await file.close();
    expected = await sha256(join(folder, 'large'));
  });
  afterAll(async () => {
    expect(served.reports).toEqual([]);
    await served.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('cp, sync, mv, ls, presign and rm', async () => {
    await cli('s3', 'cp', 'large', 's3://uploads/a/large', '--no-progress');
    await cli('s3', 'mv', 's3://uploads/a/large', 's3://work/b/large', '--no-progress');
    expect(await cli('s3', 'ls', 's3://work/b/')).toContain(String(size));
    await served.reopen();
    await cli('s3', 'sync', 's3://work/b', 'back', '--no-progress');
    expect(await sha256(join(folder, 'back', 'large'))).toBe(expected);
    const url = (await cli('s3', 'presign', 's3://work/b/large')).trim();
    const answer = await fetch(url);
    const hash = createHash('sha256');
    for await (const piece of answer.body!) hash.update(piece);
    expect(hash.digest('hex')).toBe(expected);
    await cli('s3', 'rm', 's3://work/b/large');
    expect((await fetch(url)).status).toBe(404);
  });

  test('one PUT of the whole passes through in bounded memory', async () => {
    const before = process.memoryUsage.rss();
    await cli('s3api', 'put-object', '--bucket', 'uploads', '--key', 'whole', '--body', 'large');
    expect(process.memoryUsage.rss() - before).toBeLessThan(120 << 20);
    await cli('s3api', 'get-object', '--bucket', 'uploads', '--key', 'whole', 'whole');
    expect(await sha256(join(folder, 'whole'))).toBe(expected);
  });
});
