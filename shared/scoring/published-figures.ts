import type { Instance } from '../echo/dicom/instance.ts';
import {
  type PublishedMeasurement,
  publishedGeometry,
  publishedMeasurement,
} from '../echo/measurement/published-measurement.ts';
import type { Doubt } from '../echo/measurement/unmeasurable.ts';
import { readAnimatedPng } from '../storage/animated-png.ts';

/** A cine by the published system's method, and what was taken for granted. */
export interface PublishedFigures {
  readonly figures: PublishedMeasurement;
  readonly doubts: readonly Doubt[];
}

/**
 * Measures a cine as the published system does, from its file of label masks, of which it holds one frame at a time.
 * @throws RangeError for a file that is not one of `AnimatedPng`
 */
export function publishedFigures(
  masks: Uint8Array,
  labels: { readonly lv: number; readonly la: number },
  instance: Instance,
): PublishedFigures {
  const { width: columns, height: rows, count: frames, frame: unpacked } = readAnimatedPng(masks);
  let last: { readonly frame: number; readonly labels: Uint8Array } | undefined;
  const mask = (chamber: 'lv' | 'la', frame: number) => {
    if (last?.frame !== frame) last = { frame, labels: unpacked(frame) };
    const wanted = labels[chamber];
    return { rows, columns, pixels: last.labels.map((label) => (label === wanted ? 1 : 0)) };
  };
  const geometry = publishedGeometry(instance);
  const doubts: Doubt[] = [];
  if (geometry.defaults.includes('frame-time')) doubts.push('frame_time_default');
  if (geometry.defaults.includes('heart-rate')) doubts.push('heart_rate_default');
  return { figures: publishedMeasurement({ frames, mask }, geometry), doubts };
}
