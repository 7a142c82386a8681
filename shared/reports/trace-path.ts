/** How far in millimetres a drawn line may be from the samples: a third of its width. */
const tolerance = 0.05;

/**
 * An SVG path through samples, in hundredths of a millimetre, as relative moves. Points are left out while a straight
 * line stays within the tolerance of every sample (a swinging door), so flat stretches shrink and no peak is lost.
 *
 * @param heights millimetres above the zero line, `undefined`-free; NaN breaks the line.
 * @param step millimetres from sample to sample.
 * @param x @param y where the first sample and the zero line lie, in millimetres.
 */
export function tracePath(heights: ArrayLike<number>, step: number, x: number, y: number): string {
  let path = '';
  let atX = 0;
  let atY = 0;
  /** What stands between one pair of numbers and the next. Looking at the path's end would copy all of it. */
  let blank = '';
  const lineTo = (index: number): void => {
    const toX = Math.round(100 * (x + index * step));
    const toY = Math.round(100 * (y - heights[index]!));
    const dx = toX - atX;
    const dy = toY - atY;
    path += (dx < 0 ? '' : blank) + dx + (dy < 0 ? '' : ' ') + dy;
    blank = ' ';
    atX = toX;
    atY = toY;
  };
  let start = 0;
  while (start < heights.length) {
    if (Number.isNaN(heights[start]!)) {
      start++;
      continue;
    }
    atX = Math.round(100 * (x + start * step));
    atY = Math.round(100 * (y - heights[start]!));
    path += `M${atX} ${atY}l`;
    blank = '';
    let anchor = start;
    let lowest = Number.NEGATIVE_INFINITY;
    let highest = Number.POSITIVE_INFINITY;
    let i = start + 1;
    for (; i < heights.length && !Number.isNaN(heights[i]!); i++) {
      const run = i - anchor;
      const slope = (heights[i]! - heights[anchor]!) / run;
      if (slope < lowest || slope > highest) {
        anchor = i - 1;
        lineTo(anchor);
        lowest = heights[i]! - heights[anchor]! - tolerance;
        highest = heights[i]! - heights[anchor]! + tolerance;
      } else {
        lowest = Math.max(lowest, slope - tolerance / run);
        highest = Math.min(highest, slope + tolerance / run);
      }
    }
    if (i - 1 > anchor) lineTo(i - 1);
    else path += '0 0';
    start = i;
  }
  return path;
}
