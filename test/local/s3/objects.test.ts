import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serve } from './serve.ts';
import { send, sendSigned, sign } from './sign.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(async () => {
  expect(served.reports).toEqual([]);
  await served.close();
});

const Bucket = 'uploads';

function put(Key: string, Body: PutObjectCommandInput['Body'], rest: Partial<PutObjectCommandInput> = {}) {
  return served.client.send(new PutObjectCommand({ Bucket, Key, Body, ...rest }));
}

async function get(Key: string, rest: Partial<GetObjectCommandInput> = {}) {
  const { Body, ...answer } = await served.client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
  return { ...answer, bytes: Buffer.from(await Body!.transformToByteArray()) };
}

describe('contents', () => {
  // Sizes about the limits between packs and files (256 KiB), and between read pieces.
  const sizes = [0, 1, 1000, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, (1 << 20) + 17, 9 << 20];

  test.each(sizes)('%i bytes come back as they were', async (size) => {
    const body = Buffer.alloc(size, 'systole');
    const { ETag, VersionId } = await put(`sizes/${size}`, body);
    const answer = await get(`sizes/${size}`);
    expect(answer.bytes.equals(body)).toBe(true);
    expect(answer).toMatchObject({ ETag, VersionId, ContentLength: size, AcceptRanges: 'bytes' });
  });

  test('a body of unknown length is refused as S3 refuses it', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    const signed = sign('PUT', new URL(`${served.endpoint}/uploads/unknown`), {}, 'UNSIGNED-PAYLOAD');
    const refused = await send(
      served.endpoint,
      'PUT',
      '/uploads/unknown',
      { ...signed.headers, ...headers },
      'x',
    );
    expect(refused).toMatchObject({ status: 411, code: 'MissingContentLength' });
  });

  test('system and user metadata stay with the object', async () => {
    const given = {
      ContentType: 'application/dicom',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="a.dcm"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'es',
      Metadata: { site: 'usal', 'two-words': 'a, b' },
    };
    await put('metadata', 'x', given);
    expect(await get('metadata')).toMatchObject(given);
    const head = await served.client.send(new HeadObjectCommand({ Bucket, Key: 'metadata' }));
    expect(head).toMatchObject({ ...given, ContentLength: 1 });
    expect(head.LastModified!.getTime()).toBeGreaterThan(Date.now() - 60_000);
    await put('no metadata', 'x');
    expect(await get('no metadata')).toMatchObject({ ContentType: 'application/octet-stream' });
    await expect(put('too much', 'x', { Metadata: { a: 'b'.repeat(2100) } })).rejects.toMatchObject({
      name: 'MetadataTooLarge',
    });
    await expect(put('tags', 'x', { Tagging: 'a=b' })).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test('a presentation asked for in the query replaces the headers', async () => {
    await put('presented', 'x');
    const answer = await get('presented', {
      ResponseContentType: 'text/html',
      ResponseContentDisposition: 'inline',
    });
    expect(answer).toMatchObject({ ContentType: 'text/html', ContentDisposition: 'inline' });
  });
});

describe('keys', () => {
  const keys = [
    '..%2f..%2fescape',
    '../../escape',
    '/leading',
    '//double//',
    './dot',
    'a/./b/../c',
    'blank and +plus',
    'ünï/心电图/😀',
    'quote"\'<&>',
    'control\u0001character',
    'new\nline',
    'percent%41',
    'hash#query?a=b&c',
    'trailing/',
    'constructor',
    '__proto__',
    'k'.repeat(1024),
  ];

  test.each(keys)('%j is a key like any other', async (key) => {
    await put(key, `content of ${key}`);
    expect((await get(key)).bytes.toString()).toBe(`content of ${key}`);
    const { Contents } = await served.client.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
    expect(Contents!.map((one) => one.Key)).toContain(key);
    const { Deleted } = await served.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: key }] } }),
    );
    expect(Deleted).toMatchObject([{ Key: key, DeleteMarker: true }]);
    await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('none of them leaves the folder', async () => {
    expect((await readdir(served.root)).sort()).toEqual(['blobs', 'journal.ndjson', 'packs']);
    expect(existsSync(`${dirname(served.root)}/escape`)).toBe(false);
    for (const target of ['/uploads/..%2f..%2fescape', '/uploads/../../escape', '/..%2fescape/k']) {
      const answer = await sendSigned(served.endpoint, 'GET', target);
      expect(answer.status).toBeGreaterThanOrEqual(403);
    }
  });

  test('a key too long, a broken escape and an unknown bucket are refused', async () => {
    await expect(put('k'.repeat(1025), 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
    const broken = await sendSigned(served.endpoint, 'GET', '/uploads/%ff');
    expect(broken).toMatchObject({ status: 400, code: 'InvalidURI' });
    await expect(
      served.client.send(new PutObjectCommand({ Bucket: 'nobody', Key: 'k', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('ranges', () => {
  const content = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 31) & 255));
  beforeAll(async () => {
    await put('small', '0123456789');
    await put('large', content);
    await put('empty', Buffer.alloc(0));
  });

  test.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=5-', '56789', 'bytes 5-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('%s', async (Range, expected, ContentRange) => {
    const answer = await get('small', { Range });
    expect(answer.bytes.toString()).toBe(expected);
    expect(answer).toMatchObject({ ContentRange, ContentLength: expected.length });
    expect(answer.$metadata.httpStatusCode).toBe(206);
  });

  test.each(['bytes=4-2', 'bytes=a-b', 'bytes=-', 'lines=1-2', 'bytes=0-1,3-4'])(
    '%s is passed over',
    async (Range) => {
      const answer = await get('small', { Range });
      expect(answer.bytes.toString()).toBe('0123456789');
      expect(answer.$metadata.httpStatusCode).toBe(200);
    },
  );

  test.each([
    ['small', 'bytes=10-'],
    ['small', 'bytes=-0'],
    ['empty', 'bytes=0-'],
    ['empty', 'bytes=-1'],
  ])('%s: %s cannot be satisfied', async (key, Range) => {
    await expect(get(key, { Range })).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  });

  test('of a large object', async () => {
    for (const [first, last] of [
      [0, 399_999],
      [262_143, 262_145],
      [100_000, 390_000],
    ] as const) {
      const answer = await get('large', { Range: `bytes=${first}-${last}` });
      expect(answer.bytes.equals(content.subarray(first, last + 1))).toBe(true);
    }
    const head = await served.client.send(new HeadObjectCommand({ Bucket, Key: 'large', Range: 'bytes=-5' }));
    expect(head).toMatchObject({ ContentLength: 5, ContentRange: 'bytes 399995-399999/400000' });
  });
});

describe('versions', () => {
  test('every put is kept, a delete hides, a version goes for good', async () => {
    const first = await put('versioned', 'one');
    const second = await put('versioned', 'two!');
    expect(first.VersionId).not.toBe(second.VersionId);
    expect((await get('versioned')).bytes.toString()).toBe('two!');
    expect((await get('versioned', { VersionId: first.VersionId })).bytes.toString()).toBe('one');
    const marker = await served.client.send(new DeleteObjectCommand({ Bucket, Key: 'versioned' }));
    expect(marker.DeleteMarker).toBe(true);
    await expect(get('versioned')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(get('versioned', { VersionId: marker.VersionId })).rejects.toMatchObject({
      name: 'MethodNotAllowed',
    });
    await expect(get('versioned', { VersionId: 'none' })).rejects.toMatchObject({ name: 'NoSuchVersion' });
    await served.reopen();
    const listed = await served.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'versioned' }));
    expect(listed.Versions).toMatchObject([
      { VersionId: second.VersionId, IsLatest: false, Size: 4 },
      { VersionId: first.VersionId, IsLatest: false, Size: 3 },
    ]);
    expect(listed.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);
    const remove = (VersionId: string | undefined) =>
      served.client.send(new DeleteObjectCommand({ Bucket, Key: 'versioned', VersionId }));
    expect(await remove(marker.VersionId)).toMatchObject({
      DeleteMarker: true,
      VersionId: marker.VersionId,
    });
    expect((await get('versioned')).bytes.toString()).toBe('two!');
    await remove(second.VersionId);
    expect((await get('versioned')).bytes.toString()).toBe('one');
    await remove(first.VersionId);
    await remove(first.VersionId);
    const after = await served.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'versioned' }));
    expect(after.Versions).toBeUndefined();
  });

  test('DeleteObjects tells the outcome of each key', async () => {
    const one = await put('many/1', 'x');
    await put('many/2', 'x');
    const answer = await served.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: {
          Objects: [{ Key: 'many/1', VersionId: one.VersionId }, { Key: 'many/2' }, { Key: 'none' }],
        },
      }),
    );
    expect(answer.Deleted).toMatchObject([
      { Key: 'many/1', VersionId: one.VersionId },
      { Key: 'many/2', DeleteMarker: true },
      { Key: 'none', DeleteMarker: true },
    ]);
    const quiet = await served.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'many/2' }], Quiet: true } }),
    );
    expect(quiet.Deleted).toBeUndefined();
    const malformed = await sendSigned(served.endpoint, 'POST', '/uploads?delete=', {}, '<Delete><Object>');
    expect(malformed).toMatchObject({ status: 400, code: 'MalformedXML' });
  });
});

