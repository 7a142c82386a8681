import { randomBytes } from 'node:crypto';
import { storeBody } from './body.ts';
import type { Checksum } from './checksums.ts';
import { checkWrite } from './conditions.ts';
import type { EventName, EventOrigin, ObjectVersion } from './entries.ts';
import { type Exchange, versionHeaders } from './exchange.ts';
import { objectHeaders } from './object-headers.ts';

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
  return {
    versionId: randomBytes(24).toString('base64url'),
    sequence: exchange.objects.nextSequence(),
    time: Date.now(),
  };
}

/** Holds a write's conditions against what it would replace. @throws S3Error as `checkWrite` does */
export function checkWriteHeaders(exchange: Exchange, newest: ObjectVersion | undefined): void {
  checkWrite(exchange.header('if-match'), exchange.header('if-none-match'), newest);
}
