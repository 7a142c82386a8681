/** How the samples of a decoded picture are to be understood. */
export type Colour = 'grey' | 'inverse-grey' | 'palette' | 'rgb' | 'ybr';

/** One decoded frame. A decoder owns the samples and overwrites them with the next frame. */
export interface Picture {
  readonly rows: number;
  readonly columns: number;
  /** Row by row; three samples a pixel lie together. 16-bit samples of a signed picture are in two's complement. */
  readonly samples: Uint8Array | Uint16Array;
  readonly samplesPerPixel: 1 | 3;
  readonly colour: Colour;
  /** Bits of a sample that carry its value. */
  readonly bits: number;
  readonly signed: boolean;
}

/** What a decoder must know of the header. */
export interface PictureFormat {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: 1 | 3;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Samples of a colour lie together instead of those of a pixel. */
  readonly planar: boolean;
  readonly littleEndian: boolean;
  readonly photometricInterpretation: string;
}

/**
 * Turns one stored frame into a picture. Throws SystoleError `dicom_pixels` when it cannot.
 * `lumaSuffices`: the caller wants grey only, so a YBR picture need not be turned to RGB.
 */
export type Decode = (stored: Uint8Array, lumaSuffices: boolean) => Picture;

/** The colour that a photometric interpretation names (PS3.3 C.7.6.3.1.2). */
export function colourOf(photometricInterpretation: string): Colour {
  if (photometricInterpretation === 'MONOCHROME1') return 'inverse-grey';
  if (photometricInterpretation === 'MONOCHROME2') return 'grey';
  if (photometricInterpretation === 'PALETTE COLOR') return 'palette';
  return photometricInterpretation === 'RGB' ? 'rgb' : 'ybr';
}
