import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketFolder } from '../../../shared/storage/bucket-folder.ts';
import { Objects } from '../../../shared/storage/objects.ts';
import { type Served, serve } from '../../local/s3/serve.ts';

let served: Served;
let objects: Objects;

beforeAll(async () => {
  served = await serve();
  objects = new Objects(served.client);
});
afterAll(() => served.close());

const absent = expect.objectContaining({ reason: 'object_absent' });

describe('Objects', () => {
  it('reads wholes and ranges, which may end beyond the object', async () => {
    const name = { bucket: 'work', key: 'a/b c' };
    await objects.put(name, 'hello', 'text/plain');
    expect(await objects.text(name)).toBe('hello');
    expect((await objects.range(name, 1, 3)).toString()).toBe('el');
    expect((await objects.range(name, 3, 100)).toString()).toBe('lo');
    expect(await objects.size(name)).toBe(5);
  });

  it('reads the version that it is told to', async () => {
    const name = { bucket: 'uploads', key: 'a' };
    const { VersionId: versionId } = await served.client.send(
      new PutObjectCommand({ Bucket: 'uploads', Key: 'a', Body: 'first' }),
    );
    await objects.put(name, 'the second', 'text/plain');
    expect(await objects.text({ ...name, versionId })).toBe('first');
    expect(await objects.size({ ...name, versionId })).toBe(5);
    expect(await objects.text(name)).toBe('the second');
  });

  it('tells that an object, or a version of it, is not there', async () => {
    const name = { bucket: 'uploads', key: 'gone' };
    expect(await objects.size(name)).toBeUndefined();
    await expect(objects.bytes(name)).rejects.toThrow(absent);
    await expect(objects.range(name, 0, 5)).rejects.toThrow(absent);
    const { VersionId: versionId } = await served.client.send(
      new PutObjectCommand({ Bucket: 'uploads', Key: 'gone', Body: 'x' }),
    );
    await served.client.send(
      new DeleteObjectCommand({ Bucket: 'uploads', Key: 'gone', VersionId: versionId }),
    );
    await expect(objects.bytes({ ...name, versionId })).rejects.toThrow(absent);
    expect(await objects.size({ ...name, versionId })).toBeUndefined();
  });

  it('throws what else S3 says as it is', async () => {
    await expect(objects.bytes({ bucket: 'no-such-bucket', key: 'a' })).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });

  it('stores files of this machine with their type', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'systole-objects-'));
    const path = join(folder, 'card.json');
    await writeFile(path, '{}');
    const name = { bucket: 'work', key: 'm/card.json' };
    await objects.putFile(name, path);
    expect(await objects.text(name)).toBe('{}');
    const { ContentType } = await served.client.send(
      new HeadObjectCommand({ Bucket: name.bucket, Key: name.key }),
    );
    expect(ContentType).toBe('application/json');
    await rm(folder, { recursive: true, force: true });
  });
});

describe('bucketFolder', () => {
  it('is a prefix as a folder, in which absent files are undefined', async () => {
    const folder = bucketFolder(objects, 'work', 'checkpoints/1/');
    expect(await folder.read('state')).toBeUndefined();
    await folder.write('state', new Uint8Array([1, 2]));
    expect([...(await folder.read('state'))!]).toEqual([1, 2]);
    expect(await objects.size({ bucket: 'work', key: 'checkpoints/1/state' })).toBe(2);
  });

  it('lists what lies below its prefix', async () => {
    const folder = bucketFolder(objects, 'work', 'listed/');
    for (const name of ['a', 'deep/b']) await folder.write(name, name);
    await objects.put({ bucket: 'work', key: 'listed-not/c' }, 'c', 'text/plain');
    expect(await folder.list()).toEqual(['a', 'deep/b']);
  });
});
