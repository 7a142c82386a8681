import { SystoleError } from '../../errors.ts';

/**
 * Where the bytes of one DICOM object come from: a buffer, or an object store through ranged reads. The readers of
 * `echo/` pull what they need through it and never open anything themselves.
 */
export interface ByteSource {
  /** Bytes of the whole object. */
  readonly size: number;
  /** Exactly the bytes `[offset, offset + length)`; the reader never asks beyond `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The bytes of a file that is in memory as a whole. Reads are views, not copies. */
export function bytesInMemory(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/**
 * A source whose first bytes are already there (they were fetched to detect the format) and whose others come from
 * `fetchRange`, for instance an S3 GET with a Range header. A read that starts in the first bytes and ends beyond them
 * asks for the missing part only.
 */
export function rangedBytes(
  first: Uint8Array,
  size: number,
  fetchRange: (offset: number, length: number) => Promise<Uint8Array>,
): ByteSource {
  return {
    size,
    async read(offset, length) {
      const end = offset + length;
      if (end <= first.length) return first.subarray(offset, end);
      const known = offset < first.length ? first.subarray(offset) : new Uint8Array(0);
      const fetched = await fetchRange(offset + known.length, length - known.length);
      if (fetched.length !== length - known.length)
        throw new SystoleError('dicom_syntax', `A ranged read at offset ${offset} came back short.`);
      if (known.length === 0) return fetched;
      const joined = new Uint8Array(length);
      joined.set(known);
      joined.set(fetched, known.length);
      return joined;
    },
  };
}
