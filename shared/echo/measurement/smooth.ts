/**
 * Smooths a curve by local parabolas (Savitzky and Golay 1964): each value becomes that of the least-squares parabola
 * through it and `reach` neighbours on either side. Unlike a mean it leaves the height of a maximum or minimum, which is
 * what is read from a volume curve. At the ends the parabola of the outermost full window is used; a curve shorter than
 * a window, or a reach below 2, comes back as it is.
 */
export function smooth(values: Float64Array, reach: number): Float64Array {
  const window = 2 * reach + 1;
  if (reach < 2 || values.length < window) return values.slice();
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const centre = Math.min(values.length - 1 - reach, Math.max(reach, i));
    result[i] = parabolaAt(values, centre, reach, i - centre);
  }
  return result;
}

/** The parabola through `values` around `centre`, at `offset` from it. */
function parabolaAt(values: Float64Array, centre: number, reach: number, offset: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let t2 = 0;
  let t4 = 0;
  for (let k = -reach; k <= reach; k++) {
    const value = values[centre + k]!;
    s0 += value;
    s1 += k * value;
    s2 += k * k * value;
    t2 += k * k;
    t4 += k ** 4;
  }
  const count = 2 * reach + 1;
  const determinant = count * t4 - t2 * t2;
  const level = (t4 * s0 - t2 * s2) / determinant;
  const curvature = (count * s2 - t2 * s0) / determinant;
  return level + (s1 / t2) * offset + curvature * offset * offset;
}
