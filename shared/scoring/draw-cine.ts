import { shownForm } from '../echo/frame-forms.ts';
import type { FramePreprocessing } from '../echo/preprocessing.ts';
import { type ChamberLabels, ChamberPicture, cropOf, pictureColours } from '../reports/chamber-picture.ts';
import { AnimatedPng, readAnimatedPng } from '../storage/animated-png.ts';
import type { Folder } from '../storage/folder.ts';
import { type PreparedCine, readFrameChunks } from '../storage/prepared-cine.ts';

/** Rows of the moving picture and of a still one. */
const cineRows = 208;
const overlayRows = 400;
/** Frames of the moving picture; of a longer cine every second, third ... is shown. */
const mostFrames = 60;
/** Black columns between stills. */
const gap = 8;

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
 * @param stills places of the frames to be drawn by themselves
 * @param frameTimeMs milliseconds from frame to frame
 */
export async function drawCine(
  folder: Folder,
  cine: PreparedCine,
  form: FramePreprocessing,
  masks: Uint8Array,
  labels: ChamberLabels,
  stills: readonly number[],
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
      const isStill = stills.includes(index);
      if (index % step !== 0 && !isStill) continue;
      const grey = frames.subarray(at, at + size);
      const label = mask.frame(index);
      if (index % step === 0) loop.add(moving.draw(grey, label));
      if (isStill) drawn.set(index, still.draw(grey, label));
    }
  return {
    overlay: besideEachOther(
      stills.map((frame) => drawn.get(frame)!),
      still.width,
      still.height,
    ),
    cine: loop.file(),
  };
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
