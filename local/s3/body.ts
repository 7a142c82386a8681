import { createHash } from 'node:crypto';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { type BlobWriter, type Extent, packedBytes } from './blobs.ts';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumBytes,
  checksumHeader,
  type Digest,
  startDigest,
} from './checksums.ts';
import { S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';

const maxObjectBytes = 5 * 2 ** 30;

/** A body that lies in the blob folder, every digest that came with it verified; nothing refers to it yet. */
export interface StoredBody {
  readonly size: number;
  readonly extents: readonly Extent[];
  /** MD5 in hexadecimal. */
  readonly md5: string;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/**
 * Streams a request's content to the blob folder, in bounded memory.
 * @param algorithm checksum to compute where the request brings none of its own
 * @throws S3Error BadDigest, InvalidDigest, IncompleteBody, EntityTooLarge, MissingContentLength,
 *   SignatureDoesNotMatch, XAmzContentSHA256Mismatch; nothing is left behind then
 */
export async function storeBody(exchange: Exchange, algorithm?: ChecksumAlgorithm): Promise<StoredBody> {
  const { blobs } = exchange.objects;
  const content = new Content(exchange, declaredChecksum(exchange), algorithm);
  if (content.size <= packedBytes) {
    const bytes = await content.whole();
    const digests = content.verify();
    const extents = bytes.length === 0 ? [] : [await blobs.append(bytes)];
    return { size: content.size, extents, ...digests };
  }
  let writer: BlobWriter | undefined;
  try {
    writer = await blobs.create();
    for await (const bytes of content.pieces()) await writer.write(bytes);
    const digests = content.verify();
    return { size: content.size, extents: [await writer.finish()], ...digests };
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

/**
 * Reads a small body whole (an XML document), verified as those of objects are.
 * @param checksumOf what a checksum in the headers is of: the body or, when an upload is completed, the object
 */
export async function readBody(
  exchange: Exchange,
  maxBytes: number,
  checksumOf: 'body' | 'object',
): Promise<Buffer> {
  const content = new Content(exchange, checksumOf === 'body' ? declaredChecksum(exchange) : undefined);
  if (content.size > maxBytes) throw new S3Error('MalformedXML', 'The XML you provided is too large.');
  const bytes = await content.whole();
  content.verify();
  return bytes;
}

interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly expected: 'trailer' | string;
}

/** The content of a request: its framing taken off, its length and digests checked. */
class Content {
  readonly size: number;
  readonly #exchange: Exchange;
  readonly #decoder: AwsChunkedDecoder | undefined;
  readonly #md5 = startDigest('MD5');
  readonly #contentMd5: Buffer | undefined;
  readonly #signedHash: { readonly expected: string; readonly digest: Digest } | undefined;
  readonly #checksum:
    | {
        readonly algorithm: ChecksumAlgorithm;
        readonly expected: 'trailer' | 'none' | string;
        readonly digest: Digest;
      }
    | undefined;
  #received = 0;

  constructor(exchange: Exchange, declared: DeclaredChecksum | undefined, algorithm?: ChecksumAlgorithm) {
    this.#exchange = exchange;
    const { payloadHash, signing } = exchange.verified;
    const chunked = payloadHash.startsWith('STREAMING-');
    this.size = sizeOf(exchange.header(chunked ? 'x-amz-decoded-content-length' : 'content-length'));
    if (chunked) {
      const form = chunkedForms.get(payloadHash);
      if (form === undefined)
        throw new S3Error('NotImplemented', `The payload form ${payloadHash} is not implemented.`);
      this.#decoder = new AwsChunkedDecoder(form === 'signed' ? signing : undefined);
    } else if (payloadHash !== 'UNSIGNED-PAYLOAD') {
      if (!/^[0-9a-f]{64}$/.test(payloadHash))
        throw new S3Error(
          'InvalidArgument',
          'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- form or a valid sha256 value.',
        );
      this.#signedHash = { expected: payloadHash, digest: createHash('sha256') };
    }
    const contentMd5 = exchange.header('content-md5');
    if (contentMd5 !== undefined) this.#contentMd5 = digestBytes(contentMd5, 16);
    if (declared !== undefined) this.#checksum = { ...declared, digest: startDigest(declared.algorithm) };
    else if (algorithm !== undefined)
      this.#checksum = { algorithm, expected: 'none', digest: startDigest(algorithm) };
  }

  async *pieces(): AsyncGenerator<Buffer> {
    // The socket stays open when reading stops early, so that the error can still be answered.
    const body = this.#exchange.request.iterator({ destroyOnReturn: false });
    for await (const bytes of body as AsyncIterable<Buffer>) {
      for (const piece of this.#decoder === undefined ? [bytes] : this.#decoder.push(bytes)) {
        this.#received += piece.length;
        if (this.#received > this.size) throw incomplete();
        this.#md5.update(piece);
        this.#signedHash?.digest.update(piece);
        this.#checksum?.digest.update(piece);
        yield piece;
      }
    }
    this.#decoder?.end();
    if (this.#received !== this.size) throw incomplete();
  }

  async whole(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces()) pieces.push(piece);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Holds what came against every digest that was announced. */
  verify(): Pick<StoredBody, 'md5' | 'checksum'> {
    const md5 = this.#md5.digest();
    if (this.#contentMd5 !== undefined && !md5.equals(this.#contentMd5))
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    if (
      this.#signedHash !== undefined &&
      this.#signedHash.digest.digest().toString('hex') !== this.#signedHash.expected
    )
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    if (this.#checksum === undefined) return { md5: md5.toString('hex') };
    const { algorithm, expected, digest } = this.#checksum;
    const value = digest.digest();
    const claimed =
      expected === 'trailer' ? this.#decoder?.trailers.get(checksumHeader(algorithm)) : expected;
    if (claimed === undefined)
      throw new S3Error('MalformedTrailerError', 'The announced trailer did not come.');
    if (claimed !== 'none' && !value.equals(digestBytes(claimed, checksumBytes[algorithm])))
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    return { md5: md5.toString('hex'), checksum: { algorithm, value: value.toString('base64') } };
  }
}

const chunkedForms = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'signed'],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'signed'],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'unsigned'],
]);

const knownChecksumHeaders = new Set([
  ...checksumAlgorithms.map(checksumHeader),
  'x-amz-checksum-algorithm',
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
]);

function sizeOf(length: string | undefined): number {
  if (length === undefined)
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (!/^\d{1,15}$/.test(length)) throw new S3Error('InvalidArgument', 'The content length is malformed.');
  const size = Number(length);
  if (size > maxObjectBytes)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  return size;
}

/** The one checksum that a request brings in a header or announces in its trailer. */
function declaredChecksum(exchange: Exchange): DeclaredChecksum | undefined {
  const found: DeclaredChecksum[] = [];
  const trailers = (exchange.header('x-amz-trailer') ?? '').split(',').map((one) => one.trim().toLowerCase());
  for (const algorithm of checksumAlgorithms) {
    const header = checksumHeader(algorithm);
    const value = exchange.header(header);
    if (value !== undefined) found.push({ algorithm, expected: value });
    if (trailers.includes(header)) found.push({ algorithm, expected: 'trailer' });
  }
  if (found.length > 1)
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  for (const name in exchange.request.headers)
    if (name.startsWith('x-amz-checksum-') && !knownChecksumHeaders.has(name))
      throw new S3Error('InvalidRequest', `The checksum header ${name} is not supported.`);
  const [only] = found;
  if (only !== undefined && only.expected !== 'trailer')
    digestBytes(only.expected, checksumBytes[only.algorithm]);
  return only;
}

/** @throws S3Error InvalidDigest when the text is not base64 of that many bytes */
function digestBytes(text: string, length: number): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== length || bytes.toString('base64') !== text)
    throw new S3Error('InvalidDigest', 'The Content-MD5 or checksum value you specified was invalid.');
  return bytes;
}

function incomplete(): S3Error {
  return new S3Error(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );
}