describe('conditions', () => {
  test('of reads', async () => {
    const { ETag } = await put('conditional', 'x');
    const past = new Date(Date.now() - 3_600_000);
    const future = new Date(Date.now() + 3_600_000);
    const outcome = async (rest: Partial<GetObjectCommandInput>) => {
      try {
        return (await get('conditional', rest)).$metadata.httpStatusCode;
      } catch (error) {
        return (error as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode;
      }
    };
    expect(await outcome({ IfMatch: ETag })).toBe(200);
    expect(await outcome({ IfMatch: '"0"' })).toBe(412);
    expect(await outcome({ IfMatch: `"0", ${ETag}` })).toBe(200);
    expect(await outcome({ IfNoneMatch: ETag })).toBe(304);
    expect(await outcome({ IfNoneMatch: '*' })).toBe(304);
    expect(await outcome({ IfNoneMatch: '"0"' })).toBe(200);
    expect(await outcome({ IfModifiedSince: past })).toBe(200);
    expect(await outcome({ IfModifiedSince: future })).toBe(304);
    expect(await outcome({ IfUnmodifiedSince: past })).toBe(412);
    expect(await outcome({ IfUnmodifiedSince: future })).toBe(200);
    expect(await outcome({ IfMatch: ETag, IfUnmodifiedSince: past })).toBe(200);
    expect(await outcome({ IfNoneMatch: '"0"', IfModifiedSince: future })).toBe(200);
  });

  test('of writes', async () => {
    const first = await put('guarded', 'one', { IfNoneMatch: '*' });
    const failed = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };
    await expect(put('guarded', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject(failed);
    await expect(put('guarded', 'two', { IfMatch: '"0"' })).rejects.toMatchObject(failed);
    await expect(put('unguarded', 'two', { IfMatch: first.ETag })).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await put('guarded', 'two', { IfMatch: first.ETag });
    await served.client.send(new DeleteObjectCommand({ Bucket, Key: 'guarded' }));
    await put('guarded', 'three', { IfNoneMatch: '*' });
    expect((await get('guarded')).bytes.toString()).toBe('three');
  });

  test('of twenty that put at once where nothing is, one wins', async () => {
    const puts = Array.from({ length: 20 }, (_, at) => put('race', `writer ${at}`, { IfNoneMatch: '*' }));
    const outcomes = await Promise.allSettled(puts);
    const winners = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [at] : []));
    expect(winners).toHaveLength(1);
    expect((await get('race')).bytes.toString()).toBe(`writer ${winners[0]}`);
  });
});

