import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDigest } from '../../../local/s3/checksums.ts';
import { type Served, serve } from './serve.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(async () => {
  expect(served.reports).toEqual([]);
  await served.close();
});

const Bucket = 'uploads';
const MiB = 1 << 20;
const parts = [
  Buffer.alloc(5 * MiB, 'first part '),
  Buffer.alloc(6 * MiB + 3, 'second'),
  Buffer.from('last'),
];
const whole = Buffer.concat(parts);
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
const etag = `"${createHash('md5')
  .update(Buffer.concat(parts.map(md5)))
  .digest('hex')}-3"`;

async function create(Key: string, rest: object = {}): Promise<string> {
  const { UploadId } = await served.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...rest }));
  return UploadId!;
}

async function uploadParts(Key: string, UploadId: string, rest: object = {}): Promise<CompletedPart[]> {
  return Promise.all(
    parts.map(async (Body, at) => {
      const PartNumber = at + 1;
      const put = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...rest });
      const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } =
        await served.client.send(put);
      return {
        PartNumber,
        ETag,
        ChecksumCRC32,
        ChecksumCRC32C,
        ChecksumCRC64NVME,
        ChecksumSHA1,
        ChecksumSHA256,
      };
    }),
  );
}

function complete(Key: string, UploadId: string, Parts: CompletedPart[], rest: object = {}) {
  return served.client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...rest }),
  );
}

async function bytesOf(Key: string, rest: object = {}): Promise<Buffer> {
  const { Body } = await served.client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
  return Buffer.from(await Body!.transformToByteArray());
}

test('parts become one object, which is served by range and by part', async () => {
  const UploadId = await create('parts', { Metadata: { a: 'b' }, ContentType: 'application/dicom' });
  const uploaded = await uploadParts('parts', UploadId);
  await served.reopen();
  const done = await complete('parts', UploadId, uploaded);
  expect(done).toMatchObject({ ETag: etag, Bucket, Key: 'parts' });
  // Whoever did not hear of it asks again and gets the same answer.
  expect(await complete('parts', UploadId, uploaded)).toMatchObject({
    ETag: etag,
    VersionId: done.VersionId,
  });
  await served.reopen();
  expect((await bytesOf('parts')).equals(whole)).toBe(true);
  const first = parts[0]!.length;
  const across = await bytesOf('parts', { Range: `bytes=${first - 10}-${first + 9}` });
  expect(across.equals(whole.subarray(first - 10, first + 10))).toBe(true);
  expect((await bytesOf('parts', { PartNumber: 2 })).equals(parts[1]!)).toBe(true);
  const head = await served.client.send(new HeadObjectCommand({ Bucket, Key: 'parts', PartNumber: 3 }));
  expect(head).toMatchObject({
    PartsCount: 3,
    ContentLength: 4,
    Metadata: { a: 'b' },
    ContentType: 'application/dicom',
  });
  await expect(bytesOf('parts', { PartNumber: 4 })).rejects.toMatchObject({ name: 'InvalidRange' });
  const attributes = await served.client.send(
    new GetObjectAttributesCommand({ Bucket, Key: 'parts', ObjectAttributes: ['ObjectParts', 'ObjectSize'] }),
  );
  expect(attributes.ObjectSize).toBe(whole.length);
  expect(attributes.ObjectParts!.Parts!.map((part) => part.Size)).toEqual(parts.map((part) => part.length));
});

