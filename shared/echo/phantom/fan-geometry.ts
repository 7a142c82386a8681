/** Where the fan lies in the picture. */
export interface FanGeometry {
  readonly rows: number;
  readonly columns: number;
  /** Size of a pixel, cm. */
  readonly spacing: { readonly x: number; readonly y: number };
  /** Where the lines meet: edges of pixels are whole numbers. */
  readonly apex: { readonly row: number; readonly column: number };
  /** cm from the apex to the arc. */
  readonly depth: number;
  /** From the middle to each side, radians. */
  readonly halfAngle: number;
  /** The smallest rectangle around it, pixels, all inside. */
  readonly box: {
    readonly top: number;
    readonly bottom: number;
    readonly left: number;
    readonly right: number;
  };
}

export interface FanOptions {
  /** cm. */
  readonly depth: number;
  /** Degrees from side to side. */
  readonly opening: number;
  /** Shares of the rows above the fan and that it takes. */
  readonly top: number;
  readonly height: number;
  /** Share of the columns left of the apex. */
  readonly middle: number;
}

/**
 * @param aspect width over height of the picture as it was taken; a picture of other `rows` and `columns` is that
 * picture squeezed, with pixels that are not square
 */
export function fanGeometry(rows: number, columns: number, aspect: number, fan: FanOptions): FanGeometry {
  const y = fan.depth / (fan.height * rows);
  const x = (y * rows * aspect) / columns;
  const apex = { row: fan.top * rows, column: fan.middle * columns };
  const halfAngle = (fan.opening * Math.PI) / 360;
  const reach = (fan.depth * Math.sin(halfAngle)) / x;
  const box = {
    top: Math.max(0, Math.floor(apex.row)),
    bottom: Math.min(rows, Math.ceil(apex.row + fan.depth / y)) - 1,
    left: Math.max(0, Math.floor(apex.column - reach)),
    right: Math.min(columns, Math.ceil(apex.column + reach)) - 1,
  };
  return { rows, columns, spacing: { x, y }, apex, depth: fan.depth, halfAngle, box };
}

/** Calls for each pixel in the fan: its index, and its middle in cm from the apex, across and in depth. */
export function forEachFanPixel(
  { columns, spacing, apex, depth, halfAngle, box }: FanGeometry,
  call: (pixel: number, across: number, down: number) => void,
): void {
  const slope = Math.tan(halfAngle);
  for (let row = box.top; row <= box.bottom; row++) {
    const down = (row + 0.5 - apex.row) * spacing.y;
    for (let column = box.left; column <= box.right; column++) {
      const across = (column + 0.5 - apex.column) * spacing.x;
      if (Math.abs(across) <= down * slope && across * across + down * down <= depth * depth)
        call(row * columns + column, across, down);
    }
  }
}
