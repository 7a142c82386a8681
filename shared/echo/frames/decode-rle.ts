import { SystoleError } from '../../errors.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

/**
 * RLE Lossless (PS3.5 annex G): a header of 16 words with the number and offsets of byte segments, each packed as
 * PackBits. There is a segment for each byte of each sample, the most significant first.
 */
export function decodeRle(format: PictureFormat): Decode {
  const { rows, columns, samplesPerPixel, bitsAllocated, signed } = format;
  const pixels = rows * columns;
  const bytesPerSample = bitsAllocated / 8;
  const segments = samplesPerPixel * bytesPerSample;
  const samples =
    bitsAllocated === 8
      ? new Uint8Array(pixels * samplesPerPixel)
      : new Uint16Array(pixels * samplesPerPixel);
  const segment = new Uint8Array(pixels);
  const colour = colourOf(format.photometricInterpretation);
  const picture = { rows, columns, samples, samplesPerPixel, colour, bits: format.bitsStored, signed };

  return (stored, lumaSuffices) => {
    if (stored.length < 64)
      throw new SystoleError('dicom_pixels', 'An RLE frame is shorter than its header.');
    const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
    if (view.getUint32(0, true) !== segments)
      throw new SystoleError('dicom_pixels', `An RLE frame has not ${segments} segments.`);
    // The first plane of a YBR picture is its grey.
    const luma = lumaSuffices && colour === 'ybr' && bytesPerSample === 1;
    for (let i = 0; i < (luma ? 1 : segments); i++) {
      const start = view.getUint32(4 + 4 * i, true);
      const end = i + 1 < segments ? view.getUint32(8 + 4 * i, true) : stored.length;
      if (start < 64 || start > end || end > stored.length)
        throw new SystoleError('dicom_pixels', 'The segments of an RLE frame do not fit it.');
      unpack(stored, start, end, segment);
      if (luma) break;
      const sample = Math.floor(i / bytesPerSample);
      const shift = 8 * (bytesPerSample - 1 - (i % bytesPerSample));
      place(segment, samples, sample, samplesPerPixel, shift);
    }
    return luma ? { ...picture, samples: segment, samplesPerPixel: 1, colour: 'grey' } : picture;
  };
}

function place(
  segment: Uint8Array,
  samples: Uint8Array | Uint16Array,
  sample: number,
  stride: number,
  shift: number,
): void {
  if (samples.BYTES_PER_ELEMENT === 1 || shift > 0)
    for (let i = 0, to = sample; i < segment.length; i++, to += stride) samples[to] = segment[i]! << shift;
  else for (let i = 0, to = sample; i < segment.length; i++, to += stride) samples[to]! |= segment[i]!;
}

/** PackBits: n >= 0 copies n + 1 bytes, n < 0 repeats the next byte 1 - n times, -128 is nothing. */
function unpack(stored: Uint8Array, start: number, end: number, into: Uint8Array): void {
  let at = start;
  let to = 0;
  const length = into.length;
  while (to < length) {
    if (at + 1 >= end) throw new SystoleError('dicom_pixels', 'An RLE segment ends before its picture.');
    const n = stored[at++]!;
    if (n < 128) {
      const stop = Math.min(to + n + 1, length);
      if (at + (stop - to) > end)
        throw new SystoleError('dicom_pixels', 'An RLE segment ends before its picture.');
      while (to < stop) into[to++] = stored[at++]!;
    } else if (n > 128) {
      const stop = Math.min(to + 257 - n, length);
      const value = stored[at++]!;
      if (stop - to > 32) into.fill(value, to, (to = stop));
      else while (to < stop) into[to++] = value;
    }
  }
}
