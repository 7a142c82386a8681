import { shownForm } from '../echo/frame-forms.ts';
import { cleanMask } from '../echo/measurement/clean-mask.ts';
import { type Chord, diskChords } from '../echo/measurement/disk-chords.ts';
import type { PixelSize } from '../echo/measurement/geometry.ts';
import type { LongAxis } from '../echo/measurement/long-axis.ts';
import type { FramePreprocessing } from '../echo/preprocessing.ts';
import { type ChamberLabels, ChamberPicture, cropOf, pictureColours } from '../reports/chamber-picture.ts';
import { AnimatedPng, readAnimatedPng } from '../storage/animated-png.ts';
import type { Folder } from '../storage/folder.ts';
import { type PreparedCine, readFrameChunks } from '../storage/prepared-cine.ts';

/** Rows of the moving picture and of a still one: three of a usual sector are as wide as a page, whose thin lines stay. */
const cineRows = 208;
const overlayRows = 280;
/** Frames of the moving picture; of a longer cine every second, third ... is shown. */
const mostFrames = 60;
/** Black columns between stills. */
const gap = 8;

/** A frame that is drawn by itself. */
export interface Still {
  /** Place of the frame. */
  readonly frame: number;
  /** The ventricle's long axis, by which its disks are drawn; null for outlines alone. */
  readonly axis: LongAxis | null;
}

/** Pictures of a segmented cine, without burned-in text. */
export interface CinePictures {
  /** A PNG of one frame beside the other. */
  readonly overlay: Uint8Array;
  /** An animated PNG. */
  readonly cine: Uint8Array;
}

/**
 * Draws the chambers' outlines over the frames: a loop of the cine, and still pictures of some frames beside each other.
 * @param form in which the segmentation net took the frames
 * @param masks the file that holds the cine's label masks
 * @param stills frames to be drawn by themselves
 * @param pixel size of a mask's pixel, in the unit of the axes
 * @param frameTimeMs milliseconds from frame to frame
 */
export async function drawCine(
  folder: Folder,
  cine: PreparedCine,
  form: FramePreprocessing,
  masks: Uint8Array,
  labels: ChamberLabels,
  stills: readonly Still[],
  pixel: PixelSize,
  frameTimeMs: number,
): Promise<CinePictures> {
  const { rows, columns, first } = cine;
  const count = cine.frames.length;
  const crop = cropOf(first.grey, rows, columns);
  const brush = (height: number) => new ChamberPicture(form.edge, columns / rows, crop, labels, height);
  const [moving, still] = [brush(cineRows), brush(overlayRows)];
  const step = Math.ceil(count / mostFrames);
  const loop = new AnimatedPng(moving.width, moving.height, pictureColours, step * frameTimeMs);
  const drawn = new Map<number, Uint8Array>();
  const mask = readAnimatedPng(masks);
  const size = form.edge ** 2;
  let index = 0;
  for await (const frames of readFrameChunks(folder, shownForm(form), count))
    for (let at = 0; at < frames.length; at += size, index++) {
      const one = stills.find(({ frame }) => frame === index);
      if (index % step !== 0 && one === undefined) continue;
      const grey = frames.subarray(at, at + size);
      const label = mask.frame(index);
      if (index % step === 0) loop.add(moving.draw(grey, label));
      if (one !== undefined)
        drawn.set(index, still.draw(grey, label, disksOf(label, labels.lv, one.axis, form.edge, pixel)));
    }
  return {
    overlay: besideEachOther(
      stills.map(({ frame }) => drawn.get(frame)!),
      still.width,
      still.height,
    ),
    cine: loop.file(),
  };
}

function disksOf(
  labels: Uint8Array,
  lv: number,
  axis: LongAxis | null,
  edge: number,
  pixel: PixelSize,
): Chord[] {
  const pixels = labels.map((label) => (label === lv ? 1 : 0));
  const mask = axis && cleanMask({ rows: edge, columns: edge, pixels });
  return mask ? diskChords(mask, axis, pixel) : [];
}

/** Pictures of one size as one PNG. */
function besideEachOther(pictures: readonly Uint8Array[], width: number, height: number): Uint8Array {
  const whole = pictures.length * (width + gap) - gap;
  const sheet = new Uint8Array(whole * height);
  pictures.forEach((picture, place) => {
    for (let row = 0; row < height; row++)
      sheet.set(picture.subarray(row * width, (row + 1) * width), row * whole + place * (width + gap));
  });
  const png = new AnimatedPng(whole, height, pictureColours, 0);
  png.add(sheet);
  return png.file();
}
