/** Share of all the area of a complex below which its net area has no direction to speak of. */
const indefinite = 0.08;

/**
 * The frontal QRS axis in degrees, -180 to 180 (0 towards lead I, 90 towards aVF): the direction of the net areas of the
 * complexes in I and II, brought to the right angles of the frontal plane by Einthoven's triangle.
 *
 * @param first @param second lead I and lead II of one beat, in millivolts, around their level before the complex.
 * @param from @param to the complex, in samples.
 * @returns undefined where what is positive and what is negative cancel out.
 */
export function qrsAxis(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  from: number,
  to: number,
): number | undefined {
  let x = 0;
  let y = 0;
  let all = 0;
  for (let i = from; i <= to; i++) {
    const across = first[i]!;
    const down = (2 / Math.sqrt(3)) * (second[i]! - first[i]! / 2);
    x += across;
    y += down;
    all += Math.hypot(across, down);
  }
  return Math.hypot(x, y) < indefinite * all ? undefined : (180 / Math.PI) * Math.atan2(y, x);
}
