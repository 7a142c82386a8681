import { uriEncode } from '../sigv4.ts';
import type { ObjectVersion } from './entries.ts';
import { S3Error } from './errors.ts';
import { type Exchange, isoTime, quoted } from './exchange.ts';
import { afterKey, afterPrefix, byteString, keyOf } from './sorted-keys.ts';
import { element, namespace, text } from './xml.ts';

const maxListed = 1000;
export const owner = element('Owner', text('ID', 'systole') + text('DisplayName', 'systole'));

/** The parameters that all listings share. */
export interface Listing {
  readonly prefix: string;
  readonly delimiter: string;
  readonly most: number;
  readonly encodingType: string | undefined;
  /** Writes a key as the request wants it. */
  readonly encode: (key: string) => string;
}

export function listingOf(exchange: Exchange, action: string, maxName: string): Listing {
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

export function commonPrefixes(prefixes: readonly string[], listing: Listing): string {
  return prefixes.map((one) => element('CommonPrefixes', text('Prefix', listing.encode(one)))).join('');
}

export function listingHead(exchange: Exchange, listing: Listing): string {
  return (
    text('Name', exchange.bucket) +
    text('Prefix', listing.encode(listing.prefix)) +
    (listing.delimiter === '' ? '' : text('Delimiter', listing.encode(listing.delimiter))) +
    text('EncodingType', listing.encodingType)
  );
}

/** Where to go on after a marker: past the whole of a common prefix, past the key else. */
export function afterMarker(marker: string, listing: Listing): string {
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
      listingHead(exchange, listing) +
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
      listingHead(exchange, listing) +
      text('Marker', listing.encode(marker)) +
      text('NextMarker', truncated && listing.delimiter !== '' ? listing.encode(listed.last) : undefined) +
      text('MaxKeys', listing.most) +
      text('IsTruncated', truncated) +
      listed.items.map((version) => contents(version, listing, true)).join('') +
      commonPrefixes(listed.prefixes, listing) +
      '</ListBucketResult>',
  );
}
