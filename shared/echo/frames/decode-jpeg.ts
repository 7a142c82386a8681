import loadCodec from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import type { Decoder } from 'emscripten-codec';
import { SystoleError } from '../../errors.ts';
import { codecOptions } from './codec-options.ts';
import { checkSize, decoded } from './decoded.ts';
import { isRgb, type JpegHeader, jpegHeader } from './jpeg-header.ts';
import { jpegLuma } from './jpeg-luma.ts';
import { colourOf, type Decode, type Picture, type PictureFormat } from './picture.ts';

/** Adobe's APP14 segment; the last byte is the colour transform. */
const adobe = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

const lossless = 0xc3;

/** One for the process: its memory is never given back, and nothing is decoded at the same time. */
let codec: Promise<Decoder> | undefined;

/**
 * JPEG with 8 bits a sample (baseline, extended, progressive, lossless) by libjpeg-turbo; grey of 12 bits by the kernel. The codec guesses the colour
 * space from the markers alone, and has no way to be told; so the stream's application segments are replaced by Adobe's,
 * whose flag says what the samples are. Where grey is wanted, the luma of plain baseline frames is decoded alone, and
 * for all others the flag says "no transform", so that the first component that comes out is the luma. Lossless streams
 * hold what the header says, never transformed.
 */
export async function decodeJpeg(format: PictureFormat): Promise<Decode> {
  codec ??= loadCodec(codecOptions('libjpegturbowasm_decode.wasm')).then(
    ({ JPEGDecoder }) => new JPEGDecoder(),
  );
  const decoder = await codec;
  const { rows, columns, samplesPerPixel } = format;
  const grey = new Uint8Array(rows * columns);
  const single = samplesPerPixel === 1 ? colourOf(format.photometricInterpretation) : 'grey';
  const greyPicture: Picture = {
    rows,
    columns,
    samples: grey,
    samplesPerPixel: 1,
    colour: single,
    bits: 8,
    signed: format.signed,
  };

  return (stored, lumaSuffices) => {
    const header = jpegHeader(stored);
    checkSize(format, header.rows, header.columns, header.components.length);
    if (header.precision > 8) return wide(stored, header, format);
    const rgb = samplesPerPixel === 3 && hasRgb(header, format);
    if (lumaSuffices && !rgb && header.process !== lossless && jpegLuma(stored, rows, columns, grey))
      return greyPicture;
    const transform = samplesPerPixel === 3 && !rgb && !lumaSuffices && header.process !== lossless;
    const tail = stored.subarray(header.applicationEnd);
    const encoded = decoder.getEncodedBuffer(2 + adobe.length + tail.length);
    encoded.set(stored.subarray(0, 2));
    encoded.set(adobe, 2);
    encoded[2 + adobe.length - 1] = transform ? 1 : 0;
    encoded.set(tail, 2 + adobe.length);
    const samples = decoded(decoder, rows * columns * samplesPerPixel);
    const colour = samplesPerPixel === 1 ? single : rgb || transform ? 'rgb' : 'ybr';
    return { rows, columns, samples, samplesPerPixel, colour, bits: 8, signed: format.signed };
  };
}

/** Extended JPEG of 12 bits a sample, which the codec does not know: in grey, and sequential. */
function wide(stored: Uint8Array, header: JpegHeader, format: PictureFormat): Picture {
  const { rows, columns, samplesPerPixel, signed, bitsStored } = format;
  const { precision } = header;
  if (precision !== 12 || samplesPerPixel !== 1)
    throw new SystoleError('transfer_syntax', `JPEG with ${samplesPerPixel} x ${precision} bits a pixel.`);
  const samples = new Uint16Array(rows * columns);
  if (!jpegLuma(stored, rows, columns, samples))
    throw new SystoleError('dicom_pixels', 'A JPEG frame of 12 bits cannot be decoded.');
  const colour = colourOf(format.photometricInterpretation);
  return { rows, columns, samples, samplesPerPixel, colour, bits: Math.min(bitsStored, precision), signed };
}

function hasRgb(header: JpegHeader, { photometricInterpretation }: PictureFormat): boolean {
  return header.process === lossless
    ? photometricInterpretation === 'RGB'
    : isRgb(header, photometricInterpretation);
}
