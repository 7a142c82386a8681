import { SystoleError } from '../../errors.ts';
import { interleave } from './interleave.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

/** Uncompressed frames: 8 and 16 bits, either byte order, colours by pixel, by plane or subsampled (YBR_FULL_422). */
export function decodeNative(format: PictureFormat): Decode {
  const { rows, columns, samplesPerPixel, bitsAllocated, signed } = format;
  const pixels = rows * columns;
  const count = pixels * samplesPerPixel;
  const common = { rows, columns, samplesPerPixel, signed, bits: format.bitsStored };
  const colour = colourOf(format.photometricInterpretation);
  const wide = bitsAllocated === 16 ? new Uint16Array(count) : undefined;
  const spread = bitsAllocated === 8 && samplesPerPixel === 3 ? new Uint8Array(count) : undefined;

  return (stored) => {
    const subsampled =
      format.photometricInterpretation === 'YBR_FULL_422' && stored.length < count && spread !== undefined;
    const needed = subsampled ? pixels * 2 : (count * bitsAllocated) / 8;
    if (stored.length < needed)
      throw new SystoleError('dicom_pixels', `A frame has ${stored.length} bytes instead of ${needed}.`);
    if (wide !== undefined) {
      readWords(stored, wide, format.littleEndian);
      return { ...common, colour, samples: format.planar ? interleave(wide) : wide };
    }
    if (spread === undefined) return { ...common, colour, samples: stored.subarray(0, count) };
    if (subsampled) return { ...common, colour, samples: spread422(stored, spread) };
    const samples = format.planar ? interleave(stored.subarray(0, count)) : stored.subarray(0, count);
    return { ...common, colour, samples };
  };
}

function readWords(stored: Uint8Array, words: Uint16Array, littleEndian: boolean): void {
  const low = littleEndian ? 0 : 1;
  const high = 1 - low;
  for (let i = 0, at = 0; i < words.length; i++, at += 2)
    words[i] = stored[at + low]! | (stored[at + high]! << 8);
}

/** Y Y Cb Cr for two pixels (PS3.3 C.7.6.3.1.2) to Y Cb Cr, Y Cb Cr. */
function spread422(stored: Uint8Array, pixels: Uint8Array): Uint8Array {
  for (let at = 0, to = 0; to + 5 < pixels.length; at += 4, to += 6) {
    pixels[to] = stored[at]!;
    pixels[to + 3] = stored[at + 1]!;
    pixels[to + 1] = pixels[to + 4] = stored[at + 2]!;
    pixels[to + 2] = pixels[to + 5] = stored[at + 3]!;
  }
  return pixels;
}
