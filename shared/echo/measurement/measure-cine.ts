import { type ChamberMasks, frameMask } from './chamber-masks.ts';
import type { Disks } from './disk-volume.ts';
import { findBeats } from './find-beats.ts';
import { type FollowedVentricle, followVentricle } from './follow-ventricle.ts';
import { type FrameFigures, frameFigures } from './frame-figures.ts';
import { frameTimeDoubt, type Geometry, maskPixel } from './geometry.ts';
import { type Recommendation, recommendation } from './recommendation.ts';
import { soundFrames } from './sound-frames.ts';
import { percentile, type Spread, spread } from './spread.ts';
import type { Doubt, Unmeasurable } from './unmeasurable.ts';

export type ApicalView = 'a4c' | 'a2c';

/** One heartbeat in one view. Volumes in mL, null without spacing. */
export interface Beat {
  readonly endDiastole: number;
  readonly endSystole: number;
  readonly edv: number | null;
  readonly esv: number | null;
  /** Percent. */
  readonly ef: number;
  /** The atrium when it is largest, about end-systole; volume by area and length. */
  readonly la: { readonly volume: number; readonly area: number; readonly length: number } | null;
  /** In cm, or in widths of a mask's pixel without spacing. */
  readonly endDiastoleDisks: Disks;
  readonly endSystoleDisks: Disks;
}

/** How the ventricle lies in the plane; a foreshortened one is short and round. Medians over beats. */
export interface VentricleShape {
  /** Annulus to apex, cm; null without spacing. */
  readonly lengthEndDiastole: number | null;
  readonly lengthEndSystole: number | null;
  /** Length at end-systole relative to end-diastole. */
  readonly lengthRatio: number;
  /** Greatest diameter relative to the length, at end-diastole. */
  readonly sphericity: number;
}

/** What is measured on one apical cine. JSON as it stands; a study is measured from these without the masks. */
export interface CineMeasurement {
  readonly view: ApicalView;
  readonly frames: number;
  readonly beats: readonly Beat[];
  /** Over beats; mL, null without spacing. */
  readonly edv: Spread | null;
  readonly esv: Spread | null;
  /** Percent. */
  readonly ef: Spread | null;
  readonly recommendation: Recommendation | null;
  /** mL by area and length, over beats. */
  readonly laVolume: Spread | null;
  /** Beats a minute at which the ventricle beats; null for less than two beats. */
  readonly heartRate: number | null;
  readonly shape: VentricleShape | null;
  /** The ventricle's volume by frame: `mL`, or `relative` to its greatest without spacing. Null where not seen. */
  readonly curve: {
    readonly unit: 'mL' | 'relative';
    /** Frame by frame, poor frames too. */
    readonly raw: readonly (number | null)[];
    /** What beats are read from; empty where nothing could be. */
    readonly smoothed: readonly number[];
  };
  /** The atrium's volume by frame, mL by area and length; null where not seen or without spacing. */
  readonly laCurve: readonly (number | null)[];
  /** Frames whose ventricle has a sound outline. */
  readonly sound: readonly boolean[];
  /** Why ejection fraction or volumes are missing; empty when both are there. */
  readonly unmeasurable: readonly Unmeasurable[];
  /** Why the atrium's volume is missing. */
  readonly atriumUnmeasurable: Unmeasurable | null;
  readonly doubts: readonly Doubt[];
}

const fewestFrames = 5;
/** Milliseconds; with fewer than 8 frames a second neither end of the stroke is met. */
const longestFrameTime = 125;
/** Share of the frames in which a chamber has to be seen, and in which its outline has to be sound. */
const leastSeen = 0.5;
const leastSound = 0.6;
/** Of a beat, to either side of end-systole: where the atrium is largest. */
const aboutEndSystole = 0.15;
/** Share of a chamber's outline on the edge of the picture from which it is cut. */
const cutShare = 0.03;

/**
 * Measures an apical cine: finds its heartbeats, and in each the end-diastolic and end-systolic volume by the method of
 * disks, ejection fraction and left-atrial volume. Never throws for what the heart or the picture is: what is missing is
 * named in `unmeasurable`.
 */
