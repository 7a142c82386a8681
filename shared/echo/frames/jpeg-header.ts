import { SystoleError } from '../../errors.ts';

/** What the markers of a JPEG stream say (ITU-T T.81 annex B). */
export interface JpegHeader {
  /** Second byte of the start-of-frame marker: C0 baseline, C1 extended, C2 progressive, C3 lossless, F7 JPEG-LS. */
  readonly process: number;
  readonly precision: number;
  readonly rows: number;
  readonly columns: number;
  /** Identifiers of the components. */
  readonly components: readonly number[];
  /** Transform flag of Adobe's APP14: 0 none, 1 YCbCr; undefined without it. */
  readonly adobeTransform: number | undefined;
  readonly jfif: boolean;
  /** Start and end of the APPn segments directly after SOI. */
  readonly applicationEnd: number;
}

/**
 * Reads the markers before the first scan.
 * @throws SystoleError `dicom_pixels` when there is no frame header.
 */
export function jpegHeader(stream: Uint8Array): JpegHeader {
  let at = 2;
  let adobeTransform: number | undefined;
  let jfif = false;
  let applicationEnd = 2;
  if (stream[0] !== 0xff || stream[1] !== 0xd8) fail('does not start with SOI');
  while (at + 4 <= stream.length) {
    if (stream[at] !== 0xff) fail(`has no marker at offset ${at}`);
    const marker = stream[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = (stream[at + 2]! << 8) | stream[at + 3]!;
    if (marker === 0xda || length < 2) break;
    const frame =
      (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (frame) {
      const count = stream[at + 9] ?? 0;
      if (at + 10 + 3 * count > stream.length) break;
      return {
        process: marker,
        precision: stream[at + 4]!,
        rows: (stream[at + 5]! << 8) | stream[at + 6]!,
        columns: (stream[at + 7]! << 8) | stream[at + 8]!,
        components: Array.from({ length: count }, (_, i) => stream[at + 10 + 3 * i]!),
        adobeTransform,
        jfif,
        applicationEnd,
      };
    }
    if (marker === 0xe0 && startsWith(stream, at + 4, 'JFIF')) jfif = true;
    if (marker === 0xee && startsWith(stream, at + 4, 'Adobe')) adobeTransform = stream[at + 15];
    if (marker >= 0xe0 && marker <= 0xef && applicationEnd === at) applicationEnd = at + 2 + length;
    at += 2 + length;
  }
  return fail('has no frame header');
}

/**
 * Whether three components are RGB and not YCbCr. The stream knows best (Adobe's flag, JFIF, the identifiers R, G, B);
 * a bare one is what the photometric interpretation says.
 */
export function isRgb(header: JpegHeader, photometricInterpretation: string): boolean {
  if (header.adobeTransform !== undefined) return header.adobeTransform === 0;
  if (header.jfif) return false;
  if (String.fromCharCode(...header.components) === 'RGB') return true;
  return photometricInterpretation === 'RGB';
}

function startsWith(stream: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (stream[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function fail(what: string): never {
  throw new SystoleError('dicom_pixels', `A JPEG stream ${what}.`);
}