describe('checksums', () => {
  const value = (algorithm: ChecksumAlgorithm, ...pieces: Buffer[]) => {
    const digest = startDigest(algorithm as 'CRC32');
    for (const piece of pieces) digest.update(piece);
    return digest.digest();
  };
  const composite = (algorithm: ChecksumAlgorithm) =>
    `${value(algorithm, ...parts.map((part) => value(algorithm, part))).toString('base64')}-3`;
  const full = (algorithm: ChecksumAlgorithm) => value(algorithm, whole).toString('base64');

  test.each([
    [ChecksumAlgorithm.CRC32, undefined, 'COMPOSITE'],
    [ChecksumAlgorithm.CRC32, 'FULL_OBJECT', 'FULL_OBJECT'],
    [ChecksumAlgorithm.CRC32C, 'FULL_OBJECT', 'FULL_OBJECT'],
    [ChecksumAlgorithm.CRC64NVME, undefined, 'FULL_OBJECT'],
    [ChecksumAlgorithm.SHA1, undefined, 'COMPOSITE'],
    [ChecksumAlgorithm.SHA256, 'COMPOSITE', 'COMPOSITE'],
  ] as const)('%s, asked for as %s, is %s', async (algorithm, type, expectedType) => {
    const Key = `checksum ${algorithm} ${type}`;
    const field = `Checksum${algorithm}`;
    const UploadId = await create(Key, { ChecksumAlgorithm: algorithm, ChecksumType: type as ChecksumType });
    const uploaded = await uploadParts(Key, UploadId, { ChecksumAlgorithm: algorithm });
    const expected = expectedType === 'COMPOSITE' ? composite(algorithm) : full(algorithm);
    const claim = expectedType === 'FULL_OBJECT' ? { [field]: expected, ChecksumType: expectedType } : {};
    const done = await complete(Key, UploadId, uploaded, claim);
    expect(done).toMatchObject({ [field]: expected, ChecksumType: expectedType });
    const head = await served.client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ [field]: expected, ChecksumType: expectedType });
    expect((await bytesOf(Key, { ChecksumMode: 'ENABLED' })).equals(whole)).toBe(true);
  });

  test('what does not fit is refused', async () => {
    const invalid = { name: 'InvalidRequest' };
    const sha = { ChecksumAlgorithm: ChecksumAlgorithm.SHA256, ChecksumType: 'FULL_OBJECT' };
    await expect(create('k', sha)).rejects.toMatchObject(invalid);
    const nvme = { ChecksumAlgorithm: ChecksumAlgorithm.CRC64NVME, ChecksumType: 'COMPOSITE' };
    await expect(create('k', nvme)).rejects.toMatchObject(invalid);
    const crc = { ChecksumAlgorithm: ChecksumAlgorithm.CRC32, ChecksumType: 'FULL_OBJECT' };
    const UploadId = await create('k', crc);
    const other = { ChecksumAlgorithm: ChecksumAlgorithm.SHA256 };
    await expect(uploadParts('k', UploadId, other)).rejects.toMatchObject(invalid);
    const uploaded = await uploadParts('k', UploadId);
    const claim = { ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' };
    await expect(complete('k', UploadId, uploaded, claim)).rejects.toMatchObject({ name: 'BadDigest' });
    const changed = uploaded.map((part) => ({ ...part, ChecksumCRC32: 'AAAAAA==' }));
    await expect(complete('k', UploadId, changed)).rejects.toMatchObject({ name: 'InvalidPart' });
  });
});