describe('copies', () => {
  const copy = (Key: string, CopySource: string, rest: object = {}) =>
    served.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...rest }));

  test('content and metadata, within and between buckets, outlive their source', async () => {
    const large = Buffer.alloc(300_000, 'copied');
    const source = await put('copy/source ü+', large, { Metadata: { a: 'b' }, ContentType: 'text/plain' });
    const answer = await copy('copy/target', `/uploads/${encodeURIComponent('copy/source ü+')}`);
    expect(answer).toMatchObject({
      CopySourceVersionId: source.VersionId,
      CopyObjectResult: { ETag: source.ETag, ChecksumCRC32: source.ChecksumCRC32 },
    });
    await served.client.send(
      new DeleteObjectCommand({ Bucket, Key: 'copy/source ü+', VersionId: source.VersionId }),
    );
    await served.reopen();
    const target = await get('copy/target');
    expect(target.bytes.equals(large)).toBe(true);
    expect(target).toMatchObject({ Metadata: { a: 'b' }, ContentType: 'text/plain' });
    const across = new CopyObjectCommand({ Bucket: 'work', Key: 'k', CopySource: 'uploads/copy/target' });
    await served.client.send(across);
    const { ContentLength } = await served.client.send(new HeadObjectCommand({ Bucket: 'work', Key: 'k' }));
    expect(ContentLength).toBe(large.length);
  });

  test('an older version, new metadata, another checksum', async () => {
    const old = await put('copy/old', 'old');
    await put('copy/old', 'new');
    await copy('copy/old', `uploads/copy/old?versionId=${old.VersionId}`, {
      MetadataDirective: 'REPLACE',
      Metadata: { restored: 'yes' },
      ChecksumAlgorithm: 'SHA256',
    });
    const restored = await get('copy/old', { ChecksumMode: 'ENABLED' });
    expect(restored.bytes.toString()).toBe('old');
    expect(restored.Metadata).toEqual({ restored: 'yes' });
    expect(restored.ChecksumSHA256).toBe(createHash('sha256').update('old').digest('base64'));
  });

  test('what cannot be copied', async () => {
    const source = await put('copy/source', 'x');
    await expect(copy('copy/source', 'uploads/copy/source')).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await expect(copy('t', 'uploads/none')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(copy('t', 'nobody/none')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(copy('t', 'uploads')).rejects.toMatchObject({ name: 'InvalidArgument' });
    const conditions = [{ CopySourceIfNoneMatch: source.ETag }, { CopySourceIfMatch: '"0"' }];
    for (const condition of conditions)
      await expect(copy('t', 'uploads/copy/source', condition)).rejects.toMatchObject({
        name: 'PreconditionFailed',
      });
  });
});

