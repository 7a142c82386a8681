import { createHash, type Hash } from 'node:crypto';
import { type ChunkSigning, sameSignature, signatureOf } from '../sigv4.ts';
import { S3Error } from './errors.ts';

const maxHeaderBytes = 1024;
const maxTrailerBytes = 16 * 1024;
const emptyHash = createHash('sha256').digest('hex');

type State = 'size' | 'data' | 'end of data' | 'trailer' | 'done';

/**
 * Takes the framing off a body in the aws-chunked encoding:
 *
 *     SIZE[;chunk-signature=SIGNATURE]\r\n BYTES \r\n ... 0[;chunk-signature=SIGNATURE]\r\n [NAME:VALUE\r\n ...] \r\n
 *
 * and, where the body is signed, holds each chunk and the trailer against its signature.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
 */
export class AwsChunkedDecoder {
  /** The trailing headers, by lower-case name, once the body has ended. */
  readonly trailers = new Map<string, string>();
  readonly #signing: ChunkSigning | undefined;
  #state: State = 'size';
  #line: Buffer[] = [];
  #lineBytes = 0;
  #left = 0;
  #last = false;
  #chunkHash: Hash | undefined;
  #chunkSignature = '';
  #previous: string;
  #trailerBytes = 0;
  #signedTrailer = '';
  #trailerSignature: string | undefined;

  /** @param signing for the signed forms; absent for STREAMING-UNSIGNED-PAYLOAD-TRAILER. */
  constructor(signing?: ChunkSigning) {
    this.#signing = signing;
    this.#previous = signing?.seed ?? '';
  }

  /**
   * Decodes the next bytes of the body and returns the content in them, as views of `bytes`.
   * @throws S3Error IncompleteBody (broken framing), SignatureDoesNotMatch, MalformedTrailerError
   */
  push(bytes: Buffer): Buffer[] {
    const content: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const taken = bytes.subarray(at, at + this.#left);
        content.push(taken);
        this.#chunkHash?.update(taken);
        this.#left -= taken.length;
        at += taken.length;
        if (this.#left === 0) this.#state = 'end of data';
        continue;
      }
      if (this.#state === 'done') throw broken('bytes follow the last chunk');
      const newline = bytes.indexOf(10, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      this.#line.push(bytes.subarray(at, end));
      this.#lineBytes += end - at;
      at = end;
      if (this.#lineBytes > (this.#state === 'trailer' ? maxTrailerBytes : maxHeaderBytes))
        throw broken('a line of the framing is too long');
      if (newline >= 0) this.#takeLine();
    }
    return content;
  }

  /** Called when the body has ended. @throws S3Error IncompleteBody when the last chunk or its trailer is absent. */
  end(): void {
    if (this.#state !== 'done') throw broken('the body ends within a chunk');
  }

  #takeLine(): void {
    const line = Buffer.concat(this.#line).toString('latin1');
    this.#line = [];
    this.#lineBytes = 0;
    if (!line.endsWith('\r\n') && this.#state !== 'trailer') throw broken('a line does not end with CR LF');
    if (this.#state === 'size') this.#startChunk(line.slice(0, -2));
    else if (this.#state === 'end of data') {
      if (line !== '\r\n') throw broken('a chunk is longer than its size');
      this.#endChunk();
      this.#state = 'size';
    } else this.#takeTrailer(line);
  }

  #startChunk(line: string): void {
    const parts = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (parts === null) throw broken('the size of a chunk cannot be read');
    this.#left = Number.parseInt(parts[1]!, 16);
    if (this.#signing !== undefined) {
      if (parts[2] === undefined) throw mismatch();
      this.#chunkSignature = parts[2];
      this.#chunkHash = createHash('sha256');
    }
    if (this.#left > 0) {
      this.#state = 'data';
    } else {
      this.#last = true;
      this.#endChunk();
      this.#state = 'trailer';
    }
  }

  #endChunk(): void {
    if (this.#signing === undefined) return;
    const { key, timestamp, scope } = this.#signing;
    const hash = this.#last ? emptyHash : this.#chunkHash!.digest('hex');
    this.#previous = signatureOf(key, [
      'AWS4-HMAC-SHA256-PAYLOAD',
      timestamp,
      scope,
      this.#previous,
      emptyHash,
      hash,
    ]);
    if (!sameSignature(this.#previous, this.#chunkSignature)) throw mismatch();
  }

  #takeTrailer(line: string): void {
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > maxTrailerBytes) throw broken('the trailer is too long');
    const trimmed = line.trim();
    if (trimmed === '') {
      this.#endTrailer();
      return;
    }
    const colon = trimmed.indexOf(':');
    if (colon < 1) throw new S3Error('MalformedTrailerError', 'The trailer of the request is malformed.');
    const name = trimmed.slice(0, colon).trim().toLowerCase();
    const value = trimmed.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      this.#trailerSignature = value;
    } else {
      this.trailers.set(name, value);
      this.#signedTrailer += `${name}:${value}\n`;
    }
  }

  #endTrailer(): void {
    this.#state = 'done';
    if (this.#signing === undefined) return;
    if (this.trailers.size === 0 && this.#trailerSignature === undefined) return;
    const { key, timestamp, scope } = this.#signing;
    const hash = createHash('sha256').update(this.#signedTrailer).digest('hex');
    const lines = ['AWS4-HMAC-SHA256-TRAILER', timestamp, scope, this.#previous, hash];
    if (!sameSignature(signatureOf(key, lines), this.#trailerSignature ?? '')) throw mismatch();
  }
}

function broken(detail: string): S3Error {
  return new S3Error('IncompleteBody', `The aws-chunked body is malformed: ${detail}.`);
}

function mismatch(): S3Error {
  return new S3Error(
    'SignatureDoesNotMatch',
    'The signature of a chunk does not match the one that was calculated.',
  );
}
