import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumBytes,
  combinedChecksum,
  combines,
  compositeChecksum,
  startDigest,
} from '../../../local/s3/checksums.ts';

const seeds = [1, Date.now() & 0x7fffffff];

function checksum(algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): string {
  const digest = startDigest(algorithm);
  for (const piece of pieces) digest.update(piece);
  return digest.digest().toString('base64');
}

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

test('the check values of the CRC catalogue', () => {
  const check = Buffer.from('123456789');
  expect(hex(checksum('CRC32', check))).toBe('cbf43926');
  expect(hex(checksum('CRC32C', check))).toBe('e3069283');
  expect(hex(checksum('CRC64NVME', check))).toBe('ae8b14860a799888');
  // RFC 3720, B.4: 32 bytes of zeroes, of ones, and 0 to 31.
  const crc32c = (bytes: Buffer) => hex(checksum('CRC32C', bytes));
  expect(crc32c(Buffer.alloc(32))).toBe('8a9136aa');
  expect(crc32c(Buffer.alloc(32, 255))).toBe('62a8ab43');
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, at) => at)))).toBe('46dd794e');
  expect(hex(checksum('CRC64NVME', Buffer.alloc(4096)))).toBe('6482d367eb22b64e');
});

test.each(seeds)('pieces, parts and the whole agree (seed %i)', (seed) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 }), (pieces) => {
      const whole = Buffer.concat(pieces);
      for (const algorithm of checksumAlgorithms) {
        const value = checksum(algorithm, whole);
        expect(Buffer.from(value, 'base64')).toHaveLength(checksumBytes[algorithm]);
        expect(checksum(algorithm, ...pieces)).toBe(value);
        const parts = pieces.map((piece) => ({ value: checksum(algorithm, piece), size: piece.length }));
        if (combines(algorithm)) expect(combinedChecksum(algorithm, parts)).toBe(value);
        else expect(() => combinedChecksum(algorithm, parts)).toThrow(RangeError);
      }
    }),
    { seed, numRuns: 200 },
  );
});

test('combines parts of many megabytes', () => {
  const part = Buffer.alloc(8 << 20, 'part');
  const value = checksum('CRC32', part);
  const parts = Array.from({ length: 25 }, () => ({ value, size: part.length }));
  let whole = 0;
  for (let at = 0; at < 25; at++) whole = crc32(part, whole);
  expect(hex(combinedChecksum('CRC32', parts))).toBe(whole.toString(16).padStart(8, '0'));
});

test('a composite checksum is that of the checksums', () => {
  const parts = ['a', 'b'].map((text) => createHash('sha256').update(text).digest());
  const expected = createHash('sha256').update(Buffer.concat(parts)).digest('base64');
  expect(
    compositeChecksum(
      'SHA256',
      parts.map((part) => part.toString('base64')),
    ),
  ).toBe(`${expected}-2`);
});
