import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { packedBytes } from './blobs.ts';
import { type ByteRange, byteRange } from './byte-range.ts';
import { conditionsOf, evaluate, preconditionFailed } from './conditions.ts';
import type { ObjectVersion } from './entries.ts';
import { S3Error } from './errors.ts';
import { checksumHeaders, type Exchange, quoted } from './exchange.ts';
import { element, namespace, text } from './xml.ts';

/** Query parameters of a GET that replace headers of its answer. */
const overrides = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/**
 * The version that a read names, if the principal may read it.
 * @throws S3Error AccessDenied, NoSuchKey, NoSuchVersion, MethodNotAllowed (a delete marker, named by its version)
 */
export function readable(
  exchange: Exchange,
  bucket: string,
  key: string,
  versionId: string | undefined,
): ObjectVersion {
  exchange.allow(versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', bucket, key);
  const version = exchange.objects.version(bucket, key, versionId);
  if (version !== undefined && !version.marker) return version;
  // As on AWS: who may not list is not told whether a key exists.
  exchange.allow('s3:ListBucket', bucket, '');
  if (version === undefined)
    throw versionId === undefined
      ? new S3Error('NoSuchKey', 'The specified key does not exist.')
      : new S3Error('NoSuchVersion', 'The specified version does not exist.');
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  throw versionId === undefined
    ? new S3Error('NoSuchKey', 'The specified key does not exist.', headers)
    : new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
        ...headers,
        allow: 'DELETE',
      });
}

/** GetObject, and HeadObject, which differs in sending no body. */
export async function getObject(exchange: Exchange): Promise<void> {
  const { query } = exchange;
  const version = readable(exchange, exchange.bucket, exchange.key, query.get('versionId'));
  const identity = {
    etag: quoted(version.etag),
    'last-modified': new Date(version.time).toUTCString(),
    'x-amz-version-id': version.versionId,
  };
  const outcome = evaluate(
    conditionsOf((name) => exchange.header(name), ''),
    version,
  );
  if (outcome === 'failed') throw preconditionFailed();
  if (outcome === 'not modified') {
    exchange.response.writeHead(304, identity);
    exchange.response.end();
    return;
  }
  const headers: Record<string, string> = { ...version.headers, ...identity, 'accept-ranges': 'bytes' };
  for (const name of overrides) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) headers[name] = value;
  }
  for (const name in version.metadata) headers[`x-amz-meta-${name}`] = version.metadata[name]!;
  const partNumber = query.get('partNumber');
  const range =
    partNumber === undefined
      ? byteRange(exchange.header('range'), version.size)
      : partRange(version, partNumber, headers);
  if (exchange.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && range === undefined)
    Object.assign(headers, checksumHeaders(version.checksum));
  const { start, end } = range ?? { start: 0, end: version.size };
  if (range !== undefined) headers['content-range'] = `bytes ${start}-${end - 1}/${version.size}`;
  headers['content-length'] = String(end - start);
  await send(exchange, version, range === undefined ? 200 : 206, headers, { start, end });
}

/** The bytes of one part of an object; undefined where that is the whole of one that has no parts. */
function partRange(
  version: ObjectVersion,
  partNumber: string,
  headers: Record<string, string>,
): ByteRange | undefined {
  const number = /^\d{1,5}$/.test(partNumber) ? Number(partNumber) : 0;
  if (version.parts === undefined && number === 1) return undefined;
  const parts = version.parts ?? [];
  if (number < 1 || number > parts.length)
    throw new S3Error('InvalidRange', 'The requested partnumber is not satisfiable');
  headers['x-amz-mp-parts-count'] = String(parts.length);
  const start = parts.slice(0, number - 1).reduce((sum, part) => sum + part.size, 0);
  return { start, end: start + parts[number - 1]!.size };
}

async function send(
  exchange: Exchange,
  version: ObjectVersion,
  status: number,
  headers: Record<string, string>,
  { start, end }: ByteRange,
): Promise<void> {
  const { request, response, objects } = exchange;
  if (request.method === 'HEAD' || start === end) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  const { extents } = version;
  // The content stays although its version may be deleted meanwhile.
  objects.blobs.retain(extents);
  try {
    if (end - start <= packedBytes) {
      const pieces: Buffer[] = [];
      for await (const piece of objects.blobs.read(extents, start, end)) pieces.push(piece);
      response.writeHead(status, headers);
      response.end(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
    } else {
      response.writeHead(status, headers);
      const body = Readable.from(objects.blobs.read(extents, start, end), {
        objectMode: false,
        highWaterMark: 1,
      });
      await pipeline(body, response);
    }
  } finally {
    objects.blobs.release(extents);
  }
}

/** GetObjectAttributes, with the parts of an object made by a multipart upload. */
export function getObjectAttributes(exchange: Exchange): void {
  const versionId = exchange.query.get('versionId');
  exchange.allow(versionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes');
  const version = readable(exchange, exchange.bucket, exchange.key, versionId);
  const wanted = (exchange.header('x-amz-object-attributes') ?? '').split(',').map((one) => one.trim());
  if (wanted[0] === '')
    throw new S3Error('InvalidArgument', 'The header x-amz-object-attributes must be given.');
  const { checksum, parts } = version;
  const checksumElement = (value: string | undefined) =>
    checksum === undefined ? '' : text(`Checksum${checksum.algorithm}`, value);
  const xml = {
    ETag: text('ETag', version.etag),
    Checksum:
      checksum === undefined
        ? ''
        : element(
            'Checksum',
            checksumElement(checksum.value.replace(/-\d+$/, '')) + text('ChecksumType', checksum.type),
          ),
    ObjectParts:
      parts === undefined
        ? ''
        : element(
            'ObjectParts',
            text('PartsCount', parts.length) +
              parts
                .map((part) =>
                  element(
                    'Part',
                    text('PartNumber', part.number) +
                      text('Size', part.size) +
                      checksumElement(part.checksum),
                  ),
                )
                .join(''),
          ),
    StorageClass: text('StorageClass', 'STANDARD'),
    ObjectSize: text('ObjectSize', version.size),
  };
  const body = Object.entries(xml)
    .filter(([name]) => wanted.includes(name))
    .map(([, value]) => value)
    .join('');
  exchange.xml(`<GetObjectAttributesResponse ${namespace}>${body}</GetObjectAttributesResponse>`, {
    'last-modified': new Date(version.time).toUTCString(),
    'x-amz-version-id': version.versionId,
  });
}

/** GetObjectTagging: objects have no tags here (a write that brings some is refused). */
export function getObjectTagging(exchange: Exchange): void {
  const versionId = exchange.query.get('versionId');
  exchange.allow(versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging');
  const version = readable(exchange, exchange.bucket, exchange.key, versionId);
  exchange.xml(`<Tagging ${namespace}><TagSet></TagSet></Tagging>`, {
    'x-amz-version-id': version.versionId,
  });
}
