import type { PictureArea } from './picture-area.ts';

/** The first frame of an instance that can be decoded, with burned-in text removed: grey `[row, column]`. */
export interface FirstFrame {
  readonly grey: Uint8Array;
  readonly area: PictureArea['from'];
}
