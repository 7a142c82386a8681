import { createHash } from 'node:crypto';
import { readBody } from './body.ts';
import { type Checksum, checksumHeader, combinedChecksum, compositeChecksum } from './checksums.ts';
import { checkWrite } from './conditions.ts';
import type { ObjectVersion, Part, Upload } from './entries.ts';
import { S3Error } from './errors.ts';
import { checksumHeaders, type Exchange, quoted } from './exchange.ts';
import { openUpload } from './multipart.ts';
import type { OpenUpload } from './object-index.ts';
import { newVersion, originOf } from './writes.ts';
import { namespace, parseXml, text, type XmlElement } from './xml.ts';

const minPartBytes = 5 << 20;
const maxCompleteBytes = 4 << 20;

/** CompleteMultipartUpload: the new version refers to the bytes of the parts. */
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
