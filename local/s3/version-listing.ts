import type { ObjectVersion } from './entries.ts';
import { type Exchange, isoTime, quoted } from './exchange.ts';
import { afterMarker, commonPrefixes, type Listing, listingHead, listingOf, owner } from './listings.ts';
import { afterKey, afterPrefix, byteString, keyOf } from './sorted-keys.ts';
import { element, namespace, text } from './xml.ts';

/** ListObjectVersions: all versions and delete markers, the newest of a key first. */
export function listObjectVersions(exchange: Exchange): void {
  const listing = listingOf(exchange, 's3:ListBucketVersions', 'max-keys');
  const { query, objects, bucket } = exchange;
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  const rows: string[] = [];
  let next: { key: string; versionId: string | undefined } | undefined;
  let last: { key: string; versionId: string | undefined } = { key: keyMarker, versionId: undefined };
  const take = (key: string, versionId: string | undefined, row: () => string): boolean => {
    if (rows.length >= listing.most) {
      next = listing.most === 0 ? undefined : last;
      return false;
    }
    rows.push(row());
    last = { key, versionId };
    return true;
  };
  // The key of the marker itself still has versions to show when a version of it is named.
  let position =
    keyMarker === '' ? '' : versionMarker === '' ? afterMarker(keyMarker, listing) : byteString(keyMarker);
  const keys = objects.index.keys(bucket);
  const prefix = byteString(listing.prefix);
  const delimiter = byteString(listing.delimiter);
  for (let more = true; more; ) {
    const found = keys.first(prefix, position);
    if (found === undefined) break;
    const key = keyOf(found);
    const cut = delimiter === '' ? -1 : found.indexOf(delimiter, prefix.length);
    if (cut >= 0) {
      const common = found.slice(0, cut + delimiter.length);
      more = take(keyOf(common), undefined, () => commonPrefixes([keyOf(common)], listing));
      position = afterPrefix(common);
      continue;
    }
    const newestFirst = [...objects.index.versions(bucket, key)].reverse();
    const skip =
      key === keyMarker && versionMarker !== ''
        ? newestFirst.findIndex(({ versionId }) => versionId === versionMarker) + 1
        : 0;
    for (const [at, version] of newestFirst.entries()) {
      if (at < skip || !more) continue;
      more = take(key, version.versionId, () => versionRow(version, at === 0, listing));
    }
    position = afterKey(found);
  }
  exchange.xml(
    `<ListVersionsResult ${namespace}>` +
      listingHead(exchange, listing) +
      text('KeyMarker', listing.encode(keyMarker)) +
      text('VersionIdMarker', versionMarker) +
      text('NextKeyMarker', next && listing.encode(next.key)) +
      text('NextVersionIdMarker', next?.versionId) +
      text('MaxKeys', listing.most) +
      text('IsTruncated', next !== undefined) +
      rows.join('') +
      '</ListVersionsResult>',
  );
}

function versionRow(version: ObjectVersion, latest: boolean, listing: Listing): string {
  const shared =
    text('Key', listing.encode(version.key)) +
    text('VersionId', version.versionId) +
    text('IsLatest', latest) +
    text('LastModified', isoTime(version.time)) +
    owner;
  return version.marker
    ? element('DeleteMarker', shared)
    : element(
        'Version',
        shared +
          text('ETag', quoted(version.etag)) +
          text('Size', version.size) +
          text('StorageClass', 'STANDARD'),
      );
}
