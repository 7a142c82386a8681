import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { eachLimited } from '../shared/storage/each-limited.ts';
import type { LocalFile } from './files.ts';
import { Progress } from './progress.ts';
import type { Target } from './target.ts';

/** Files above this go up in parts, streamed. */
const singlePut = 16 << 20;

const concurrency = 16;

/** Uploads files below `prefix` of the uploads bucket, with progress on stderr. */
export async function upload(
  target: Target,
  files: readonly LocalFile[],
  prefix: string,
  stop: AbortSignal,
): Promise<void> {
  const Bucket = target.names.bucket('uploads');
  const progress = new Progress('Uploading');
  let done = 0;
  await eachLimited(files, concurrency, async ({ path, key, size }) => {
    stop.throwIfAborted();
    const Key = `${prefix}${key}`;
    if (size <= singlePut) {
      await target.s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path) }), {
        abortSignal: stop,
      });
    } else {
      const parts = new Upload({ client: target.s3, params: { Bucket, Key, Body: createReadStream(path) } });
      stop.addEventListener('abort', () => void parts.abort(), { once: true });
      await parts.done();
    }
    done += 1;
    progress.show(done, files.length, 'files');
  });
  progress.end();
}
