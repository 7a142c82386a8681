import { SystoleError } from '../../errors.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';
import { withPixelKernel } from './pixel-kernel.ts';

/**
 * RLE Lossless (PS3.5 annex G): a header of 16 words with the number and offsets of byte segments, each packed as
 * PackBits. There is a segment for each byte of each sample, the most significant first.
 */
export function decodeRle(format: PictureFormat): Decode {
  const { rows, columns, samplesPerPixel, bitsAllocated, signed } = format;
  const pixels = rows * columns;
  const bytesPerSample = bitsAllocated / 8;
  const segments = samplesPerPixel * bytesPerSample;
  const bytes = new Uint8Array(pixels * segments);
  const samples = bitsAllocated === 8 ? bytes : new Uint16Array(bytes.buffer);
  const colour = colourOf(format.photometricInterpretation);
  const picture = { rows, columns, samples, samplesPerPixel, colour, bits: format.bitsStored, signed };
  // The first plane of a YBR picture is its grey.
  const lumaAlone = colour === 'ybr' && bytesPerSample === 1;
  const grey = {
    ...picture,
    samples: bytes.subarray(0, pixels),
    samplesPerPixel: 1,
    colour: 'grey',
  } as const;

  return (stored, lumaSuffices) => {
    const starts = segmentStarts(stored, segments);
    const luma = lumaAlone && lumaSuffices;
    withPixelKernel([stored.length, bytes.length], (kernel, memory, [from, to]) => {
      memory.set(stored, from);
      for (let segment = 0; segment < (luma ? 1 : segments); segment++) {
        const start = starts[segment]!;
        const length = starts[segment + 1]! - start;
        // Words are put together in the order of this machine, which is little endian: the upper byte comes second.
        const sample = Math.floor(segment / bytesPerSample);
        const place = sample * bytesPerSample + (bytesPerSample - 1 - (segment % bytesPerSample));
        const done = kernel.unpack(
          from! + start,
          length,
          to! + (luma ? 0 : place),
          pixels,
          luma ? 1 : segments,
        );
        if (done < pixels) throw new SystoleError('dicom_pixels', 'An RLE segment ends before its picture.');
      }
      bytes.set(memory.subarray(to, to! + (luma ? pixels : bytes.length)));
    });
    return luma ? grey : picture;
  };
}

/** Where the segments start, and, last, where the frame ends. */
function segmentStarts(stored: Uint8Array, segments: number): number[] {
  if (stored.length < 64) throw new SystoleError('dicom_pixels', 'An RLE frame is shorter than its header.');
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (view.getUint32(0, true) !== segments)
    throw new SystoleError('dicom_pixels', `An RLE frame has not ${segments} segments.`);
  const starts = Array.from({ length: segments }, (_, i) => view.getUint32(4 + 4 * i, true));
  starts.push(stored.length);
  for (let i = 0; i < segments; i++)
    if (starts[i]! < 64 || starts[i]! > starts[i + 1]!)
      throw new SystoleError('dicom_pixels', 'The segments of an RLE frame do not fit it.');
  return starts;
}
