import { createHash, randomUUID } from 'node:crypto';
import type { Extent } from './blobs.ts';
import { readBody, storeBody } from './body.ts';
import { byteRange } from './byte-range.ts';
import {
  type Checksum,
  type ChecksumType,
  checksumHeader,
  combinedChecksum,
  combines,
  compositeChecksum,
  defaultChecksumType,
} from './checksums.ts';
import { checkWrite } from './conditions.ts';
import type { ObjectVersion, Part, Upload } from './entries.ts';
import { S3Error } from './errors.ts';
import { checksumHeaders, type Exchange, isoTime, quoted } from './exchange.ts';
import { objectHeaders } from './object-headers.ts';
import type { OpenUpload } from './object-index.ts';
import { copyResult } from './reads.ts';
import { checksumAlgorithm, copySource, digestExtents, newVersion, originOf } from './writes.ts';
import { element, namespace, parseXml, text, type XmlElement } from './xml.ts';

const maxPartNumber = 10_000;
const minPartBytes = 5 << 20;
const maxCompleteBytes = 4 << 20;
const maxListed = 1000;

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
function openUpload(exchange: Exchange): OpenUpload {
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

export async function completeMultipartUpload(exchange: Exchange): Promise<void> {
  exchange.allow('s3:PutObject');
  const { bucket, key, objects } = exchange;
  const request = parseXml(await readBody(exchange, maxCompleteBytes, 'object'), 'CompleteMultipartUpload');
  const listed = request.children('Part');
  if (listed.length === 0) throw new S3Error('MalformedXML', 'You must specify at least one part');
  const uploadId = exchange.query.get('uploadId') ?? '';
  // A client that did not hear of its success asks again.
  const already = objects.index.versions(bucket, key).find((version) => version.uploadId === uploadId);
  const version =
    already ??
    (
      await objects.commit(bucket, key, (newest) => {
        const open = openUpload(exchange);
        checkWrite(exchange.header('if-match'), exchange.header('if-none-match'), newest);
        const put = assemble(exchange, open, chosenParts(open, listed));
        return { put, event: originOf(exchange, 'ObjectCreated:CompleteMultipartUpload') };
      })
    ).put;
  const { checksum } = version;
  exchange.xml(
    `<CompleteMultipartUploadResult ${namespace}>` +
      text('Location', `http://${exchange.header('host') ?? ''}/${bucket}/${encodeURIComponent(key)}`) +
      text('Bucket', bucket) +
      text('Key', key) +
      text('ETag', quoted(version.etag)) +
      (checksum === undefined
        ? ''
        : text(`Checksum${checksum.algorithm}`, checksum.value) + text('ChecksumType', checksum.type)) +
      '</CompleteMultipartUploadResult>',
    { 'x-amz-version-id': version.versionId, ...checksumHeaders(checksum) },
  );
}

/** The stored parts that the request lists, in its order. */
function chosenParts({ upload, parts }: OpenUpload, listed: readonly XmlElement[]): Part[] {
  let before = 0;
  const chosen = listed.map((one) => {
    const number = Number(one.text('PartNumber') ?? 'NaN');
    const part = parts.get(number);
    if (number <= before)
      throw new S3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    before = number;
    const etag = one.text('ETag')?.replace(/^"(.*)"$/, '$1');
    const checksum = upload.checksum && one.text(`Checksum${upload.checksum.algorithm}`);
    if (part === undefined || part.etag !== etag || (checksum !== undefined && checksum !== part.checksum))
      throw new S3Error(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      );
    return part;
  });
  if (chosen.slice(0, -1).some((part) => part.size < minPartBytes))
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  return chosen;
}

function assemble(exchange: Exchange, { upload }: OpenUpload, parts: readonly Part[]): ObjectVersion {
  const { bucket, key, uploadId, headers, metadata } = upload;
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const expected = exchange.header('x-amz-mp-object-size');
  if (expected !== undefined && Number(expected) !== size)
    throw new S3Error('InvalidRequest', 'The provided x-amz-mp-object-size does not match the parts.');
  const checksum = objectChecksum(upload, parts);
  if (checksum !== undefined) {
    const claimed = exchange.header(checksumHeader(checksum.algorithm));
    if (claimed !== undefined && claimed !== checksum.value)
      throw new S3Error(
        'BadDigest',
        `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
      );
  }
  return {
    bucket,
    key,
    ...newVersion(exchange),
    size,
    etag: `${md5.digest('hex')}-${parts.length}`,
    extents: parts.flatMap((part) => part.extents),
    headers,
    metadata,
    checksum,
    parts: parts.map((part, at) => ({ number: at + 1, size: part.size, checksum: part.checksum })),
    uploadId,
  };
}

function objectChecksum(upload: Upload, parts: readonly Part[]): Checksum | undefined {
  if (upload.checksum === undefined) return undefined;
  const { algorithm, type } = upload.checksum;
  const value =
    type === 'COMPOSITE'
      ? compositeChecksum(
          algorithm,
          parts.map((part) => part.checksum!),
        )
      : combinedChecksum(
          algorithm,
          parts.map((part) => ({ value: part.checksum!, size: part.size })),
        );
  return { algorithm, type, value };
}

export async function abortMultipartUpload(exchange: Exchange): Promise<void> {
  exchange.allow('s3:AbortMultipartUpload');
  const { bucket, key, objects } = exchange;
  await objects.commit(bucket, key, () => ({ abort: openUpload(exchange).upload.uploadId }));
  exchange.empty(204);
}

export function listParts(exchange: Exchange): void {
  exchange.allow('s3:ListMultipartUploadParts');
  const { upload, parts } = openUpload(exchange);
  const marker = Number(exchange.query.get('part-number-marker') ?? 0);
  const most = exchange.count('max-parts', maxListed);
  const after = [...parts.values()]
    .filter((part) => part.number > marker)
    .sort((a, b) => a.number - b.number);
  const page = after.slice(0, most);
  const algorithm = upload.checksum?.algorithm;
  exchange.xml(
    `<ListPartsResult ${namespace}>` +
      text('Bucket', upload.bucket) +
      text('Key', upload.key) +
      text('UploadId', upload.uploadId) +
      text('StorageClass', 'STANDARD') +
      text('PartNumberMarker', marker) +
      text('NextPartNumberMarker', page.at(-1)?.number ?? 0) +
      text('MaxParts', most) +
      text('IsTruncated', page.length < after.length) +
      text('ChecksumAlgorithm', algorithm) +
      text('ChecksumType', upload.checksum?.type) +
      page
        .map((part) =>
          element(
            'Part',
            text('PartNumber', part.number) +
              text('LastModified', isoTime(part.time)) +
              text('ETag', quoted(part.etag)) +
              text('Size', part.size) +
              (algorithm === undefined ? '' : text(`Checksum${algorithm}`, part.checksum)),
          ),
        )
        .join('') +
      '</ListPartsResult>',
  );
}
