import loadCodec, { type JpegLsDecoder } from '@cornerstonejs/codec-charls/decodewasmjs';
import { codecOptions } from './codec-options.ts';
import { checkSize, decoded } from './decoded.ts';
import { interleave } from './interleave.ts';
import { jpegHeader } from './jpeg-header.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

/** One for the process: its memory is never given back, and nothing is decoded at the same time. */
let codec: Promise<JpegLsDecoder> | undefined;

/** JPEG-LS, lossless and near-lossless, by CharLS. */
export async function decodeJpegLs(format: PictureFormat): Promise<Decode> {
  codec ??= loadCodec(codecOptions('charlswasm_decode.wasm')).then(
    ({ JpegLSDecoder }) => new JpegLSDecoder(),
  );
  const decoder = await codec;
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
