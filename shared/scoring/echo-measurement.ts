import type { Calculation, EchoMeasurement } from '../catalog/echo-results.ts';
import type { Instance, Mark } from '../echo/dicom/instance.ts';
import { frameTimeDoubt, type Geometry } from '../echo/measurement/geometry.ts';
import type { ApicalView, CineMeasurement } from '../echo/measurement/measure-cine.ts';
import type { Doubt, Unmeasurable } from '../echo/measurement/unmeasurable.ts';
import type { PublishedFigures } from './published-figures.ts';

/** What the row of a measured, or unmeasurable, instance is made from. */
export interface MeasuredInstance {
  readonly instance: Instance;
  readonly geometry: Geometry;
  /** Number in the file of each frame. */
  readonly frames: ArrayLike<number>;
  readonly marks: readonly Mark[];
  /** The view whose chambers are measured; null where the instance shows none. */
  readonly view: ApicalView | null;
  /** Why nothing was measured; null where it was tried. */
  readonly reason: Unmeasurable | null;
  readonly measured: CineMeasurement | null;
  /** By the published system's method; null where there are no masks. */
  readonly published: PublishedFigures | null;
  readonly model: { readonly modelName: string; readonly modelVersion: string } | null;
  readonly preprocessingHash: string;
}

/** The row of `measurement.instances` and those of `measurement.calculations`. */
export function echoMeasurement({
  instance,
  geometry,
  frames,
  marks,
  view,
  reason,
  measured,
  published,
  model,
  preprocessingHash,
}: MeasuredInstance): EchoMeasurement {
  const [beat] = measured?.beats ?? [];
  const doubts = new Set<Doubt>([...(measured?.doubts ?? []), ...(published?.doubts ?? [])]);
  // Where nothing was measured, no frame time was taken for granted either.
  const hasFrameTime = measured !== null || geometry.frameTimeFrom !== 'default';
  const ofTime = frameTimeDoubt(geometry);
  if (hasFrameTime && ofTime !== null) doubts.add(ofTime);
  return {
    studyInstanceUid: instance.studyInstanceUid,
    modelName: model?.modelName ?? null,
    modelVersion: model?.modelVersion ?? null,
    preprocessingHash,
    view,
    frameTimeMs: hasFrameTime ? geometry.frameTimeMs : null,
    heartRate: geometry.heartRate,
    spacingX: geometry.spacing?.x ?? null,
    spacingY: geometry.spacing?.y ?? null,
    defaults: [...doubts],
    endDiastole: beat === undefined ? null : frames[beat.endDiastole]!,
    endSystole: beat === undefined ? null : frames[beat.endSystole]!,
    edv: measured?.edv?.value ?? null,
    esv: measured?.esv?.value ?? null,
    ef: measured?.ef?.value ?? null,
    efSpread: measured?.ef?.sd ?? null,
    laVolume: measured?.laVolume?.value ?? null,
    recommendation: measured?.recommendation ?? null,
    reasons: reason === null ? (measured?.unmeasurable ?? []) : [reason],
    marks,
    result: measured === null ? null : withShortCurves(measured),
    calculations: [
      ...(measured === null ? [] : disksRows(measured)),
      ...(published === null ? [] : publishedRows(published)),
    ],
  };
}

/** Curves of a long cine to three decimals: a row of the Data API is 64 KB at most. */
function withShortCurves(measured: CineMeasurement): CineMeasurement {
  const { curve, laCurve } = measured;
  const short = <T extends number | null>(value: T): T =>
    (value === null ? null : Math.round(value * 1000) / 1000) as T;
  return {
    ...measured,
    curve: { ...curve, raw: curve.raw.map(short), smoothed: curve.smoothed.map(short) },
    laCurve: laCurve.map(short),
  };
}

/** The figures of each beat and, as medians over beats, of the cine. */
function disksRows({ beats, edv, esv, ef, laVolume }: CineMeasurement): Calculation[] {
  const rows = (
    beat: number | null,
    figures: Readonly<Record<string, readonly [number | null | undefined, string]>>,
  ) =>
    Object.entries(figures).flatMap(([quantity, [value, unit]]): Calculation[] =>
      value === null || value === undefined || !Number.isFinite(value)
        ? []
        : [{ method: 'disks', beat, quantity, value, unit }],
    );
  return [
    ...rows(null, {
      EDV: [edv?.value, 'mL'],
      ESV: [esv?.value, 'mL'],
      EF: [ef?.value, '%'],
      'EF SD': [ef?.sd, '%'],
      LAV: [laVolume?.value, 'mL'],
    }),
    ...beats.flatMap((beat, index) =>
      rows(index, {
        EDV: [beat.edv, 'mL'],
        ESV: [beat.esv, 'mL'],
        EF: [beat.ef, '%'],
        LAV: [edv === null ? null : beat.la?.volume, 'mL'],
      }),
    ),
  ];
}

/** The published system's outputs under its own names, and what else its method gives. */
function publishedRows({ figures }: PublishedFigures): Calculation[] {
  const named = [
    ['VTD(MDD-ps4)', figures.lvedv, 'mL'],
    ['VTS(MDD-ps4)', figures.lvesv, 'mL'],
    ['FE(MDD-ps4)', figures.ef, '%'],
    ['LAV', figures.lavol, 'mL'],
    ['diastole', figures.diastoleTime, 'ms'],
  ] as const;
  return named.flatMap(([quantity, value, unit]): Calculation[] =>
    value === null ? [] : [{ method: 'area-length', beat: null, quantity, value, unit }],
  );
}
