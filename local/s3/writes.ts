import { randomBytes } from 'node:crypto';
import { readBody, storeBody } from './body.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  type Digest,
  startDigest,
} from './checksums.ts';
import { checkWrite, conditionsOf, evaluate, preconditionFailed } from './conditions.ts';
import type { EventName, EventOrigin, ObjectVersion } from './entries.ts';
import { answerOf, S3Error } from './errors.ts';
import { checksumHeaders, type Exchange, versionHeaders } from './exchange.ts';
import { objectHeaders } from './object-headers.ts';
import { copyResult, readable } from './reads.ts';
import { element, namespace, parseXml, text } from './xml.ts';

const maxDeleteBytes = 2 << 20;
const maxDeleteKeys = 1000;

export function newVersionId(): string {
  return randomBytes(24).toString('base64url');
}

/** Where the event of a write comes from; undefined for a bucket whose events nobody receives. */
export function originOf(exchange: Exchange, name: EventName): EventOrigin | undefined {
  if (!exchange.buckets.get(exchange.bucket)?.events) return undefined;
  return {
    name,
    principal: exchange.principal,
    address: exchange.request.socket.remoteAddress ?? '127.0.0.1',
    requestId: exchange.requestId,
  };
}

export async function putObject(exchange: Exchange): Promise<void> {
  exchange.allow('s3:PutObject');
  const kept = objectHeaders(exchange.request.headers);
  const { bucket, key, objects } = exchange;
  checkWriteHeaders(exchange, objects.index.newest(bucket, key));
  const body = await storeBody(exchange);
  const checksum: Checksum | undefined = body.checksum && { ...body.checksum, type: 'FULL_OBJECT' };
  objects.blobs.retain(body.extents);
  try {
    const { put } = await objects.commit(bucket, key, (newest) => {
      checkWriteHeaders(exchange, newest);
      return {
        put: {
          bucket,
          key,
          ...newVersion(exchange),
          size: body.size,
          etag: body.md5,
          extents: body.extents,
          ...kept,
          checksum,
        },
        event: originOf(exchange, 'ObjectCreated:Put'),
      };
    });
    exchange.empty(200, versionHeaders(put));
  } finally {
    objects.blobs.release(body.extents);
  }
}

/** Identity and time of a version about to be committed. */
export function newVersion(exchange: Exchange): Pick<ObjectVersion, 'versionId' | 'sequence' | 'time'> {
  return { versionId: newVersionId(), sequence: exchange.objects.nextSequence(), time: Date.now() };
}

function checkWriteHeaders(exchange: Exchange, newest: ObjectVersion | undefined): void {
  checkWrite(exchange.header('if-match'), exchange.header('if-none-match'), newest);
}

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

export async function deleteObject(exchange: Exchange): Promise<void> {
  const result = await remove(
    exchange,
    exchange.key,
    exchange.query.get('versionId'),
    exchange.header('if-match'),
  );
  const headers: Record<string, string> = {};
  if (result.versionId !== undefined) headers['x-amz-version-id'] = result.versionId;
  if (result.marker) headers['x-amz-delete-marker'] = 'true';
  exchange.empty(204, headers);
}

/** Hides a key behind a delete marker or, where a version is named, removes that version for good. */
async function remove(
  exchange: Exchange,
  key: string,
  versionId: string | undefined,
  ifMatch: string | undefined,
): Promise<{ versionId: string | undefined; marker: boolean }> {
  const { bucket, objects } = exchange;
  exchange.allow(versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', bucket, key);
  if (versionId !== undefined) {
    const version = objects.version(bucket, key, versionId);
    if (version !== undefined)
      await objects.commit(bucket, key, () => ({ remove: { bucket, key, versionId } }));
    return { versionId, marker: version?.marker === true };
  }
  const { put } = await objects.commit(bucket, key, (newest) => {
    checkWrite(ifMatch, undefined, newest);
    return {
      put: {
        bucket,
        key,
        ...newVersion(exchange),
        marker: true as const,
        size: 0,
        etag: '',
        extents: [],
        headers: {},
        metadata: {},
      },
    };
  });
  return { versionId: put.versionId, marker: true };
}

/** DeleteObjects: up to 1000 keys, each with its own outcome. */
export async function deleteObjects(exchange: Exchange): Promise<void> {
  const request = parseXml(await readBody(exchange, maxDeleteBytes, 'body'), 'Delete');
  const wanted = request.children('Object').map((one) => ({
    key: one.text('Key') ?? '',
    versionId: one.text('VersionId'),
    etag: one.text('ETag'),
  }));
  if (wanted.length === 0 || wanted.length > maxDeleteKeys || wanted.some(({ key }) => key === ''))
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed.');
  const quiet = request.text('Quiet') === 'true';
  const results = await Promise.all(
    wanted.map(async ({ key, versionId, etag }) => {
      try {
        const { marker, ...removed } = await remove(exchange, key, versionId, etag);
        if (quiet) return '';
        const named =
          versionId === undefined
            ? text('DeleteMarker', true) + text('DeleteMarkerVersionId', removed.versionId)
            : text('VersionId', versionId) +
              (marker ? text('DeleteMarker', true) + text('DeleteMarkerVersionId', versionId) : '');
        return element('Deleted', text('Key', key) + named);
      } catch (error) {
        const { code, message } = answerOf(error);
        return element(
          'Error',
          text('Key', key) + text('VersionId', versionId) + text('Code', code) + text('Message', message),
        );
      }
    }),
  );
  exchange.xml(`<DeleteResult ${namespace}>${results.join('')}</DeleteResult>`);
}
