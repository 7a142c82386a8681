import type { Mask } from '../../../../shared/echo/measurement/chamber-masks.ts';
import type { PixelSize } from '../../../../shared/echo/measurement/geometry.ts';

/** An ellipsoid of revolution cut across its long axis, and the round atrium that hangs on the cut. Lengths in cm. */
export interface Heart {
  /** Half of the greatest diameter, and of the length before the cut. */
  readonly radius: number;
  readonly halfLength: number;
  /** Where it is cut, in half lengths from the centre towards the base; 1 is not cut. */
  readonly cut: number;
}

/** Volume in mL of the cut ellipsoid. */
export function volumeOf({ radius, halfLength, cut }: Heart): number {
  return Math.PI * radius ** 2 * halfLength * (cut + 1 - (cut ** 3 + 1) / 3);
}

export const lengthOf = ({ halfLength, cut }: Heart): number => halfLength * (1 + cut);

export interface View {
  readonly rows: number;
  readonly columns: number;
  readonly pixel: PixelSize;
  /** Radians by which the apex is turned from straight up. */
  readonly angle: number;
  /** Relative to the middle of the picture, cm. */
  readonly shift?: { readonly x: number; readonly y: number };
}

/** Both chambers as they look in the middle of a picture. */
export function masksOf(heart: Heart, view: View): { lv: Mask; la: Mask } {
  const { rows, columns, pixel, angle, shift = { x: 0, y: 0 } } = view;
  const lv = new Uint8Array(rows * columns);
  const la = new Uint8Array(rows * columns);
  const { radius, halfLength, cut } = heart;
  const base = halfLength * cut;
  const atrium = 0.7 * radius;
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++) {
      const x = (column + 0.5 - columns / 2) * pixel.x - shift.x;
      const y = (row + 0.5 - rows / 2) * pixel.y - shift.y;
      const across = x * Math.cos(angle) + y * Math.sin(angle);
      const along = -x * Math.sin(angle) + y * Math.cos(angle);
      if ((across / radius) ** 2 + (along / halfLength) ** 2 <= 1 && along <= base) lv[at] = 1;
      else if (along > base && (across / atrium) ** 2 + ((along - base) / (1.6 * atrium)) ** 2 <= 1)
        la[at] = 1;
    }
  return { lv: { rows, columns, pixels: lv }, la: { rows, columns, pixels: la } };
}
