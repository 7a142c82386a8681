import loadCodec from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import loadHighThroughput from '@cornerstonejs/codec-openjph/wasmjs';
import type { Decoder } from 'emscripten-codec';
import { SystoleError } from '../../errors.ts';
import { codecOptions } from './codec-options.ts';
import { checkSize, decoded } from './decoded.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

/** One of each for the process: their memory is never given back, and nothing is decoded at the same time. */
let codec: Promise<Decoder> | undefined;
let highThroughput: Promise<Decoder> | undefined;

/** JPEG 2000 by OpenJPEG. */
export async function decodeJpeg2000(format: PictureFormat): Promise<Decode> {
  codec ??= loadCodec(codecOptions('openjpegwasm_decode.wasm')).then(({ J2KDecoder }) => new J2KDecoder());
  return decodeCodestream(format, await codec);
}

/** High-throughput JPEG 2000 (part 15) by OpenJPH. */
export async function decodeHtj2k(format: PictureFormat): Promise<Decode> {
  highThroughput ??= loadHighThroughput(codecOptions('openjphjs.wasm')).then(
    ({ HTJ2KDecoder }) => new HTJ2KDecoder(),
  );
  return decodeCodestream(format, await highThroughput);
}

function decodeCodestream(format: PictureFormat, decoder: Decoder): Decode {
  const { rows, columns, samplesPerPixel, signed } = format;
  const count = rows * columns * samplesPerPixel;
  const { photometricInterpretation } = format;
  // The transforms of the codestream (PS3.5 A.4.4) are undone by the codec.
  const transformed = photometricInterpretation === 'YBR_RCT' || photometricInterpretation === 'YBR_ICT';
  const colour = transformed ? 'rgb' : colourOf(photometricInterpretation);

  return (stored) => {
    const codestream = stored.subarray(codestreamStart(stored));
    const { height, width, components } = imageSize(codestream);
    checkSize(format, height, width, components);
    decoder.getEncodedBuffer(codestream.length).set(codestream);
    const samples = decoded(decoder, count);
    return { rows, columns, samples, samplesPerPixel, colour, bits: format.bitsStored, signed };
  };
}

/** Some writers put the codestream into its JP2 file, whose boxes come first. */
function codestreamStart(stored: Uint8Array): number {
  if (stored[0] === 0xff && stored[1] === 0x4f) return 0;
  for (let at = 0; at + 4 <= Math.min(stored.length, 4096); at++)
    if (stored[at] === 0xff && stored[at + 1] === 0x4f && stored[at + 2] === 0xff && stored[at + 3] === 0x51)
      return at;
  throw new SystoleError('dicom_pixels', 'A JPEG 2000 frame has no codestream.');
}

/** The SIZ marker, ISO/IEC 15444-1 A.5.1: the reference grid without its offset. */
function imageSize(codestream: Uint8Array): { width: number; height: number; components: number } {
  if (codestream.length < 42 || codestream[2] !== 0xff || codestream[3] !== 0x51)
    throw new SystoleError('dicom_pixels', 'A JPEG 2000 codestream does not start with its size.');
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
  };
}
