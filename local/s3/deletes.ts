import { readBody } from './body.ts';
import { checkWrite } from './conditions.ts';
import { answerOf, S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { newVersion } from './writes.ts';
import { element, namespace, parseXml, text } from './xml.ts';

const maxDeleteBytes = 2 << 20;
const maxDeleteKeys = 1000;

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
