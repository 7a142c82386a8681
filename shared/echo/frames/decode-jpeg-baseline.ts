import loadCodec from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import { SystoleError } from '../../errors.ts';
import { codecBinary } from './codec-binary.ts';
import { isRgb, jpegHeader } from './jpeg-header.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

/** Adobe's APP14 segment; the last byte is the colour transform. */
const adobe = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

let codec: ReturnType<typeof loadCodec> | undefined;

/**
 * JPEG with 8 bits a sample, sequential or progressive, by libjpeg-turbo. The codec guesses the colour space from the
 * markers alone, and has no way to be told; so its own application segments are replaced by Adobe's, whose flag says
 * what the samples are. Where grey is wanted, the flag says "no transform", and the first component that comes out is
 * the luma, computed without the way over RGB.
 */
export async function decodeJpegBaseline(format: PictureFormat): Promise<Decode> {
  codec ??= loadCodec({ wasmBinary: codecBinary('libjpegturbowasm_decode.wasm') });
  const decoder = new (await codec).JPEGDecoder();
  const { rows, columns } = format;

  return (stored, lumaSuffices) => {
    const header = jpegHeader(stored);
    const count = header.components.length;
    if (header.rows !== rows || header.columns !== columns)
      throw new SystoleError(
        'dicom_pixels',
        `A frame has ${header.rows} x ${header.columns} pixels, the header says ${rows} x ${columns}.`,
      );
    if (header.precision !== 8 || (count !== 1 && count !== 3) || count !== format.samplesPerPixel)
      throw new SystoleError(
        'dicom_pixels',
        `A frame has ${count} components of ${header.precision} bits, which its header contradicts.`,
      );
    const rgb = count === 3 && isRgb(header, format.photometricInterpretation);
    const transform = count === 3 && !rgb && !lumaSuffices;
    const tail = stored.subarray(header.applicationEnd);
    const encoded = decoder.getEncodedBuffer(2 + adobe.length + tail.length);
    encoded.set(stored.subarray(0, 2));
    encoded.set(adobe, 2);
    encoded[2 + adobe.length - 1] = transform ? 1 : 0;
    encoded.set(tail, 2 + adobe.length);
    try {
      decoder.decode();
    } catch (error) {
      throw new SystoleError('dicom_pixels', 'A JPEG frame cannot be decoded.', { cause: error });
    }
    const samples = decoder.getDecodedBuffer();
    if (samples.length !== rows * columns * count)
      throw new SystoleError('dicom_pixels', `A JPEG frame decodes to ${samples.length} bytes.`);
    const colour =
      count === 1 ? colourOf(format.photometricInterpretation) : rgb || transform ? 'rgb' : 'ybr';
    return { rows, columns, samples, samplesPerPixel: count, colour, bits: 8, signed: false };
  };
}
