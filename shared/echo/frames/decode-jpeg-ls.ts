import loadCodec from '@cornerstonejs/codec-charls/decodewasmjs';
import { codecOptions } from './codec-options.ts';
import { checkSize, decoded } from './decoded.ts';
import { interleave } from './interleave.ts';
import { jpegHeader } from './jpeg-header.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

let codec: ReturnType<typeof loadCodec> | undefined;

/** JPEG-LS, lossless and near-lossless, by CharLS. */
export async function decodeJpegLs(format: PictureFormat): Promise<Decode> {
  codec ??= loadCodec(codecOptions('charlswasm_decode.wasm'));
  const decoder = new (await codec).JpegLSDecoder();
  const { rows, columns, samplesPerPixel, signed } = format;
  const count = rows * columns * samplesPerPixel;
  const colour = colourOf(format.photometricInterpretation);

  return (stored) => {
    const header = jpegHeader(stored);
    checkSize(format, header.rows, header.columns, header.components.length);
    decoder.getEncodedBuffer(stored.length).set(stored);
    const plain = decoded(decoder, count);
    const samples = samplesPerPixel === 3 && decoder.getInterleaveMode() === 0 ? interleave(plain) : plain;
    return { rows, columns, samples, samplesPerPixel, colour, bits: format.bitsStored, signed };
  };
}
