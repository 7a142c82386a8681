import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../shared/deployment/bundle.ts';

const archive = 'libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz';
const url = `https://storage.googleapis.com/tensorflow/libtensorflow/${archive}`;

/** Checksum that the image's build holds its download against, as sha256sum writes it. */
export const checksumFile = join(root, 'batch-jobs', 'image', 'libtensorflow.sha256');

/**
 * Notes the checksum of TensorFlow's C library when none is noted: Google publishes none, so the first download is
 * trusted and every later build must get the same bytes. Nothing of the download is kept.
 * @returns the checksum when it was noted now
 */
export async function noteChecksum(stop: AbortSignal): Promise<string | undefined> {
  if (existsSync(checksumFile)) return undefined;
  const response = await fetch(url, { signal: stop });
  if (!response.ok || response.body === null)
    throw new Error(`${url} answered ${response.status}; write its checksum into ${checksumFile} by hand`);
  const hash = createHash('sha256');
  for await (const chunk of response.body) hash.update(chunk);
  const checksum = hash.digest('hex');
  await writeFile(checksumFile, `${checksum}  ${archive}\n`);
  return checksum;
}
