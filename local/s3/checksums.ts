import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { crc64nvme } from './crc64nvme.ts';

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

/** A checksum as S3 keeps it with an object; `value` is base64, followed by `-PARTS` when it is composite. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
}

/** A checksum that is fed piece by piece. */
export interface Digest {
  update(bytes: Uint8Array): unknown;
  digest(): Buffer;
}

/** Bytes of a checksum. */
export const checksumBytes: Record<ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** The header (and trailer, and, without the x-amz- prefix, the XML element) that carries a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function startDigest(algorithm: ChecksumAlgorithm | 'MD5'): Digest {
  switch (algorithm) {
    case 'CRC32':
      return new CrcDigest((bytes, value) => BigInt(crc32(bytes, Number(value))), 4);
    case 'CRC32C':
      return new CrcDigest((bytes, value) => BigInt(crc32c(bytes, Number(value))), 4);
    case 'CRC64NVME':
      return new CrcDigest(crc64nvme, 8);
    default:
      return createHash(algorithm.toLowerCase());
  }
}

class CrcDigest implements Digest {
  readonly #step: (bytes: Uint8Array, value: bigint) => bigint;
  readonly #size: number;
  #value = 0n;

  constructor(step: (bytes: Uint8Array, value: bigint) => bigint, size: number) {
    this.#step = step;
    this.#size = size;
  }

  update(bytes: Uint8Array): void {
    this.#value = this.#step(bytes, this.#value);
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(this.#value);
    return bytes.subarray(8 - this.#size);
  }
}

/** The type that S3 gives the checksum of a multipart upload when the request names none. */
export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** Composite: the algorithm over the parts' checksums, one after the other. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const digest = startDigest(algorithm);
  for (const part of parts) digest.update(Buffer.from(part, 'base64'));
  return `${digest.digest().toString('base64')}-${parts.length}`;
}

/** Reflected polynomials and widths of the checksums that can be combined. */
const polynomials: Partial<Record<ChecksumAlgorithm, { polynomial: bigint; width: bigint }>> = {
  CRC32: { polynomial: 0xedb88320n, width: 32n },
  CRC32C: { polynomial: 0x82f63b78n, width: 32n },
  CRC64NVME: { polynomial: 0x9a6c9329ac4bc9b5n, width: 64n },
};

/** Whether the checksum of a whole follows from those of its parts. */
export function combines(algorithm: ChecksumAlgorithm): boolean {
  return polynomials[algorithm] !== undefined;
}

/**
 * The checksum of parts laid end to end, from the checksum and the size of each: crc(ab) = crc(a) x^(8|b|) + crc(b)
 * in the field's polynomials, as zlib's crc32_combine does it.
 * @throws RangeError for an algorithm that does not combine (SHA).
 */
export function combinedChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly value: string; readonly size: number }[],
): string {
  const field = polynomials[algorithm];
  if (field === undefined) throw new RangeError(`${algorithm} does not combine`);
  const { polynomial, width } = field;
  const top = 1n << (width - 1n);
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    let shifted = b;
    for (let bit = top; bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
    }
    return product;
  };
  const powerOfX = (exponent: number): bigint => {
    let power = top;
    let square = top >> 1n;
    for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) power = multiply(power, square);
      square = multiply(square, square);
    }
    return power;
  };
  let total = 0n;
  for (const { value, size } of parts) {
    const part = BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`);
    total = multiply(total, powerOfX(size * 8)) ^ part;
  }
  const bytes = Number(width) / 8;
  return Buffer.from(total.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64');
}
