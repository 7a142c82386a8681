import type { Decoder } from 'emscripten-codec';
import { SystoleError } from '../../errors.ts';
import type { PictureFormat } from './picture.ts';

/**
 * Holds what a compressed frame says of itself against the DICOM header, before memory is taken for it.
 * @throws SystoleError `dicom_pixels` when they differ.
 */
export function checkSize(format: PictureFormat, rows: number, columns: number, components: number): void {
  if (rows !== format.rows || columns !== format.columns || components !== format.samplesPerPixel)
    throw new SystoleError(
      'dicom_pixels',
      `A frame has ${rows} x ${columns} x ${components} samples, the header says ` +
        `${format.rows} x ${format.columns} x ${format.samplesPerPixel}.`,
    );
}

/**
 * Decodes what lies in a codec's buffer.
 * @returns `count` samples, valid until it decodes again.
 * @throws SystoleError `dicom_pixels` when it cannot or gives another number of samples.
 */
export function decoded(decoder: Decoder, count: number): Uint8Array | Uint16Array {
  try {
    decoder.decode();
  } catch (error) {
    throw new SystoleError('dicom_pixels', 'A compressed frame cannot be decoded.', { cause: error });
  }
  const { buffer, byteOffset, length } = decoder.getDecodedBuffer();
  if (length === count) return new Uint8Array(buffer, byteOffset, count);
  if (length !== 2 * count)
    throw new SystoleError('dicom_pixels', `A frame decodes to ${length} bytes for ${count} samples.`);
  if (byteOffset % 2 === 0) return new Uint16Array(buffer, byteOffset, count);
  return new Uint16Array(buffer.slice(byteOffset, byteOffset + length));
}
