import { knownRepresentations } from './value-representation.ts';

/** How a DICOM file begins. */
export interface DicomForm {
  /** Offset of the first element: 132 after a preamble, else 0. */
  readonly start: number;
  /** Encoding of the first element: that of the file meta information, or of a bare data set. */
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/**
 * Whether the first bytes of a file (at least 140, or all of them) are DICOM, whatever its name: the
 * preamble and `DICM` of PS3.10 7.1, or, for files without, a first element of group 0002 or 0008 that can be one.
 */
export function detectDicom(first: Uint8Array): DicomForm | undefined {
  if (first.length >= 132 && ascii(first, 128, 4) === 'DICM')
    return bareForm(first.subarray(132), 132) ?? { start: 132, explicit: true, littleEndian: true };
  return bareForm(first, 0);
}

/** A first element is plausible when its tag is low in its group, its representation known or its length small. */
function bareForm(bytes: Uint8Array, start: number): DicomForm | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const littleEndian of [true, false]) {
    const group = view.getUint16(0, littleEndian);
    const element = view.getUint16(2, littleEndian);
    if ((group !== 0x0002 && group !== 0x0008) || element > 0x0018) continue;
    if (knownRepresentations.has(ascii(bytes, 4, 2))) return { start, explicit: true, littleEndian };
    const length = view.getUint32(4, littleEndian);
    if (littleEndian && length <= 256 && length % 2 === 0) return { start, explicit: false, littleEndian };
  }
  return undefined;
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
