import type { Header } from '../../shared/echo/dicom/header.ts';
import type { Instance, Mark } from '../../shared/echo/dicom/instance.ts';
import type { FirstFrame } from '../../shared/echo/frames/first-frame.ts';
import { FrameReader } from '../../shared/echo/frames/frame-reader.ts';
import { blankOutside, type PictureArea, pictureArea } from '../../shared/echo/frames/picture-area.ts';
import { resizer } from '../../shared/echo/frames/resize.ts';

/** All frames of an instance, resized, and the first at its own size. */
export interface GreyFrames {
  /** [frame, row, column], 8 bits. */
  readonly frames: Uint8Array;
  readonly count: number;
  readonly firstFrame: FirstFrame;
  readonly marks: readonly Mark[];
}

/**
 * Decodes every frame to grey, blanks what is not ultrasound by the area found in the first, and resizes it.
 * @param edge rows and columns of the result
 * @throws SystoleError as FrameReader does
 */
export async function greyFrames(header: Header, instance: Instance, edge: number): Promise<GreyFrames> {
  const rows = instance.rows!;
  const columns = instance.columns!;
  const resize = resizer(rows, columns, edge, edge);
  const reader = new FrameReader(header, instance, 'grey');
  const size = edge * edge;
  let frames = new Uint8Array(Math.max(1, instance.wholeFrames ?? instance.numberOfFrames ?? 1) * size);
  let count = 0;
  let area: PictureArea | undefined;
  let firstFrame: FirstFrame | undefined;
  for await (const { pixels } of reader) {
    area ??= pictureArea(instance, pixels);
    blankOutside(pixels, area);
    firstFrame ??= { grey: pixels.slice(), area: area.from };
    // A header may name fewer frames than there are.
    if ((count + 1) * size > frames.length) {
      const wider = new Uint8Array(frames.length * 2);
      wider.set(frames);
      frames = wider;
    }
    resize(pixels, frames.subarray(count * size, (count + 1) * size));
    count += 1;
  }
  return { frames: frames.subarray(0, count * size), count, firstFrame: firstFrame!, marks: reader.marks };
}
