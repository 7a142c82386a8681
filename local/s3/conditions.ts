import type { ObjectVersion } from './entries.ts';
import { S3Error } from './errors.ts';

/** The four conditions of RFC 9110, from the headers of a read or, with its prefix, of a copy's source. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** Reads the conditions that start with `prefix` ('' or 'x-amz-copy-source-'). */
export function conditionsOf(header: (name: string) => string | undefined, prefix: string): Conditions {
  return {
    ifMatch: header(`${prefix}if-match`),
    ifNoneMatch: header(`${prefix}if-none-match`),
    ifModifiedSince: header(`${prefix}if-modified-since`),
    ifUnmodifiedSince: header(`${prefix}if-unmodified-since`),
  };
}

/**
 * Whether the conditions let a version be read: 'send', 'not modified' or 'failed', in the order of precedence of
 * RFC 9110, section 13.2.2. Times count in whole seconds, and one that cannot be read is passed over.
 */
export function evaluate(conditions: Conditions, version: ObjectVersion): 'send' | 'not modified' | 'failed' {
  const changed = Math.floor(version.time / 1000);
  if (conditions.ifMatch !== undefined) {
    if (!matches(conditions.ifMatch, version.etag)) return 'failed';
  } else if (conditions.ifUnmodifiedSince !== undefined) {
    if (changed > secondsOf(conditions.ifUnmodifiedSince, Number.POSITIVE_INFINITY)) return 'failed';
  }
  if (conditions.ifNoneMatch !== undefined) {
    if (matches(conditions.ifNoneMatch, version.etag)) return 'not modified';
  } else if (conditions.ifModifiedSince !== undefined) {
    if (changed <= secondsOf(conditions.ifModifiedSince, Number.NEGATIVE_INFINITY)) return 'not modified';
  }
  return 'send';
}

/**
 * Holds the conditions of a write (If-None-Match: *, If-Match: ETAG) against the newest version of its key.
 * @throws S3Error PreconditionFailed, NoSuchKey (If-Match where nothing is), NotImplemented (other values)
 */
export function checkWrite(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
  newest: ObjectVersion | undefined,
): void {
  const present = newest === undefined || newest.marker ? undefined : newest;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*')
      throw new S3Error('NotImplemented', 'Writes take If-None-Match with the value * only.');
    if (present !== undefined) throw preconditionFailed();
  }
  if (ifMatch === undefined) return;
  if (present === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  if (!matches(ifMatch, present.etag)) throw preconditionFailed();
}

export function preconditionFailed(): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

function matches(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((one) =>
      one
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .some((one) => one === '*' || one === etag);
}

function secondsOf(date: string, otherwise: number): number {
  const time = Date.parse(date);
  return Number.isNaN(time) ? otherwise : Math.floor(time / 1000);
}
