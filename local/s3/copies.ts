import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  type Digest,
  startDigest,
} from './checksums.ts';
import { conditionsOf, evaluate, preconditionFailed } from './conditions.ts';
import type { ObjectVersion } from './entries.ts';
import { S3Error } from './errors.ts';
import { checksumHeaders, type Exchange, isoTime, quoted } from './exchange.ts';
import { objectHeaders } from './object-headers.ts';
import { readable } from './reads.ts';
import { checkWriteHeaders, newVersion, originOf } from './writes.ts';
import { namespace, text } from './xml.ts';

/**
 * The version that x-amz-copy-source names, if it may be read and its conditions hold.
 * @throws S3Error InvalidArgument, AccessDenied, NoSuchBucket, NoSuchKey, NoSuchVersion, PreconditionFailed
 */
export function copySource(exchange: Exchange): ObjectVersion {
  const given = exchange.header('x-amz-copy-source') ?? '';
  const parts = /^\/?([^/?]+)\/(.+?)(?:\?versionId=([^&]*))?$/s.exec(given);
  let bucket: string;
  let key: string;
  try {
    bucket = decodeURIComponent(parts?.[1] ?? '');
    key = decodeURIComponent(parts?.[2] ?? '');
  } catch {
    throw new S3Error('InvalidArgument', 'The x-amz-copy-source header cannot be decoded.');
  }
  if (bucket === '' || key === '')
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: /bucket/key');
  if (!exchange.buckets.has(bucket)) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  const source = readable(exchange, bucket, key, parts?.[3]);
  const outcome = evaluate(
    conditionsOf((name) => exchange.header(name), 'x-amz-copy-source-'),
    source,
  );
  if (outcome !== 'send') throw preconditionFailed();
  return source;
}

/** CopyObject: the new version refers to the same bytes. */
export async function copyObject(exchange: Exchange): Promise<void> {
  exchange.allow('s3:PutObject');
  const { bucket, key, objects } = exchange;
  const source = copySource(exchange);
  const directive = exchange.header('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new S3Error('InvalidArgument', 'Unknown metadata directive.');
  const given = objectHeaders(exchange.request.headers);
  if (
    directive === 'COPY' &&
    source.bucket === bucket &&
    source.key === key &&
    source === objects.index.newest(bucket, key)
  )
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
    );
  const kept = directive === 'REPLACE' ? given : { headers: source.headers, metadata: source.metadata };
  objects.blobs.retain(source.extents);
  try {
    const digests = await copyDigests(exchange, source);
    const { put } = await objects.commit(bucket, key, (newest) => {
      checkWriteHeaders(exchange, newest);
      return {
        put: {
          bucket,
          key,
          ...newVersion(exchange),
          size: source.size,
          extents: source.extents,
          ...kept,
          ...digests,
        },
        event: originOf(exchange, 'ObjectCreated:Copy'),
      };
    });
    exchange.xml(copyResult('CopyObjectResult', put), {
      'x-amz-version-id': put.versionId,
      'x-amz-copy-source-version-id': source.versionId,
      ...checksumHeaders(put.checksum),
    });
  } finally {
    objects.blobs.release(source.extents);
  }
}

/** A copy is one piece whatever its source was: ETag and checksum of several parts are computed anew. */
async function copyDigests(
  exchange: Exchange,
  source: ObjectVersion,
): Promise<{ etag: string; checksum?: Checksum }> {
  const algorithm = checksumAlgorithm(exchange) ?? source.checksum?.algorithm;
  const sameChecksum = source.checksum?.algorithm === algorithm && source.checksum?.type !== 'COMPOSITE';
  if (sameChecksum && source.parts === undefined) return { etag: source.etag, checksum: source.checksum };
  const digested = await digestExtents(exchange, source, 0, source.size, algorithm);
  return {
    etag: digested.md5,
    checksum: algorithm && { algorithm, type: 'FULL_OBJECT', value: digested.checksum! },
  };
}

/** The algorithm that a copy or multipart upload asks for. @throws S3Error InvalidRequest */
export function checksumAlgorithm(exchange: Exchange): ChecksumAlgorithm | undefined {
  const named = exchange.header('x-amz-checksum-algorithm')?.toUpperCase();
  if (named === undefined) return undefined;
  const known = checksumAlgorithms.find((algorithm) => algorithm === named);
  if (known === undefined)
    throw new S3Error('InvalidRequest', `Checksum algorithm provided is unsupported: ${named}.`);
  return known;
}

/** MD5 (hexadecimal) and, if asked for, another checksum (base64) of bytes that are stored. */
export async function digestExtents(
  exchange: Exchange,
  source: ObjectVersion,
  start: number,
  end: number,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<{ md5: string; checksum?: string }> {
  const md5 = startDigest('MD5');
  const other: Digest | undefined = algorithm && startDigest(algorithm);
  for await (const piece of exchange.objects.blobs.read(source.extents, start, end)) {
    md5.update(piece);
    other?.update(piece);
  }
  return { md5: md5.digest().toString('hex'), checksum: other?.digest().toString('base64') };
}

/** ETag, time and checksum of a version, as the results of copies tell them. */
export function copyResult(
  root: string,
  result: { etag: string; time: number; checksum?: { algorithm: string; value: string; type?: string } },
): string {
  const { etag, time, checksum } = result;
  return (
    `<${root} ${namespace}>${text('LastModified', isoTime(time))}${text('ETag', quoted(etag))}` +
    (checksum === undefined
      ? ''
      : text(`Checksum${checksum.algorithm}`, checksum.value) + text('ChecksumType', checksum.type)) +
    `</${root}>`
  );
}