export function measureCine(masks: ChamberMasks, geometry: Geometry, view: ApicalView): CineMeasurement {
  const pixel = maskPixel(geometry, masks);
  const figures = Array.from({ length: masks.frames }, (_, frame) =>
    frameFigures(
      {
        lv: frameMask(masks, 'lv', frame),
        la: frameMask(masks, 'la', frame),
        confidence: masks.confidence?.[frame] ?? null,
      },
      pixel,
    ),
  );
  return measureFrames(figures, geometry, view);
}

/**
 * `measureCine` from the figures of its frames (`frameFigures` with `maskPixel`), for those who meet the masks one by
 * one and keep none.
 */
export function measureFrames(
  figures: readonly FrameFigures[],
  geometry: Geometry,
  view: ApicalView,
): CineMeasurement {
  const frameTime = geometry.frameTimeMs / 1000;
  const doubts = new Set<Doubt>(geometryDoubts(geometry));
  const raw = figures.map(({ lv }) => lv?.volume ?? null);
  const sound = soundFrames(figures, geometry);
  const reason = refusal(figures, sound, geometry);
  const ventricle = reason === null ? followVentricle(figures, sound, geometry) : null;
  const beats = ventricle === null ? [] : beatsOf(ventricle, figures, sound, geometry);
  const unmeasurable: Unmeasurable[] = [];
  if (reason !== null) unmeasurable.push(reason);
  else if (beats.length === 0) unmeasurable.push('no_full_beat');
  if (geometry.spacingAbsent !== null) unmeasurable.push(geometry.spacingAbsent);
  if (beats.length > 0) {
    if (sound.includes(false)) doubts.add('frames_left_out');
    if (beats.some(({ atEdge }) => atEdge)) doubts.add('beat_at_edge');
    if (isCut(figures.map(({ lv }) => lv))) doubts.add('ventricle_cut');
    if (figures.some(({ lv }) => lv !== null && !lv.axis.annulusSeen)) doubts.add('annulus_unseen');
  }
  const atria = beats.flatMap(({ la }) => (la === null ? [] : [la]));
  if (beats.some(({ laFrame }) => laFrame !== null && isCut([figures[laFrame]!.la])))
    doubts.add('atrium_cut');
  const heartRate = heartRateOf(beats, frameTime);
  if (
    heartRate !== null &&
    geometry.heartRate !== null &&
    Math.abs(Math.log(heartRate / geometry.heartRate)) > 0.2
  )
    doubts.add('heart_rate_differs');
  const largest =
    ventricle === null ? 1 : ventricle.volumes.reduce((most, volume) => Math.max(most, volume), 0);
  const scale = geometry.spacing === null ? 1 / largest : 1;
  const calibrated = (values: readonly (number | null)[]): Spread | null =>
    spread(values.filter((value) => value !== null)) ?? null;
  const ef = spread(beats.map((beat) => beat.ef)) ?? null;
  return {
    view,
    frames: figures.length,
    beats: beats.map(({ atEdge: _atEdge, laFrame: _laFrame, ...beat }) => beat),
    edv: calibrated(beats.map(({ edv }) => edv)),
    esv: calibrated(beats.map(({ esv }) => esv)),
    ef,
    recommendation: ef && recommendation(ef.value),
    laVolume: geometry.spacing === null ? null : calibrated(atria.map(({ volume }) => volume)),
    heartRate,
    shape: ventricle === null ? null : shapeOf(ventricle, beats, geometry),
    curve: {
      unit: geometry.spacing === null ? 'relative' : 'mL',
      raw: raw.map((volume) => volume && rounded(volume * scale)),
      smoothed: ventricle === null ? [] : Array.from(ventricle.volumes, (volume) => rounded(volume * scale)),
    },
    laCurve: figures.map(({ la }) =>
      la === null || geometry.spacing === null ? null : rounded(la.areaLength),
    ),
    sound,
    unmeasurable,
    atriumUnmeasurable: atriumReason(beats, atria.length, reason, geometry),
    doubts: [...doubts],
  };
}

/** Four decimals: a row of the catalog holds 64 KB, and a cine may have thousands of frames. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

function geometryDoubts(geometry: Geometry): Doubt[] {
  const found: Doubt[] = [];
  if (geometry.aspectFrom === 'assumed') found.push('square_pixels_assumed');
  const ofTime = frameTimeDoubt(geometry);
  if (ofTime !== null) found.push(ofTime);
  return found;
}

/** Why no beat can be looked for. */
function refusal(
  figures: readonly FrameFigures[],
  sound: readonly boolean[],
  geometry: Geometry,
): Unmeasurable | null {
  if (figures.length < 2) return 'not_a_cine';
  if (figures.length < fewestFrames || geometry.frameTimeMs > longestFrameTime) return 'too_few_frames';
  const seen = figures.filter(({ lv }) => lv !== null).length;
  if (seen < leastSeen * figures.length) return 'chamber_absent';
  return sound.filter(Boolean).length < leastSound * figures.length ? 'poor_segmentation' : null;
}

