import { Decoder } from 'jpeg-lossless-decoder-js';
import { SystoleError } from '../../errors.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import { checkSize } from './decoded.ts';
import { jpegHeader } from './jpeg-header.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

/** JPEG lossless (Process 14, all selection values): up to 8 bits by libjpeg-turbo, more by a slower decoder. */
export async function decodeJpegLossless(format: PictureFormat): Promise<Decode> {
  const eightBits = await decodeJpeg(format);
  const { rows, columns, samplesPerPixel, signed } = format;
  const count = rows * columns * samplesPerPixel;
  const colour = colourOf(format.photometricInterpretation);

  return (stored, lumaSuffices) => {
    const header = jpegHeader(stored);
    if (header.precision <= 8) return eightBits(stored, lumaSuffices);
    checkSize(format, header.rows, header.columns, header.components.length);
    const samples = decompress(stored, count);
    return { rows, columns, samples, samplesPerPixel, colour, bits: format.bitsStored, signed };
  };
}

function decompress(stored: Uint8Array, count: number): Uint16Array {
  let bytes: ArrayBuffer;
  try {
    bytes = new Decoder().decompress(stored.buffer, stored.byteOffset, stored.length);
  } catch (error) {
    throw new SystoleError('dicom_pixels', 'A lossless JPEG frame cannot be decoded.', { cause: error });
  }
  if (bytes.byteLength !== 2 * count)
    throw new SystoleError(
      'dicom_pixels',
      `A frame decodes to ${bytes.byteLength} bytes for ${count} samples.`,
    );
  return new Uint16Array(bytes);
}
