import { type FrameFigures, frameFigures } from '../../shared/echo/measurement/frame-figures.ts';
import type { PixelSize } from '../../shared/echo/measurement/geometry.ts';
import type { SegmentationCard } from '../../shared/learning/pictures/picture-card.ts';
import type { PictureModel } from '../../shared/learning/pictures/picture-model.ts';
import { AnimatedPng } from '../../shared/storage/animated-png.ts';
import type { Folder } from '../../shared/storage/folder.ts';
import { readFrameChunks } from '../../shared/storage/prepared-cine.ts';

/**
 * Values of the widest layer that one pass may hold. Larger batches take memory and no less time on a CPU (192 x 192, an
 * eighth of the width, two busy cores: 77 ms a frame one by one with 254 MB, 94 ms in eights with 360 MB).
 */
const widestLayer = 1 << 20;
/** Frames of one pass at most. */
const largestBatch = 8;

/** Colours in which a mask is seen by whoever opens the file; the numbers are the labels. */
const labelColours = [
  [0, 0, 0],
  [0, 158, 115],
  [86, 180, 233],
  [204, 121, 167],
  [230, 159, 0],
  [0, 114, 178],
  [213, 94, 0],
  [240, 228, 66],
] as const;

/** The chambers of every frame of a cine. */
export interface SegmentedCine {
  /** [frame] */
  readonly figures: readonly FrameFigures[];
  /** [frame]: mean probability of the label over the pixels of ventricle and atrium; 0 where there are none. */
  readonly confidences: readonly number[];
  /** The label masks, an animated PNG. */
  readonly masks: Uint8Array;
}

/**
 * Segments every frame of a prepared cine, a batch of them at a time.
 * @param count frames of the cine
 * @param pixel size of a mask's pixel, by which each frame is measured
 * @param frameTimeMs which the file of masks is played with
 */
export async function segmentCine(
  folder: Folder,
  count: number,
  model: PictureModel<SegmentationCard>,
  pixel: PixelSize,
  frameTimeMs: number,
): Promise<SegmentedCine> {
  const { card } = model;
  const { edge } = card.preprocessing;
  const size = edge * edge;
  const colours = card.classes.map((_, label) => labelColours[label % labelColours.length]!);
  const masks = new AnimatedPng(edge, edge, colours, frameTimeMs, 'up');
  const figures: FrameFigures[] = [];
  const confidences: number[] = [];
  const batch = batchOf(card);
  for await (const frames of readFrameChunks(folder, card.preprocessing, count))
    for (let start = 0; start < frames.length; start += batch * size) {
      const probabilities = await model.probabilities(frames.subarray(start, start + batch * size));
      const labels = card.classes.length;
      for (let at = 0; at < probabilities.length; at += size * labels) {
        const one = labelled(probabilities.subarray(at, at + size * labels), card);
        masks.add(one.labels);
        confidences.push(one.confidence);
        const mask = (pixels: Uint8Array) => ({ rows: edge, columns: edge, pixels });
        figures.push(frameFigures({ lv: mask(one.lv), la: mask(one.la), confidence: one.confidence }, pixel));
      }
    }
  return { figures, confidences, masks: masks.file() };
}

/** Frames of one pass, by the size of the net's widest layer. */
function batchOf({ net, preprocessing }: SegmentationCard): number {
  const values = preprocessing.edge ** 2 * Math.max(1, Math.round(64 * net.width));
  return Math.max(1, Math.min(largestBatch, Math.floor(widestLayer / values)));
}

/** Each pixel's most probable label, and both chambers by themselves. */
function labelled(probabilities: Float32Array, card: SegmentationCard) {
  const count = card.classes.length;
  const { lv: ventricle, la: atrium } = card.chambers;
  const pixels = probabilities.length / count;
  const labels = new Uint8Array(pixels);
  const lv = new Uint8Array(pixels);
  const la = new Uint8Array(pixels);
  let inside = 0;
  let sum = 0;
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += count) {
    let label = 0;
    for (let other = 1; other < count; other++)
      if (probabilities[at + other]! > probabilities[at + label]!) label = other;
    labels[pixel] = label;
    if (label !== ventricle && label !== atrium) continue;
    (label === ventricle ? lv : la)[pixel] = 1;
    inside += 1;
    sum += probabilities[at + label]!;
  }
  return { labels, lv, la, confidence: inside === 0 ? 0 : sum / inside };
}