function atriumReason(
  beats: readonly Beat[],
  atria: number,
  reason: Unmeasurable | null,
  geometry: Geometry,
): Unmeasurable | null {
  if (beats.length === 0) return reason ?? 'no_full_beat';
  return atria === 0 ? 'chamber_absent' : geometry.spacingAbsent;
}

const isCut = (chambers: readonly (FrameFigures['lv'] | FrameFigures['la'])[]): boolean =>
  chambers.some((chamber) => chamber !== null && chamber.quality.borderShare > cutShare);

interface FoundBeat extends Beat {
  readonly atEdge: boolean;
  readonly laFrame: number | null;
}

function beatsOf(
  ventricle: FollowedVentricle,
  figures: readonly FrameFigures[],
  sound: readonly boolean[],
  geometry: Geometry,
): FoundBeat[] {
  const frameTime = geometry.frameTimeMs / 1000;
  const { volumes, noise, period } = ventricle;
  const disksAt = (frame: number): Disks => ({
    diameters: ventricle.diameters.map((disk) => rounded(disk[frame]!)),
    thickness: rounded(ventricle.thickness[frame]!),
  });
  // An extreme in the middle of a bridge was not seen.
  const isSeen = (frame: number): boolean =>
    [frame - 1, frame, frame + 1].some((near) => sound[near] === true);
  return findBeats(volumes, noise, period, frameTime)
    .filter(({ endDiastole, endSystole }) => isSeen(endDiastole) && isSeen(endSystole))
    .map(({ endDiastole, endSystole, atEdge }) => {
      const edv = volumes[endDiastole]!;
      const esv = volumes[endSystole]!;
      const laFrame = largestAtrium(figures, endSystole, Math.round((aboutEndSystole * period) / frameTime));
      const la = laFrame === null ? null : figures[laFrame]!.la!;
      return {
        endDiastole,
        endSystole,
        edv: geometry.spacing === null ? null : edv,
        esv: geometry.spacing === null ? null : esv,
        ef: (100 * (edv - esv)) / edv,
        la: la && { volume: la.areaLength, area: la.area, length: la.length },
        endDiastoleDisks: disksAt(endDiastole),
        endSystoleDisks: disksAt(endSystole),
        atEdge,
        laFrame,
      };
    });
}

/** The frame about end-systole in which the atrium is second largest: the largest may be one frame's error. */
function largestAtrium(figures: readonly FrameFigures[], endSystole: number, reach: number): number | null {
  const near = figures
    .map(({ la }, frame) => ({ frame, volume: la?.areaLength ?? Number.NaN }))
    .filter(({ frame, volume }) => Math.abs(frame - endSystole) <= reach && !Number.isNaN(volume))
    .sort((a, b) => b.volume - a.volume);
  return (near[1] ?? near[0])?.frame ?? null;
}

/** From the times between end-systoles, which are sharper than end-diastoles. */
function heartRateOf(beats: readonly Beat[], frameTime: number): number | null {
  const intervals = beats.slice(1).map(({ endSystole }, i) => endSystole - beats[i]!.endSystole);
  return intervals.length === 0 ? null : 60 / (percentile(intervals, 50) * frameTime);
}

function shapeOf(
  { lengths, diameters }: FollowedVentricle,
  beats: readonly Beat[],
  { spacing }: Geometry,
): VentricleShape | null {
  if (beats.length === 0) return null;
  const median = (of: (beat: Beat) => number): number => percentile(beats.map(of), 50);
  const diastolic = median(({ endDiastole }) => lengths[endDiastole]!);
  const systolic = median(({ endSystole }) => lengths[endSystole]!);
  return {
    lengthEndDiastole: spacing === null ? null : diastolic,
    lengthEndSystole: spacing === null ? null : systolic,
    lengthRatio: systolic / diastolic,
    sphericity: median(
      ({ endDiastole }) => Math.max(...diameters.map((disk) => disk[endDiastole]!)) / lengths[endDiastole]!,
    ),
  };
}
