import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ObjectStore } from '../../../local/s3/object-store.ts';
import { VersionedObjects } from '../../../local/s3/versioned-objects.ts';
import { type Served, serve, user } from './serve.ts';

/** What the next file operations do: the disk is full (after half of the bytes), or does not write through. */
const fault = vi.hoisted(() => ({
  kind: undefined as 'full' | 'sync' | undefined,
  path: /./,
}));

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  const failure = (code: string) => Object.assign(new Error(code), { code });
  const open: typeof original.open = async (path, ...rest) => {
    const handle = await original.open(path, ...rest);
    const applies = () => fault.kind !== undefined && fault.path.test(String(path));
    return new Proxy(handle, {
      get(target, name) {
        if (name === 'write' || name === 'writev')
          return async (content: Buffer | Buffer[], ...position: number[]) => {
            if (fault.kind === 'full' && applies()) {
              const bytes = Array.isArray(content) ? Buffer.concat(content) : content;
              await target.write(bytes, 0, bytes.length >> 1, name === 'writev' ? position[0] : position[2]);
              throw failure('ENOSPC');
            }
            const method = target[name] as (...args: unknown[]) => Promise<unknown>;
            return method.call(target, content, ...position);
          };
        if ((name === 'datasync' || name === 'sync') && fault.kind === 'sync' && applies())
          return () => Promise.reject(failure('EIO'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { ...original, open };
});

const Bucket = 'uploads';
const journal = () => join(served.root, 'journal.ndjson');
let served: Served;

beforeEach(async () => {
  fault.kind = undefined;
  served = await serve();
});
afterEach(async () => {
  fault.kind = undefined;
  await served.close();
});

const put = (Key: string, Body: string | Buffer) =>
  served.client.send(new PutObjectCommand({ Bucket, Key, Body }));

async function get(Key: string): Promise<string> {
  const { Body } = await served.client.send(new GetObjectCommand({ Bucket, Key }));
  return Body!.transformToString();
}

async function files(folder: string): Promise<string[]> {
  const found = await readdir(join(served.root, folder), { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => one.name);
}

const large = 'large '.repeat(100_000);

describe('a disk that refuses', () => {
  const faults = [
    ['full', /packs/, 'small', 503],
    ['full', /blobs/, large, 503],
    ['full', /journal/, 'small', 503],
    ['full', /journal/, large, 503],
    ['sync', /packs/, 'small', 500],
    ['sync', /blobs/, large, 500],
    ['sync', /journal/, 'small', 500],
  ] as const;

  test.each(faults)(
    '%s at %s: the request is refused, nothing else suffers',
    async (kind, path, body, status) => {
      await put('before', 'acknowledged');
      fault.kind = kind;
      fault.path = path;
      for (const key of ['refused', 'before'])
        await expect(put(key, body)).rejects.toMatchObject({ $metadata: { httpStatusCode: status } });
      expect(await get('before')).toBe('acknowledged');
      fault.kind = undefined;
      await put('after', body);
      for (let opened = 0; opened < 2; opened++) {
        expect(await get('before')).toBe('acknowledged');
        expect(await get('after')).toBe(body);
        await expect(get('refused')).rejects.toMatchObject({ name: 'NoSuchKey' });
        await served.reopen();
      }
      expect(served.reports).toHaveLength(2);
      expect(new Set(served.events.map((event) => event.s3.object.key))).toEqual(
        new Set(['before', 'after']),
      );
      expect(await files('blobs')).toHaveLength(body === large ? 1 : 0);
    },
  );

  test('of many puts at once those that were acknowledged are there', async () => {
    const outcomes: boolean[] = [];
    const puts = Array.from({ length: 60 }, async (_, at) => {
      if (at === 20) {
        fault.path = /packs|journal/;
        fault.kind = 'full';
      }
      outcomes[at] = await put(`k${at}`, `content ${at}`).then(
        () => true,
        () => false,
      );
    });
    setTimeout(() => {
      fault.kind = undefined;
    }, 30);
    await Promise.all(puts);
    await put('last', 'content');
    await served.reopen();
    for (const [at, acknowledged] of outcomes.entries())
      if (acknowledged) expect(await get(`k${at}`)).toBe(`content ${at}`);
      else await expect(get(`k${at}`)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('what a crash leaves behind', () => {
  test('a torn last line of the journal is cut off', async () => {
    await put('k', 'acknowledged');
    const whole = await readFile(journal(), 'utf8');
    for (const torn of ['{"put":{"bucket":"uploads","key":"torn"', '{', '\u0000\u0000']) {
      await served.reopen(() => appendFile(journal(), torn));
      expect(await get('k')).toBe('acknowledged');
      await put('k2', 'acknowledged too');
      await served.reopen();
      expect(await get('k2')).toBe('acknowledged too');
    }
    expect((await readFile(journal(), 'utf8')).startsWith(whole)).toBe(true);
  });

  test('files that nothing refers to are removed, an unfinished rewrite is passed over', async () => {
    await put('small', 'small');
    await put('large', large);
    await served.reopen(async () => {
      await mkdir(join(served.root, 'blobs', 'ab'), { recursive: true });
      await writeFile(join(served.root, 'blobs', 'ab', 'abandoned'), 'x');
      await writeFile(join(served.root, 'packs', 'abandoned'), 'x');
      await writeFile(`${journal()}.new`, '{"put":');
    });
    expect(await files('blobs')).toHaveLength(1);
    expect(await files('packs')).toHaveLength(1);
    expect(await get('small')).toBe('small');
    expect(await get('large')).toBe(large);
  });

  test('the torn tail of a pack is not written over what comes after', async () => {
    await put('before', 'before');
    const [pack] = await files('packs');
    await served.reopen(() => appendFile(join(served.root, 'packs', pack!), 'half of a content'));
    await put('after', 'after');
    await served.reopen();
    expect([await get('before'), await get('after')]).toEqual(['before', 'after']);
    expect(await files('packs')).toEqual([pack]);
  });
});

describe('space is given back', () => {
  const remove = (Key: string, VersionId: string | undefined) =>
    served.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

  test('the file of a large version goes with it', async () => {
    const { VersionId } = await put('large', large);
    expect(await files('blobs')).toHaveLength(1);
    await remove('large', VersionId);
    await vi.waitFor(async () => expect(await files('blobs')).toEqual([]), { timeout: 20_000 });
  });

  test('what is older than a bucket keeps it goes for good, and uploads that were never completed', async () => {
    const day = 86_400_000;
    const Bucket = 'work';
    const send = (Key: string) => served.client.send(new PutObjectCommand({ Bucket, Key, Body: large }));
    await put('kept', 'kept');
    await send('old');
    await send('renewed');
    await served.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'upload' }));
    await served.reopen(async () => {
      const made = await readFile(journal(), 'utf8');
      await writeFile(
        journal(),
        made.replace(/"time":(\d+)/g, (_, time) => `"time":${time - 31 * day}`),
      );
    });
    await send('renewed');
    await send('new');
    await served.reopen();
    const listed = async () => {
      const { Versions } = await served.client.send(new ListObjectVersionsCommand({ Bucket }));
      return Versions!.map((version) => version.Key);
    };
    await vi.waitFor(async () => expect(await listed()).toEqual(['new', 'renewed']), { timeout: 20_000 });
    const { Uploads } = await served.client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads).toBeUndefined();
    await vi.waitFor(async () => expect(await files('blobs')).toHaveLength(2), { timeout: 20_000 });
    expect(await get('kept')).toBe('kept');
  });

  test('a pack of holes is written anew', async () => {
    const versions = new Map<string, string | undefined>();
    for (let at = 0; at < 10; at++)
      versions.set(`k${at}`, (await put(`k${at}`, `content ${at}`.repeat(5000))).VersionId);
    for (let at = 1; at < 10; at++) await remove(`k${at}`, versions.get(`k${at}`));
    const sizes = async () => {
      const packs = await files('packs');
      return Promise.all(packs.map(async (name) => (await stat(join(served.root, 'packs', name))).size));
    };
    const [before] = await sizes();
    // The pack being written to is left alone, so a new one has to be begun first.
    fault.kind = 'full';
    fault.path = /packs/;
    await expect(put('refused', 'x')).rejects.toThrow();
    fault.kind = undefined;
    await put('next', 'next');
    await served.reopen();
    await served.reopen();
    expect((await sizes()).reduce((sum, size) => sum + size)).toBeLessThan(before! / 4);
    expect(await get('k0')).toBe('content 0'.repeat(5000));
    expect(await get('next')).toBe('next');
  });

  test('a journal of dead lines is rewritten while it is in use', async () => {
    await put('kept', 'kept');
    const folder = join(served.root, 'apart');
    const objects = await VersionedObjects.open(folder);
    const cycle = async (at: number) => {
      const key = `k${at % 50}`;
      const { put } = await objects.commit('b', key, () => ({
        put: {
          bucket: 'b',
          key,
          versionId: `v${at}`,
          sequence: objects.nextSequence(),
          time: at,
          size: 0,
          etag: '',
          extents: [],
          headers: {},
          metadata: {},
        },
      }));
      if (at >= 50)
        await objects.commit('b', key, () => ({ remove: { bucket: 'b', key, versionId: `v${at - 50}` } }));
      return put;
    };
    for (let at = 0; at < 8000; at += 50)
      await Promise.all(Array.from({ length: 50 }, (_, of) => cycle(at + of)));
    await objects.close();
    const lines = (await readFile(join(folder, 'journal.ndjson'), 'utf8')).split('\n').length - 1;
    expect(lines).toBeLessThan(11_000);
    const again = await VersionedObjects.open(folder);
    for (let at = 0; at < 50; at++)
      expect(again.index.versions('b', `k${at}`).map((version) => version.versionId)).toEqual([
        `v${7950 + at}`,
      ]);
    await again.close();
  });
});

test('the sequencer goes on where it was although the clock went back', async () => {
  const root = await mkdtemp(join(tmpdir(), 'systole-s3-clock-'));
  const objects = await VersionedObjects.open(root);
  const first = objects.nextSequence();
  const version = {
    bucket: 'b',
    key: 'k',
    versionId: 'v',
    sequence: first + 3_600_000_000,
    time: 0,
    size: 0,
    etag: '',
    extents: [],
    headers: {},
    metadata: {},
  };
  await objects.commit('b', 'k', () => ({ put: version }));
  await objects.close();
  const again = await VersionedObjects.open(root);
  expect(again.nextSequence()).toBe(version.sequence + 1);
  await again.close();
  await rm(root, { recursive: true });
});

test('a folder that cannot be opened is an error, not an empty store', async () => {
  const root = join(served.root, 'file');
  await writeFile(root, 'x');
  const options = {
    root,
    buckets: {},
    region: 'eu-central-1',
    credentials: () => user,
    deliver: () => Promise.resolve(),
    report: () => {},
  };
  await expect(ObjectStore.open(options)).rejects.toThrow();
});
