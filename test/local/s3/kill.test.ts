import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { user } from './serve.ts';

const Bucket = 'uploads';
const kills = 4;
let root: string;
let child: ChildProcess | undefined;
const delivered = new Set<string>();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'systole-s3-kill-'));
});
afterEach(async () => {
  await kill();
  await rm(root, { recursive: true, force: true });
});

/** Starts the store and gives a client for it. */
async function start(): Promise<S3Client> {
  const program = fileURLToPath(new URL('store-process.ts', import.meta.url));
  const started = spawn(process.execPath, ['--import', 'tsx', program, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const port = await new Promise<string>((resolve, reject) => {
    started.on('exit', () => reject(new Error('the store did not start')));
    createInterface({ input: started.stdout! }).on('line', (line) => {
      if (line.startsWith('port ')) resolve(line.slice(5));
      else delivered.add(line);
    });
  });
  return new S3Client({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: user,
    maxAttempts: 1,
  });
}

async function kill(): Promise<void> {
  const killed = child;
  if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return;
  const gone = new Promise((resolve) => killed.once('exit', resolve));
  killed.kill('SIGKILL');
  await gone;
}

/** Contents of all sizes: packed ones and ones that get a file. */
function contentOf(key: string): Buffer {
  const seed = createHash('sha256').update(key).digest();
  const size = seed[0]! < 40 ? 300_000 + seed.readUInt16LE(1) * 10 : seed.readUInt16LE(1);
  return Buffer.alloc(size, seed);
}

test(`killed ${kills} times in the middle of puts, it has all that it acknowledged and tells of it`, async () => {
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < kills; round++) {
    const client = await start();
    let alive = true;
    // After so many acknowledgements, wherever the other puts then are.
    let left = 1 + Math.floor(Math.random() * 60);
    const write = async (writer: number) => {
      for (let at = 0; alive; at++) {
        const Key = `round ${round}/writer ${writer}/${at}`;
        try {
          const put = new PutObjectCommand({ Bucket, Key, Body: contentOf(Key) });
          acknowledged.set(Key, (await client.send(put)).VersionId!);
          left -= 1;
          if (left === 0) setTimeout(() => void kill(), Math.random() * 5);
        } catch {
          alive = false;
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
    expect(left).toBeLessThanOrEqual(0);
    client.destroy();
  }
  const client = await start();
  for (const [Key, versionId] of acknowledged) {
    const { Body, VersionId } = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(VersionId).toBe(versionId);
    expect(Buffer.from(await Body!.transformToByteArray()).equals(contentOf(Key))).toBe(true);
  }
  await vi.waitFor(
    () => {
      const missing = [...acknowledged.values()].filter((versionId) => !delivered.has(versionId));
      expect(missing).toEqual([]);
    },
    { timeout: 30_000 },
  );
  client.destroy();
});
