import { randomUUID } from 'node:crypto';
import type { Extent } from './blobs.ts';
import { storeBody } from './body.ts';
import { byteRange } from './byte-range.ts';
import { type ChecksumType, checksumHeader, combines, defaultChecksumType } from './checksums.ts';
import { checksumAlgorithm, copyResult, copySource, digestExtents } from './copies.ts';
import type { Part, Upload } from './entries.ts';
import { S3Error } from './errors.ts';
import { type Exchange, quoted } from './exchange.ts';
import { objectHeaders } from './object-headers.ts';
import type { OpenUpload } from './object-index.ts';
import { namespace, text } from './xml.ts';

const maxPartNumber = 10_000;

export async function createMultipartUpload(exchange: Exchange): Promise<void> {
  exchange.allow('s3:PutObject');
  const { bucket, key, objects, principal } = exchange;
  const algorithm = checksumAlgorithm(exchange);
  const checksum = algorithm && {
    algorithm,
    type: checksumType(exchange) ?? defaultChecksumType(algorithm),
  };
  if (checksum?.type === 'FULL_OBJECT' && !combines(checksum.algorithm))
    throw new S3Error('InvalidRequest', `The FULL_OBJECT checksum type cannot be used with ${algorithm}.`);
  if (checksum?.algorithm === 'CRC64NVME' && checksum.type === 'COMPOSITE')
    throw new S3Error('InvalidRequest', 'The COMPOSITE checksum type cannot be used with CRC64NVME.');
  const upload: Upload = {
    bucket,
    key,
    uploadId: randomUUID().replaceAll('-', ''),
    time: Date.now(),
    principal,
    ...objectHeaders(exchange.request.headers),
    checksum,
  };
  await objects.commit(bucket, key, () => ({ upload }));
  exchange.xml(
    `<InitiateMultipartUploadResult ${namespace}>${text('Bucket', bucket)}${text('Key', key)}${text('UploadId', upload.uploadId)}</InitiateMultipartUploadResult>`,
    checksum === undefined
      ? {}
      : { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type },
  );
}

function checksumType(exchange: Exchange): ChecksumType | undefined {
  const named = exchange.header('x-amz-checksum-type')?.toUpperCase();
  if (named === undefined || named === 'COMPOSITE' || named === 'FULL_OBJECT') return named;
  throw new S3Error('InvalidRequest', `Checksum type provided is unsupported: ${named}.`);
}

/** The upload under way that a request names. @throws S3Error NoSuchUpload */
export function openUpload(exchange: Exchange): OpenUpload {
  const open = exchange.objects.index.uploads.get(exchange.query.get('uploadId') ?? '');
  if (open === undefined || open.upload.bucket !== exchange.bucket || open.upload.key !== exchange.key)
    throw noSuchUpload();
  return open;
}

function noSuchUpload(): S3Error {
  return new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
}

function partNumber(exchange: Exchange): number {
  const given = exchange.query.get('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (number < 1 || number > maxPartNumber)
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`,
    );
  return number;
}

export async function uploadPart(exchange: Exchange): Promise<void> {
  exchange.allow('s3:PutObject');
  const { upload } = openUpload(exchange);
  const number = partNumber(exchange);
  const body = await storeBody(exchange, upload.checksum?.algorithm);
  const { checksum } = body;
  if (checksum && upload.checksum && checksum.algorithm !== upload.checksum.algorithm)
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm}, actual checksum Type: ${checksum.algorithm}`,
    );
  const { size, extents, md5 } = body;
  await commitPart(exchange, upload, { number, size, extents, etag: md5, checksum: checksum?.value });
  exchange.empty(200, {
    etag: quoted(md5),
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
}

/** UploadPartCopy: the part refers to bytes of the source; only its digests have to be computed. */
export async function uploadPartCopy(exchange: Exchange): Promise<void> {
  exchange.allow('s3:PutObject');
  const { upload } = openUpload(exchange);
  const number = partNumber(exchange);
  const source = copySource(exchange);
  const { blobs } = exchange.objects;
  const header = exchange.header('x-amz-copy-source-range');
  const range = header === undefined ? { start: 0, end: source.size } : byteRange(header, source.size);
  if (range === undefined)
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last.',
    );
  const { start, end } = range;
  blobs.retain(source.extents);
  try {
    const digests = await digestExtents(exchange, source, start, end, upload.checksum?.algorithm);
    const part = await commitPart(exchange, upload, {
      number,
      size: end - start,
      extents: slice(source.extents, start, end),
      etag: digests.md5,
      checksum: digests.checksum,
    });
    const checksum =
      part.checksum === undefined
        ? undefined
        : { algorithm: upload.checksum!.algorithm, value: part.checksum };
    exchange.xml(copyResult('CopyPartResult', { etag: part.etag, time: part.time, checksum }), {
      'x-amz-copy-source-version-id': source.versionId,
    });
  } finally {
    blobs.release(source.extents);
  }
}

/** The extents of the bytes from `start` up to `end` (exclusive) of a content. */
function slice(extents: readonly Extent[], start: number, end: number): Extent[] {
  const slices: Extent[] = [];
  let position = 0;
  for (const [file, offset, length] of extents) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, length);
    if (from < to) slices.push([file, offset + from, to - from]);
    position += length;
  }
  return slices;
}

async function commitPart(
  exchange: Exchange,
  upload: Upload,
  part: Omit<Part, 'uploadId' | 'time'>,
): Promise<Part> {
  const { objects } = exchange;
  const { uploadId } = upload;
  const whole: Part = { ...part, uploadId, time: Date.now() };
  objects.blobs.retain(part.extents);
  try {
    // Parts of one upload do not wait for each other: only those of the same number take turns.
    await objects.commit(uploadId, String(part.number), () => ({ part: whole }));
    // The upload may have ended while the part came in.
    if (!objects.index.uploads.has(uploadId)) throw noSuchUpload();
    return whole;
  } finally {
    objects.blobs.release(part.extents);
  }
}

export async function abortMultipartUpload(exchange: Exchange): Promise<void> {
  exchange.allow('s3:AbortMultipartUpload');
  const { bucket, key, objects } = exchange;
  await objects.commit(bucket, key, () => ({ abort: openUpload(exchange).upload.uploadId }));
  exchange.empty(204);
}
