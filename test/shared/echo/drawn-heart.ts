import { greys } from '../learning/pictures/grey-level-models.ts';
import { changed, ultrasoundFile } from './ultrasound.ts';

/** A beating ventricle over an atrium, as ellipses of plain grey: a cine whose figures are known. */
export interface DrawnHeart {
  readonly frames?: number;
  readonly frameTimeMs?: number;
  readonly beatsPerMinute?: number;
  /** Shortening of the ventricle's width from end-diastole to end-systole, 0 to 1. */
  readonly shortening?: number;
  /** Centimetres a pixel; null leaves the region without units. */
  readonly spacing?: number | null;
  readonly sopInstanceUid?: string;
  readonly studyInstanceUid?: string;
  /** 1 two-dimensional, 3 spectral Doppler. */
  readonly spatialFormat?: number;
  /** The header says that there is colour Doppler. */
  readonly colour?: boolean;
}

const rows = 192;
const columns = 256;
/** Half axes and centre of the ventricle at end-diastole, pixels. */
const ventricle = { x: 128, y: 80, across: 36, along: 58 };
const atrium = { x: 128, y: 160, across: 30, along: 22 };

/** The share of its end-diastolic volume that the ventricle of a drawing ejects, %: it narrows in both directions. */
export const drawnEjectionFraction = (shortening: number): number => 100 * (1 - (1 - shortening) ** 2);

/** The ventricle of a frame at end-diastole (`shortening` 0) or end-systole, in pixels. */
export const drawnVentricle = (shortening: number) => ({
  ...ventricle,
  across: ventricle.across * (1 - shortening),
});

/** The drawing as a DICOM cine, uncompressed. */
export function drawnHeart({
  frames = 48,
  frameTimeMs = 40,
  beatsPerMinute = 75,
  shortening = 0.4,
  spacing = 0.06,
  sopInstanceUid = '1.2.3.4.1',
  studyInstanceUid = '1.2.3.4',
  spatialFormat = 1,
  colour = false,
}: DrawnHeart = {}): Uint8Array {
  const pixels = new Uint8Array(frames * rows * columns);
  for (let frame = 0; frame < frames; frame++) {
    const phase = (2 * Math.PI * frame * frameTimeMs * beatsPerMinute) / 60_000;
    const across = ventricle.across * (1 - (shortening * (1 - Math.cos(phase))) / 2);
    const picture = pixels.subarray(frame * rows * columns, (frame + 1) * rows * columns).fill(greys.ground);
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const inside = (body: typeof ventricle, half: number): boolean =>
          ((x - body.x) / half) ** 2 + ((y - body.y) / body.along) ** 2 <= 1;
        if (inside(ventricle, across)) picture[y * columns + x] = greys.lv;
        else if (inside(atrium, atrium.across)) picture[y * columns + x] = greys.la;
      }
  }
  const region = [
    { tag: 0x00186012, vr: 'US', value: [spatialFormat] },
    { tag: 0x00186014, vr: 'US', value: [1] },
    { tag: 0x00186018, vr: 'UL', value: [0] },
    { tag: 0x0018601a, vr: 'UL', value: [0] },
    { tag: 0x0018601c, vr: 'UL', value: [columns - 1] },
    { tag: 0x0018601e, vr: 'UL', value: [rows - 1] },
    ...(spacing === null
      ? []
      : [
          { tag: 0x00186024, vr: 'US', value: [3] },
          { tag: 0x00186026, vr: 'US', value: [3] },
          { tag: 0x0018602c, vr: 'FD', value: [spacing] },
          { tag: 0x0018602e, vr: 'FD', value: [spacing] },
        ]),
  ];
  return ultrasoundFile(
    changed(
      { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
      { tag: 0x00181063, vr: 'DS', value: String(frameTimeMs) },
      { tag: 0x00186011, vr: 'SQ', value: { items: [region] } },
      { tag: 0x0020000d, vr: 'UI', value: studyInstanceUid },
      { tag: 0x00280008, vr: 'IS', value: String(frames) },
      { tag: 0x00280010, vr: 'US', value: [rows] },
      { tag: 0x00280011, vr: 'US', value: [columns] },
      { tag: 0x00280014, vr: 'US', value: [colour ? 1 : 0] },
      { tag: 0x7fe00010, vr: 'OB', value: pixels },
    ),
  );
}