test('buckets and what else is asked of them', async () => {
  const { client } = served;
  expect((await client.send(new ListBucketsCommand({}))).Buckets!.map((one) => one.Name)).toEqual([
    'uploads',
    'work',
  ]);
  await client.send(new HeadBucketCommand({ Bucket }));
  await expect(client.send(new HeadBucketCommand({ Bucket: 'nobody' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
  expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe(
    'eu-central-1',
  );
  await expect(client.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: 'BucketAlreadyOwnedByYou',
  });
  await expect(client.send(new CreateBucketCommand({ Bucket: 'another' }))).rejects.toMatchObject({
    name: 'TooManyBuckets',
  });
  const policy = await sendSigned(served.endpoint, 'GET', '/uploads?policy=');
  expect(policy).toMatchObject({ status: 501, code: 'NotImplemented' });
  const patch = await sendSigned(served.endpoint, 'PATCH', '/uploads/k');
  expect(patch).toMatchObject({ status: 405, code: 'MethodNotAllowed' });
});

test('what cannot be sent back in a header is refused', async () => {
  await put('injected', 'x');
  for (const query of ['response-content-type=a%0d%0ab%3A%20c', 'response-expires=%E5%BF%83']) {
    const answer = await sendSigned(served.endpoint, 'GET', `/uploads/injected?${query}`);
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  }
  const answer = await sendSigned(served.endpoint, 'DELETE', '/uploads/injected?versionId=%0a');
  expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
});

test('attributes and (no) tags of an object', async () => {
  await put('attributes', '123');
  const answer = await served.client.send(
    new GetObjectAttributesCommand({
      Bucket,
      Key: 'attributes',
      ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum', 'StorageClass'],
    }),
  );
  expect(answer).toMatchObject({
    ETag: '202cb962ac59075b964b07152d234b70',
    ObjectSize: 3,
    // crc32('123') = 0x884863d2
    Checksum: { ChecksumCRC32: 'iEhj0g==', ChecksumType: 'FULL_OBJECT' },
    StorageClass: 'STANDARD',
  });
  const tags = await served.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'attributes' }));
  expect(tags.TagSet).toEqual([]);
});
