import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedRequest } from '../sigv4.ts';
import { type Checksum, checksumHeader } from './checksums.ts';
import type { ObjectVersion } from './entries.ts';
import { S3Error } from './errors.ts';
import type { VersionedObjects } from './versioned-objects.ts';
import { declaration } from './xml.ts';

/** Whether a principal may do `action` (an IAM action name) on a key; see `ObjectStoreOptions.authorize`. */
export type Authorize = (principal: string, action: string, bucket: string, key: string) => boolean;

/** What is set of one bucket. */
export interface BucketOptions {
  /** Whether s3:ObjectCreated:* of the bucket is delivered. */
  readonly events: boolean;
  /** Days after which objects are removed; absent: kept. */
  readonly expireAfterDays?: number;
}

/** One verified request, with all that an operation needs to answer it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly verified: VerifiedRequest;
  readonly objects: VersionedObjects;
  readonly region: string;
  /** Names of the buckets that there are. */
  readonly buckets: ReadonlyMap<string, BucketOptions>;
  /** '' for requests on the service or on the bucket. */
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly requestId: string;
  readonly #authorize: Authorize;

  constructor(
    parts: Pick<
      Exchange,
      | 'request'
      | 'response'
      | 'verified'
      | 'objects'
      | 'region'
      | 'buckets'
      | 'bucket'
      | 'key'
      | 'query'
      | 'requestId'
    >,
    authorize: Authorize,
  ) {
    this.request = parts.request;
    this.response = parts.response;
    this.verified = parts.verified;
    this.objects = parts.objects;
    this.region = parts.region;
    this.buckets = parts.buckets;
    this.bucket = parts.bucket;
    this.key = parts.key;
    this.query = parts.query;
    this.requestId = parts.requestId;
    this.#authorize = authorize;
  }

  get principal(): string {
    return this.verified.credentials.principal;
  }

  may(action: string, bucket = this.bucket, key = this.key): boolean {
    return this.#authorize(this.principal, action, bucket, key);
  }

  /** @throws S3Error AccessDenied */
  allow(action: string, bucket = this.bucket, key = this.key): void {
    if (!this.may(action, bucket, key))
      throw new S3Error('AccessDenied', `User ${this.principal} is not authorized to perform ${action}.`);
  }

  /** A request header's value; of a repeated one the first. */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return typeof value === 'string' ? value : value?.[0];
  }

  /**
   * A whole number between 0 and `most` from the query.
   * @throws S3Error InvalidArgument
   */
  count(name: string, most: number): number {
    const value = this.query.get(name);
    if (value === undefined || value === '') return most;
    if (!/^\d{1,9}$/.test(value)) throw new S3Error('InvalidArgument', `Provided ${name} not an integer.`);
    return Math.min(Number(value), most);
  }

  xml(body: string, headers: Readonly<Record<string, string>> = {}): void {
    const bytes = Buffer.from(declaration + body);
    this.response.writeHead(200, {
      ...headers,
      'content-type': 'application/xml',
      'content-length': bytes.length,
    });
    this.response.end(bytes);
  }

  empty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': 0 });
    this.response.end();
  }
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Seconds, as S3 keeps times, in the form of its XML. */
export function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}.000Z`;
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  return checksum === undefined
    ? {}
    : { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** What a successful write answers in its headers. */
export function versionHeaders(version: ObjectVersion): Record<string, string> {
  return {
    etag: quoted(version.etag),
    'x-amz-version-id': version.versionId,
    ...checksumHeaders(version.checksum),
  };
}