test('a part put again counts once, the rest of an upload is dropped', async () => {
  const UploadId = await create('again');
  const put = async (PartNumber: number, Body: string) =>
    (await served.client.send(new UploadPartCommand({ Bucket, Key: 'again', UploadId, PartNumber, Body })))
      .ETag;
  await put(7, 'before');
  const ETag = await put(7, 'after');
  await put(9, 'not listed');
  await complete('again', UploadId, [{ PartNumber: 7, ETag }]);
  expect((await bytesOf('again')).toString()).toBe('after');
  const late = served.client.send(
    new UploadPartCommand({ Bucket, Key: 'again', UploadId, PartNumber: 1, Body: 'x' }),
  );
  await expect(late).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('what cannot be completed', async () => {
  const UploadId = await create('refused');
  const uploaded = await uploadParts('refused', UploadId);
  const refused = (Parts: CompletedPart[], name: string, rest: object = {}) =>
    expect(complete('refused', UploadId, Parts, rest)).rejects.toMatchObject({ name });
  await refused([...uploaded].reverse(), 'InvalidPartOrder');
  await refused([uploaded[0]!, uploaded[0]!], 'InvalidPartOrder');
  await refused([{ ...uploaded[0]!, ETag: '"0"' }], 'InvalidPart');
  await refused([{ PartNumber: 5, ETag: uploaded[0]!.ETag }], 'InvalidPart');
  await refused([], 'MalformedXML');
  await served.client.send(new PutObjectCommand({ Bucket, Key: 'refused', Body: 'there' }));
  await refused(uploaded, 'PreconditionFailed', { IfNoneMatch: '*' });
  await refused(uploaded, 'InvalidRequest', { MpuObjectSize: 5 });
  const small = await create('small');
  const put = async (PartNumber: number) => {
    const part = new UploadPartCommand({ Bucket, Key: 'small', UploadId: small, PartNumber, Body: 'small' });
    return { PartNumber, ETag: (await served.client.send(part)).ETag };
  };
  await expect(complete('small', small, [await put(1), await put(2)])).rejects.toMatchObject({
    name: 'EntityTooSmall',
  });
  for (const PartNumber of [0, 10_001])
    await expect(
      served.client.send(
        new UploadPartCommand({ Bucket, Key: 'small', UploadId: small, PartNumber, Body: 'x' }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test('uploads and their parts are listed by pages, and an aborted one is gone', async () => {
  const keys = ['list/a', 'list/a', 'list/b', 'list/ü c'];
  const ids = [];
  for (const key of keys) ids.push(await create(key));
  const listed: string[] = [];
  let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await served.client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', MaxUploads: 1, ...markers }),
    );
    listed.push(...page.Uploads!.map((one) => one.UploadId!));
    if (!page.IsTruncated) break;
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  expect([...listed].sort()).toEqual([...ids].sort());
  expect(listed.at(-1)).toBe(ids.at(-1));

  const [UploadId] = ids;
  for (const PartNumber of [3, 1, 2])
    await served.client.send(
      new UploadPartCommand({ Bucket, Key: 'list/a', UploadId, PartNumber, Body: `${PartNumber}` }),
    );
  const page = { Bucket, Key: 'list/a', UploadId, MaxParts: 2 };
  const first = await served.client.send(new ListPartsCommand(page));
  expect(first.Parts!.map((part) => part.PartNumber)).toEqual([1, 2]);
  expect(first.IsTruncated).toBe(true);
  const next = { ...page, PartNumberMarker: first.NextPartNumberMarker };
  const second = await served.client.send(new ListPartsCommand(next));
  expect(second.Parts!.map((part) => part.PartNumber)).toEqual([3]);
  expect(second.IsTruncated).toBe(false);

  const abort = () =>
    served.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'list/a', UploadId }));
  await abort();
  await expect(abort()).rejects.toMatchObject({ name: 'NoSuchUpload' });
  await served.reopen();
  await expect(served.client.send(new ListPartsCommand(page))).rejects.toMatchObject({
    name: 'NoSuchUpload',
  });
});

test('UploadPartCopy takes ranges of packed and of large objects, which may then go', async () => {
  const small = Buffer.from('0123456789');
  await served.client.send(new PutObjectCommand({ Bucket, Key: 'source small', Body: small }));
  const large = await served.client.send(new PutObjectCommand({ Bucket, Key: 'source large', Body: whole }));
  const UploadId = await create('copied parts', { ChecksumAlgorithm: ChecksumAlgorithm.CRC32 });
  const copy = async (PartNumber: number, CopySource: string, CopySourceRange?: string) => {
    const part = new UploadPartCopyCommand({
      Bucket,
      Key: 'copied parts',
      UploadId,
      PartNumber,
      CopySource,
      CopySourceRange,
    });
    const { ETag, ChecksumCRC32 } = (await served.client.send(part)).CopyPartResult!;
    return { PartNumber, ETag, ChecksumCRC32 };
  };
  const chosen = [
    await copy(1, 'uploads/source%20large', `bytes=3-${6 * MiB}`),
    await copy(2, 'uploads/source%20large'),
    await copy(3, 'uploads/source%20small', 'bytes=2-4'),
  ];
  await expect(copy(4, 'uploads/source%20small', 'bytes=50-60')).rejects.toMatchObject({
    name: 'InvalidRange',
  });
  await expect(copy(4, 'uploads/source%20small', '2-4')).rejects.toMatchObject({ name: 'InvalidArgument' });
  await complete('copied parts', UploadId, chosen);
  await served.client.send(
    new DeleteObjectCommand({ Bucket, Key: 'source large', VersionId: large.VersionId }),
  );
  await served.reopen();
  const expected = Buffer.concat([whole.subarray(3, 6 * MiB + 1), whole, small.subarray(2, 5)]);
  expect((await bytesOf('copied parts')).equals(expected)).toBe(true);
});

test('lib-storage uploads a stream of unknown length', async () => {
  const pieces = Array.from({ length: 130 }, (_, at) => Buffer.alloc(100_000 + at, String(at)));
  const upload = new Upload({
    client: served.client,
    params: { Bucket, Key: 'stream', Body: Readable.from(pieces) },
  });
  const done = await upload.done();
  expect(done.ETag).toMatch(/-3"$/);
  expect((await bytesOf('stream', { ChecksumMode: 'ENABLED' })).equals(Buffer.concat(pieces))).toBe(true);
});
