import { biplaneVolume } from './biplane-volume.ts';
import type { Disks } from './disk-volume.ts';
import type { Beat, CineMeasurement } from './measure-cine.ts';
import { type Recommendation, recommendation } from './recommendation.ts';
import { type Spread, spread } from './spread.ts';
import type { Doubt, Unmeasurable } from './unmeasurable.ts';

/** One measured cine of a study; `id` is the caller's. */
export interface MeasuredCine {
  readonly id: string;
  readonly measurement: CineMeasurement;
}

/** What is measured on a study: both ventricular volumes, ejection fraction, atrial volume. */
export interface StudyMeasurement {
  readonly method: 'biplane' | 'single-plane' | null;
  /** The cine of each view that was used. */
  readonly a4c: string | null;
  readonly a2c: string | null;
  /** Beats that were seen in them. */
  readonly beats: number;
  /** mL; null without spacing. Single-plane: over beats; biplane: over every beat of one view with every beat of the other. */
  readonly edv: Spread | null;
  readonly esv: Spread | null;
  /** Percent. */
  readonly ef: Spread | null;
  readonly recommendation: Recommendation | null;
  /** mL by area and length, biplane where both views show the atrium. */
  readonly laVolume: Spread | null;
  /** Shorter over longer of the ventricle's lengths at end-diastole in the two views. */
  readonly lengthRatio: number | null;
  readonly unmeasurable: readonly Unmeasurable[];
  readonly doubts: readonly Doubt[];
}

/** Lengths that differ by more are doubtful (Lang et al. 2015: they should agree within a tenth), by more still refused. */
const doubtfulRatio = 0.9;
const leastRatio = 0.8;

/**
 * Measures a study from its apical cines: of each view the cine that shows the longest ventricle (the others are
 * foreshortened) is taken; with both views volumes are biplane. Where the lengths of the two differ by more than a
 * fifth, the longer one is measured by itself.
 * Source: Lang et al. 2015, J Am Soc Echocardiogr 28:1.
 */
export function measureStudy(cines: readonly MeasuredCine[]): StudyMeasurement {
  const a4c = bestOf(cines.filter(({ measurement }) => measurement.view === 'a4c'));
  const a2c = bestOf(cines.filter(({ measurement }) => measurement.view === 'a2c'));
  if (a4c === undefined && a2c === undefined) return nothing(cines);
  if (a4c === undefined || a2c === undefined) return singlePlane((a4c ?? a2c)!, []);
  const lengths = [a4c, a2c].map(({ measurement }) => measurement.shape?.lengthEndDiastole ?? null);
  const [first, second] = lengths;
  if (first == null || second == null) return biplane(a4c, a2c, null);
  const ratio = Math.min(first, second) / Math.max(first, second);
  if (ratio >= leastRatio) return biplane(a4c, a2c, ratio);
  return { ...singlePlane(first >= second ? a4c : a2c, ['foreshortened']), lengthRatio: ratio };
}

/** The measured cine with the longest ventricle; without spacing, the one with most beats. */
function bestOf(cines: readonly MeasuredCine[]): MeasuredCine | undefined {
  const rank = ({ measurement }: MeasuredCine): number[] => [
    measurement.shape?.lengthEndDiastole ?? 0,
    measurement.beats.length,
  ];
  return cines
    .filter(({ measurement }) => measurement.ef !== null)
    .sort((a, b) => {
      const [lengthA, beatsA] = rank(a);
      const [lengthB, beatsB] = rank(b);
      return lengthB! - lengthA! || beatsB! - beatsA! || (a.id < b.id ? -1 : 1);
    })[0];
}

function nothing(cines: readonly MeasuredCine[]): StudyMeasurement {
  const reasons = new Set(cines.flatMap(({ measurement }) => measurement.unmeasurable));
  return {
    method: null,
    a4c: null,
    a2c: null,
    beats: 0,
    edv: null,
    esv: null,
    ef: null,
    recommendation: null,
    laVolume: null,
    lengthRatio: null,
    unmeasurable: cines.length === 0 ? ['wrong_view'] : [...reasons],
    doubts: [...new Set(cines.flatMap(({ measurement }) => measurement.doubts))],
  };
}

function singlePlane({ id, measurement }: MeasuredCine, reasons: readonly Unmeasurable[]): StudyMeasurement {
  const { view, beats, edv, esv, ef, laVolume, unmeasurable, doubts } = measurement;
  return {
    method: 'single-plane',
    a4c: view === 'a4c' ? id : null,
    a2c: view === 'a2c' ? id : null,
    beats: beats.length,
    edv,
    esv,
    ef,
    recommendation: measurement.recommendation,
    laVolume,
    lengthRatio: null,
    unmeasurable: [...reasons, ...unmeasurable],
    doubts,
  };
}

function biplane(a4c: MeasuredCine, a2c: MeasuredCine, lengthRatio: number | null): StudyMeasurement {
  const four = a4c.measurement;
  const two = a2c.measurement;
  // Without spacing in both, the two scales are unknown: they cancel in the ejection fraction and nowhere else.
  const isScaled = lengthRatio !== null;
  const pairs = four.beats.flatMap((one) => two.beats.map((other) => pairOf(one, other, isScaled)));
  const ef = spread(pairs.map((pair) => pair.ef))!;
  const doubts = new Set<Doubt>([...four.doubts, ...two.doubts]);
  if (isScaled && lengthRatio < doubtfulRatio) doubts.add('lengths_differ');
  const atria = pairs.flatMap(({ la }) => (la === null ? [] : [la]));
  return {
    method: 'biplane',
    a4c: a4c.id,
    a2c: a2c.id,
    beats: four.beats.length + two.beats.length,
    edv: isScaled ? spread(pairs.map(({ edv }) => edv))! : null,
    esv: isScaled ? spread(pairs.map(({ esv }) => esv))! : null,
    ef,
    recommendation: recommendation(ef.value),
    laVolume: isScaled ? (spread(atria) ?? four.laVolume ?? two.laVolume) : null,
    lengthRatio,
    unmeasurable: isScaled ? [] : [...new Set([...four.unmeasurable, ...two.unmeasurable])],
    doubts: [...doubts],
  };
}

function pairOf(a4c: Beat, a2c: Beat, isScaled: boolean) {
  const volume = (four: Disks, two: Disks): number =>
    biplaneVolume(four, isScaled ? two : { ...two, thickness: 0 });
  const edv = volume(a4c.endDiastoleDisks, a2c.endDiastoleDisks);
  const esv = volume(a4c.endSystoleDisks, a2c.endSystoleDisks);
  // The shorter length, as the guideline has it: the longer one runs askew through a wide atrium.
  const la =
    a4c.la && a2c.la
      ? ((8 / (3 * Math.PI)) * a4c.la.area * a2c.la.area) / Math.min(a4c.la.length, a2c.la.length)
      : null;
  return { edv, esv, ef: (100 * (edv - esv)) / edv, la };
}
