/** `lv` left ventricle (cavity), `la` left atrium, `lvo` left ventricle with its wall. */
export type Chamber = 'lv' | 'la' | 'lvo';

/** The chambers of every frame of a cine as a segmentation net sees them. */
export interface ChamberMasks {
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  /** `[frame, row, column]`, 1 inside. */
  readonly lv: Uint8Array;
  readonly la: Uint8Array;
  readonly lvo?: Uint8Array;
  /** `[frame]`, the net's mean probability inside the chambers. */
  readonly confidence?: ArrayLike<number>;
}

/** One chamber in one frame: `[row, column]`, 1 inside. */
export interface Mask {
  readonly rows: number;
  readonly columns: number;
  readonly pixels: Uint8Array;
}

/** A chamber's mask in one frame, without a copy; undefined where the cine has none of that chamber. */
export function frameMask(masks: ChamberMasks, chamber: 'lv' | 'la', frame: number): Mask;
export function frameMask(masks: ChamberMasks, chamber: Chamber, frame: number): Mask | undefined;
export function frameMask(masks: ChamberMasks, chamber: Chamber, frame: number): Mask | undefined {
  const { rows, columns } = masks;
  const pixels = masks[chamber]?.subarray(frame * rows * columns, (frame + 1) * rows * columns);
  return pixels === undefined ? undefined : { rows, columns, pixels };
}
