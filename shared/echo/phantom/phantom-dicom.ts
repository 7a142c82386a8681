import { type WritableElement, writeDicom } from '../dicom/write.ts';
import { encodeRle } from '../frames/encode-rle.ts';
import type { PhantomCine } from './phantom-cine.ts';

/** Whose cine it is said to be. Nobody's: say so in the name. */
export interface PhantomIdentity {
  /** `Family^Given`. */
  readonly patientName: string;
  readonly patientId: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  /** Beats a minute, for the header. */
  readonly heartRate?: number;
  /** False leaves out the region, as archives of old do. */
  readonly regions?: false;
}

const encodings = { native: '1.2.840.10008.1.2.1', rle: '1.2.840.10008.1.2.5' } as const;

/**
 * A phantom as an ultrasound multi-frame image (PS3.3 A.7): grey, 8 bits, with its frame time and the rectangle around
 * the fan as the one two-dimensional region, its pixel size in centimetres.
 */
export function phantomDicom(
  cine: PhantomCine,
  identity: PhantomIdentity,
  encoding: keyof typeof encodings = 'rle',
): Uint8Array {
  const { rows, columns, frames, frameTimeMs, pixels } = cine;
  const size = rows * columns;
  const elements: WritableElement[] = [
    { tag: 0x00080008, vr: 'CS', value: 'DERIVED\\PRIMARY' },
    { tag: 0x00080016, vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.3.1' },
    { tag: 0x00080018, vr: 'UI', value: identity.sopInstanceUid },
    { tag: 0x00080060, vr: 'CS', value: 'US' },
    { tag: 0x00080070, vr: 'LO', value: 'Systole' },
    { tag: 0x00081090, vr: 'LO', value: 'Phantom' },
    { tag: 0x00100010, vr: 'PN', value: identity.patientName },
    { tag: 0x00100020, vr: 'LO', value: identity.patientId },
    { tag: 0x00181063, vr: 'DS', value: String(Number(frameTimeMs.toFixed(6))) },
    { tag: 0x0020000d, vr: 'UI', value: identity.studyInstanceUid },
    { tag: 0x0020000e, vr: 'UI', value: identity.seriesInstanceUid },
    { tag: 0x00280002, vr: 'US', value: [1] },
    { tag: 0x00280004, vr: 'CS', value: 'MONOCHROME2' },
    { tag: 0x00280008, vr: 'IS', value: String(frames) },
    { tag: 0x00280009, vr: 'AT', value: [0x00181063] },
    { tag: 0x00280010, vr: 'US', value: [rows] },
    { tag: 0x00280011, vr: 'US', value: [columns] },
    { tag: 0x00280014, vr: 'US', value: [0] },
    { tag: 0x00280100, vr: 'US', value: [8] },
    { tag: 0x00280101, vr: 'US', value: [8] },
    { tag: 0x00280102, vr: 'US', value: [7] },
    { tag: 0x00280103, vr: 'US', value: [0] },
    {
      tag: 0x7fe00010,
      vr: 'OB',
      value:
        encoding === 'native'
          ? pixels
          : {
              fragments: Array.from({ length: frames }, (_, frame) =>
                encodeRle(pixels.subarray(frame * size, (frame + 1) * size), columns),
              ),
            },
    },
  ];
  if (identity.heartRate !== undefined)
    elements.push({ tag: 0x00181088, vr: 'IS', value: String(Math.round(identity.heartRate)) });
  if (identity.regions !== false)
    elements.push({ tag: 0x00186011, vr: 'SQ', value: { items: [region(cine)] } });
  return writeDicom({ transferSyntaxUid: encodings[encoding], elements });
}

/** The rectangle around the fan (PS3.3 C.8.5.5): two-dimensional tissue, in centimetres. */
function region({ fan: { box, spacing, apex } }: PhantomCine): WritableElement[] {
  return [
    { tag: 0x00186012, vr: 'US', value: [1] },
    { tag: 0x00186014, vr: 'US', value: [1] },
    { tag: 0x00186016, vr: 'UL', value: [0] },
    { tag: 0x00186018, vr: 'UL', value: [box.left] },
    { tag: 0x0018601a, vr: 'UL', value: [box.top] },
    { tag: 0x0018601c, vr: 'UL', value: [box.right] },
    { tag: 0x0018601e, vr: 'UL', value: [box.bottom] },
    { tag: 0x00186020, vr: 'SL', value: [Math.round(apex.column) - box.left] },
    { tag: 0x00186022, vr: 'SL', value: [Math.round(apex.row) - box.top] },
    { tag: 0x00186024, vr: 'US', value: [3] },
    { tag: 0x00186026, vr: 'US', value: [3] },
    { tag: 0x0018602c, vr: 'FD', value: [spacing.x] },
    { tag: 0x0018602e, vr: 'FD', value: [spacing.y] },
  ];
}
