import type { Mask } from '../measurement/chamber-masks.ts';
import { type Chord, chordPolygon } from './chord-polygon.ts';
import { fillPolygon } from './fill-polygon.ts';
import { resizeMask } from './resize-mask.ts';

/** Rows and columns of a ground-truth mask, as the published nets take frames. */
export const groundTruthEdge = 384;

/** The size of a picture whose header says none, as the published system takes it. */
export const unknownSize = { rows: 600, columns: 800 } as const;

/**
 * The mask of a chamber from its contour's chords: drawn at the size of the instance's picture, then brought to
 * `groundTruthEdge` (nearest).
 * @returns undefined where the chords are no contour, or nothing of it lies within the picture
 */
export function groundTruthMask(chords: readonly Chord[], rows: number, columns: number): Mask | undefined {
  const polygon = chordPolygon(chords);
  if (polygon === undefined) return undefined;
  const mask = resizeMask(fillPolygon(polygon, rows, columns), groundTruthEdge, groundTruthEdge);
  return mask.pixels.includes(1) ? mask : undefined;
}
