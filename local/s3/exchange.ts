import type { IncomingMessage, ServerResponse } from 'node:http';
import { queryPairs, type VerifiedRequest } from '../sigv4.ts';
import { type Checksum, checksumHeader } from './checksums.ts';
import type { ObjectVersion } from './entries.ts';
import { S3Error } from './errors.ts';
import type { VersionedObjects } from './versioned-objects.ts';
import { declaration } from './xml.ts';

const maxKeyBytes = 1024;

/** Whether a principal may do `action` (an IAM action name) on a key; see `ObjectStoreOptions.authorize`. */
export type Authorize = (principal: string, action: string, bucket: string, key: string) => boolean;

/** What is set of one bucket. */
export interface BucketOptions {
  /** Whether s3:ObjectCreated:* of the bucket is delivered. */
  readonly events: boolean;
  /** Days after which objects are removed; absent: kept. */
  readonly expireAfterDays?: number;
}

/** What all requests to one store share. */
export interface Service {
  readonly objects: VersionedObjects;
  readonly region: string;
  readonly buckets: ReadonlyMap<string, BucketOptions>;
  readonly authorize: Authorize;
}

/** One verified request, with all that an operation needs to answer it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly verified: VerifiedRequest;
  readonly requestId: string;
  /** '' for requests on the service. */
  readonly bucket: string;
  /** '' for requests on the service or on the bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly #service: Service;

  /** @throws S3Error InvalidURI, KeyTooLongError */
  constructor(
    service: Service,
    request: IncomingMessage,
    response: ServerResponse,
    verified: VerifiedRequest,
    requestId: string,
  ) {
    this.#service = service;
    this.request = request;
    this.response = response;
    this.verified = verified;
    this.requestId = requestId;
    const url = request.url ?? '/';
    const { bucket, key } = targetOf(url);
    this.bucket = bucket;
    this.key = key;
    this.query = new Map(queryPairs(url));
  }

  get objects(): VersionedObjects {
    return this.#service.objects;
  }

  get region(): string {
    return this.#service.region;
  }

  /** The buckets there are, by name. */
  get buckets(): ReadonlyMap<string, BucketOptions> {
    return this.#service.buckets;
  }

  get principal(): string {
    return this.verified.credentials.principal;
  }

  /** @throws S3Error AccessDenied */
  allow(action: string, bucket = this.bucket, key = this.key): void {
    if (!this.#service.authorize(this.principal, action, bucket, key))
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

/** Bucket and key of a path-style request target. @throws S3Error InvalidURI, KeyTooLongError */
function targetOf(url: string): { bucket: string; key: string } {
  const parts = /^\/([^/?]*)(?:\/([^?]*))?/.exec(url);
  let bucket: string;
  let key: string;
  try {
    bucket = decodeURIComponent(parts?.[1] ?? '');
    key = decodeURIComponent(parts?.[2] ?? '');
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
  if (parts === null || (bucket === '' && key !== ''))
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  if (Buffer.byteLength(key) > maxKeyBytes) throw new S3Error('KeyTooLongError', 'Your key is too long');
  return { bucket, key };
}
