import type { Extent } from './blobs.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';

/** What S3 does to a key that an event tells of. */
export type EventName = 'ObjectCreated:Put' | 'ObjectCreated:Copy' | 'ObjectCreated:CompleteMultipartUpload';

/** What an event says beyond the version itself; kept with the version until the event is delivered. */
export interface EventOrigin {
  readonly name: EventName;
  readonly principal: string;
  readonly address: string;
  readonly requestId: string;
}

/** One version of an object, or a delete marker. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** Rises with every version of the whole store; the sequencer of its event. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly marker?: true;
  /** Bytes; 0 for a delete marker, as are the fields below empty. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly extents: readonly Extent[];
  /** Content-Type and the like, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** x-amz-meta-*, by lower-case name without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  /** Of an object made by a multipart upload: size and checksum of each part. */
  readonly parts?: readonly { readonly number: number; readonly size: number; readonly checksum?: string }[];
  /** The multipart upload that made it, which is over with this entry. */
  readonly uploadId?: string;
}

/** A multipart upload under way. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly time: number;
  readonly principal: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

export interface Part {
  readonly uploadId: string;
  readonly number: number;
  readonly time: number;
  readonly size: number;
  readonly etag: string;
  readonly extents: readonly Extent[];
  /** base64, of the upload's algorithm. */
  readonly checksum?: string;
}

/** A line of the journal. */
export type Entry =
  | { readonly put: ObjectVersion; readonly event?: EventOrigin }
  | { readonly remove: { readonly bucket: string; readonly key: string; readonly versionId: string } }
  | { readonly delivered: readonly number[] }
  | { readonly upload: Upload }
  | { readonly part: Part }
  | { readonly abort: string };
