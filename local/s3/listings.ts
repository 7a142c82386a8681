import { uriEncode } from '../sigv4.ts';
import type { ObjectVersion, Upload } from './entries.ts';
import { S3Error } from './errors.ts';
import { type Exchange, isoTime, quoted } from './exchange.ts';
import { afterKey, afterPrefix, byteString, keyOf } from './sorted-keys.ts';
import { element, namespace, text } from './xml.ts';

const maxListed = 1000;
const owner = element('Owner', text('ID', 'systole') + text('DisplayName', 'systole'));

/** The parameters that all listings share. */
interface Listing {
  readonly prefix: string;
  readonly delimiter: string;
  readonly most: number;
  readonly encodingType: string | undefined;
  /** Writes a key as the request wants it. */
  readonly encode: (key: string) => string;
}

function listingOf(exchange: Exchange, action: string, maxName: string): Listing {
  const { query } = exchange;
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url')
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  const encode = (key: string) => (encodingType === undefined ? key : uriEncode(key).replaceAll('%2F', '/'));
  const prefix = query.get('prefix') ?? '';
  exchange.allow(action, exchange.bucket, prefix);
  return {
    prefix,
    delimiter: query.get('delimiter') ?? '',
    most: exchange.count(maxName, maxListed),
    encodingType,
    encode,
  };
}

/** One page of keys: those themselves and the common prefixes that stand for several, up to `most` in all. */
interface Page<T> {
  readonly items: readonly T[];
  readonly prefixes: readonly string[];
  /** Where the next page starts, a byte string; undefined when this is the last. */
  readonly next: string | undefined;
  /** The last key or common prefix on this page. */
  readonly last: string;
}

/** @param itemOf what to list of a key; undefined where it is hidden (its newest version is a delete marker) */
function page<T>(
  exchange: Exchange,
  listing: Listing,
  from: string,
  itemOf: (key: string) => T | undefined,
): Page<T> {
  const keys = exchange.objects.index.keys(exchange.bucket);
  const prefix = byteString(listing.prefix);
  const delimiter = byteString(listing.delimiter);
  const items: T[] = [];
  const prefixes: string[] = [];
  let last = '';
  let position = from;
  for (;;) {
    const found = keys.first(prefix, position);
    if (found === undefined) return { items, prefixes, next: undefined, last };
    const key = keyOf(found);
    const item = itemOf(key);
    if (item === undefined) {
      position = afterKey(found);
      continue;
    }
    if (items.length + prefixes.length >= listing.most)
      return { items, prefixes, next: listing.most === 0 ? undefined : position, last };
    const cut = delimiter === '' ? -1 : found.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      items.push(item);
      last = key;
      position = afterKey(found);
    } else {
      const common = found.slice(0, cut + delimiter.length);
      last = keyOf(common);
      prefixes.push(last);
      position = afterPrefix(common);
    }
  }
}

function visible(exchange: Exchange, key: string): ObjectVersion | undefined {
  const newest = exchange.objects.index.newest(exchange.bucket, key);
  return newest?.marker ? undefined : newest;
}

function contents(version: ObjectVersion, listing: Listing, withOwner: boolean): string {
  const { checksum } = version;
  return element(
    'Contents',
    text('Key', listing.encode(version.key)) +
      text('LastModified', isoTime(version.time)) +
      text('ETag', quoted(version.etag)) +
      (checksum === undefined
        ? ''
        : text('ChecksumAlgorithm', checksum.algorithm) + text('ChecksumType', checksum.type)) +
      text('Size', version.size) +
      text('StorageClass', 'STANDARD') +
      (withOwner ? owner : ''),
  );
}

function commonPrefixes(prefixes: readonly string[], listing: Listing): string {
  return prefixes.map((one) => element('CommonPrefixes', text('Prefix', listing.encode(one)))).join('');
}

function head(exchange: Exchange, listing: Listing): string {
  return (
    text('Name', exchange.bucket) +
    text('Prefix', listing.encode(listing.prefix)) +
    (listing.delimiter === '' ? '' : text('Delimiter', listing.encode(listing.delimiter))) +
    text('EncodingType', listing.encodingType)
  );
}

