import type { Instance } from '../echo/dicom/instance.ts';
import {
  type PublishedMeasurement,
  publishedGeometry,
  publishedMeasurement,
} from '../echo/measurement/published-measurement.ts';
import type { Doubt } from '../echo/measurement/unmeasurable.ts';
import { readAnimatedPng } from '../storage/animated-png.ts';

/** Bytes of masks that the published method may hold: both chambers, as they are and cleaned. */
const mostBytes = 64 << 20;

/** A cine by the published system's method, and what was taken for granted. */
export interface PublishedFigures {
  readonly figures: PublishedMeasurement;
  readonly doubts: readonly Doubt[];
}

/**
 * Measures a cine as the published system does, from its file of label masks. The method wants all masks at once: of a
 * cine of minutes it is given the beginning.
 */
export function publishedFigures(
  masks: Uint8Array,
  labels: { readonly lv: number; readonly la: number },
  instance: Instance,
): PublishedFigures {
  const { width, height, count, frame } = readAnimatedPng(masks);
  const size = width * height;
  const frames = Math.min(count, Math.floor(mostBytes / (4 * size)));
  const lv = new Uint8Array(frames * size);
  const la = new Uint8Array(frames * size);
  for (let index = 0, at = 0; index < frames; index++)
    for (const label of frame(index)) {
      lv[at] = label === labels.lv ? 1 : 0;
      la[at++] = label === labels.la ? 1 : 0;
    }
  const geometry = publishedGeometry(instance);
  const doubts: Doubt[] = [];
  if (geometry.defaults.includes('frame-time')) doubts.push('frame_time_default');
  if (geometry.defaults.includes('heart-rate')) doubts.push('heart_rate_default');
  if (frames < count) doubts.push('long_cine');
  return {
    figures: publishedMeasurement({ frames, rows: height, columns: width, lv, la }, geometry),
    doubts,
  };
}
