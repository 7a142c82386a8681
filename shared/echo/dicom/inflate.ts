import { constants, inflateRawSync } from 'node:zlib';
import { SystoleError } from '../../errors.ts';

const MiB = 1 << 20;

/** Output that any deflated object may have, however small it is. */
const alwaysAllowed = 16 * MiB;
/** Deflated ultrasound shrinks 2 to 30 times; a bomb, 1000 times. */
const largestRatio = 64;
/** The inflated object is held in memory as a whole. */
const largestOutput = 192 * MiB;

/** Bytes that `deflatedLength` bytes may become. */
function inflateLimit(deflatedLength: number): number {
  return Math.min(largestOutput, Math.max(alwaysAllowed, deflatedLength * largestRatio));
}

/**
 * Inflates a raw deflate stream (PS3.5 A.5, RFC 1951). A stream that breaks off gives what it holds, so that a truncated
 * cine keeps its whole frames.
 * @throws SystoleError `inflates_too_large` as soon as the output passes `limit` bytes; `dicom_syntax` when it is no
 * deflate stream.
 */
export function inflate(deflated: Uint8Array, limit = inflateLimit(deflated.length)): Uint8Array {
  try {
    return inflateRawSync(deflated, { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new SystoleError('inflates_too_large', `${deflated.length} bytes become more than ${limit}.`);
    throw new SystoleError('dicom_syntax', 'The deflated data set cannot be inflated.', { cause: error });
  }
}