/** Where to go on after a marker: past the whole of a common prefix, past the key else. */
function afterMarker(marker: string, listing: Listing): string {
  const bytes = byteString(marker);
  const delimiter = byteString(listing.delimiter);
  const prefix = byteString(listing.prefix);
  if (delimiter === '' || !bytes.startsWith(prefix)) return afterKey(bytes);
  const cut = bytes.indexOf(delimiter, prefix.length);
  return cut < 0 ? afterKey(bytes) : afterPrefix(bytes.slice(0, cut + delimiter.length));
}

export function listObjectsV2(exchange: Exchange): void {
  const listing = listingOf(exchange, 's3:ListBucket', 'max-keys');
  const { query } = exchange;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const from =
    token !== undefined
      ? startOfToken(token)
      : startAfter !== undefined
        ? afterKey(byteString(startAfter))
        : '';
  const withOwner = query.get('fetch-owner') === 'true';
  const listed = page(exchange, listing, from, (key) => visible(exchange, key));
  exchange.xml(
    `<ListBucketResult ${namespace}>` +
      head(exchange, listing) +
      text('StartAfter', startAfter === undefined ? undefined : listing.encode(startAfter)) +
      text('ContinuationToken', token) +
      text(
        'NextContinuationToken',
        listed.next === undefined ? undefined : Buffer.from(listed.next, 'latin1').toString('base64url'),
      ) +
      text('KeyCount', listed.items.length + listed.prefixes.length) +
      text('MaxKeys', listing.most) +
      text('IsTruncated', listed.next !== undefined) +
      listed.items.map((version) => contents(version, listing, withOwner)).join('') +
      commonPrefixes(listed.prefixes, listing) +
      '</ListBucketResult>',
  );
}

function startOfToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== token)
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return bytes.toString('latin1');
}

/** ListObjects, the first version, which older tools use. */
export function listObjects(exchange: Exchange): void {
  const listing = listingOf(exchange, 's3:ListBucket', 'max-keys');
  const marker = exchange.query.get('marker') ?? '';
  const from = marker === '' ? '' : afterMarker(marker, listing);
  const listed = page(exchange, listing, from, (key) => visible(exchange, key));
  const truncated = listed.next !== undefined;
  exchange.xml(
    `<ListBucketResult ${namespace}>` +
      head(exchange, listing) +
      text('Marker', listing.encode(marker)) +
      text('NextMarker', truncated && listing.delimiter !== '' ? listing.encode(listed.last) : undefined) +
      text('MaxKeys', listing.most) +
      text('IsTruncated', truncated) +
      listed.items.map((version) => contents(version, listing, true)).join('') +
      commonPrefixes(listed.prefixes, listing) +
      '</ListBucketResult>',
  );
}

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
      head(exchange, listing) +
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

export function listMultipartUploads(exchange: Exchange): void {
  const { query, bucket, objects } = exchange;
  const listing = listingOf(exchange, 's3:ListBucketMultipartUploads', 'max-uploads');
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const order = (upload: Upload) => `${byteString(upload.key)}\x00${upload.uploadId}`;
  const start = `${byteString(keyMarker)}\x00${idMarker === '' ? '\xff' : idMarker}`;
  const uploads = [...objects.index.uploads.values()]
    .map(({ upload }) => upload)
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(listing.prefix))
    .filter((upload) => keyMarker === '' || order(upload) > start)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const shown = uploads.slice(0, listing.most);
  const truncated = shown.length < uploads.length;
  const last = shown.at(-1);
  exchange.xml(
    `<ListMultipartUploadsResult ${namespace}>` +
      text('Bucket', bucket) +
      text('Prefix', listing.encode(listing.prefix)) +
      text('EncodingType', listing.encodingType) +
      text('KeyMarker', listing.encode(keyMarker)) +
      text('UploadIdMarker', idMarker) +
      text('NextKeyMarker', truncated && last ? listing.encode(last.key) : undefined) +
      text('NextUploadIdMarker', truncated ? last?.uploadId : undefined) +
      text('MaxUploads', listing.most) +
      text('IsTruncated', truncated) +
      shown
        .map((upload) =>
          element(
            'Upload',
            text('Key', listing.encode(upload.key)) +
              text('UploadId', upload.uploadId) +
              owner +
              text('StorageClass', 'STANDARD') +
              text('Initiated', isoTime(upload.time)) +
              text('ChecksumAlgorithm', upload.checksum?.algorithm) +
              text('ChecksumType', upload.checksum?.type),
          ),
        )
        .join('') +
      '</ListMultipartUploadsResult>',
  );
}
