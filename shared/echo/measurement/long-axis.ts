import type { Point } from '../frames/convex-hull.ts';
import type { Mask } from './chamber-masks.ts';
import { outlinePixels } from './clean-mask.ts';
import type { PixelSize } from './geometry.ts';

/** The long axis of a chamber, in the unit of the pixel size (cm) from the picture's upper left corner. */
export interface LongAxis {
  /** Middle of the mitral annulus. */
  readonly base: Point;
  /** Far end: the apex of a ventricle, the back wall of an atrium. */
  readonly apex: Point;
  /** The annulus was found where the two chambers meet; false: the axis is the principal one of the shape. */
  readonly annulusSeen: boolean;
}

/** Of the square root of the chamber's area: how far apart two chambers may lie and still share an annulus. */
const widestGap = 0.25;
/** Of the square root of the chamber's area: outline this much farther than the nearest is still annulus. */
const annulusDepth = 0.06;

/**
 * The long axis of a chamber, from the middle of the mitral annulus, which is where its outline meets the `neighbour`,
 * to the farthest point of its outline (`farthest`, for the ventricle's apex) or to the end of the ray through its
 * centroid (`opposite`, for the atrium, which is as wide as long, so that the farthest point is a corner). Without a
 * neighbour near by it is the principal axis of the shape, its base the lower end, as apical views have it.
 * Source: Lang et al. 2015, Recommendations for cardiac chamber quantification, J Am Soc Echocardiogr 28:1.
 * @param mask in one piece (`cleanMask`)
 */
export function longAxis(
  mask: Mask,
  pixel: PixelSize,
  neighbour?: Mask,
  end: 'farthest' | 'opposite' = 'farthest',
): LongAxis | undefined {
  const outline = outlinePixels(mask).map((at) => pointOf(at, mask.columns, pixel));
  if (outline.length === 0) return undefined;
  const shape = momentsOf(mask, pixel);
  const annulus = neighbour && annulusOf(outline, neighbour, pixel, Math.sqrt(shape.area));
  if (annulus === undefined) return principalAxis(outline, shape);
  const base = annulus;
  const apex =
    end === 'farthest'
      ? farthestFrom(base, outline, pixel)
      : alongRay(base, { x: shape.x - base.x, y: shape.y - base.y }, outline);
  return apex.x === base.x && apex.y === base.y ? undefined : { base, apex, annulusSeen: true };
}

const pointOf = (at: number, columns: number, pixel: PixelSize): Point => ({
  x: ((at % columns) + 0.5) * pixel.x,
  y: (Math.floor(at / columns) + 0.5) * pixel.y,
});

/** Centre of the chord between the ends of the outline's part that faces the neighbour. */
function annulusOf(
  outline: readonly Point[],
  neighbour: Mask,
  pixel: PixelSize,
  size: number,
): Point | undefined {
  const facing = outlinePixels(neighbour).map((at) => pointOf(at, neighbour.columns, pixel));
  const gaps = outline.map((point) => {
    let least = Number.POSITIVE_INFINITY;
    for (const other of facing) {
      const square = (other.x - point.x) ** 2 + (other.y - point.y) ** 2;
      if (square < least) least = square;
    }
    return Math.sqrt(least);
  });
  const nearest = gaps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (nearest > widestGap * size) return undefined;
  const depth = Math.max(annulusDepth * size, Math.max(pixel.x, pixel.y));
  const facingPart = outline.filter((_, i) => gaps[i]! <= nearest + depth);
  const { x, y, direction } = principal(facingPart);
  const middle = centroid(outline);
  const outward = Math.sign((y - middle.y) * direction.x - (x - middle.x) * direction.y) || 1;
  // The facing part runs a little way up the walls: its corners lie farthest aside and towards the neighbour at once;
  // towards counts double, since walls of round hearts come in at more than half a right angle.
  const corner = (side: 1 | -1): Point => {
    const reach = (point: Point): number =>
      2 * outward * (point.y * direction.x - point.x * direction.y) +
      side * (point.x * direction.x + point.y * direction.y);
    return facingPart.reduce((best, point) => (reach(point) > reach(best) ? point : best));
  };
  const left = corner(-1);
  const right = corner(1);
  return { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
}

function centroid(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }));
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/** The end as far from `base` as the outline reaches, in the middle of those points that are so within a pixel. */
function farthestFrom(base: Point, outline: readonly Point[], { x, y }: PixelSize): Point {
  const distances = outline.map((point) => Math.hypot(point.x - base.x, point.y - base.y));
  const farthest = distances.reduce((a, b) => Math.max(a, b), 0);
  const end = centroid(outline.filter((_, i) => distances[i]! >= farthest - Math.max(x, y)));
  const span = Math.hypot(end.x - base.x, end.y - base.y) || 1;
  return {
    x: base.x + ((end.x - base.x) * farthest) / span,
    y: base.y + ((end.y - base.y) * farthest) / span,
  };
}

/** The point on the ray from `base` as far along it as the outline reaches. */
function alongRay(base: Point, direction: Point, outline: readonly Point[]): Point {
  const length = Math.hypot(direction.x, direction.y) || 1;
  const ray = { x: direction.x / length, y: direction.y / length };
  const reach = outline.reduce(
    (most, point) => Math.max(most, (point.x - base.x) * ray.x + (point.y - base.y) * ray.y),
    0,
  );
  return { x: base.x + reach * ray.x, y: base.y + reach * ray.y };
}

function principalAxis(outline: readonly Point[], shape: Moments): LongAxis {
  const { direction } = shape;
  const along = outline.map((point) => (point.x - shape.x) * direction.x + (point.y - shape.y) * direction.y);
  const at = (distance: number): Point => ({
    x: shape.x + distance * direction.x,
    y: shape.y + distance * direction.y,
  });
  const ends = [at(Math.min(...along)), at(Math.max(...along))].sort((a, b) => a.y - b.y);
  return { apex: ends[0]!, base: ends[1]!, annulusSeen: false };
}

interface Moments extends Point {
  readonly area: number;
  /** Unit vector of the largest variance. */
  readonly direction: Point;
}

/** Area, centroid and principal direction of a mask. */
function momentsOf({ columns, pixels }: Mask, pixel: PixelSize): Moments {
  let count = 0;
  let x = 0;
  let y = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === 0) continue;
    const row = Math.floor(at / columns);
    const column = at - row * columns;
    count++;
    x += column;
    y += row;
    xx += column * column;
    xy += column * row;
    yy += row * row;
  }
  const direction = directionOf(
    (xx - (x * x) / count) * pixel.x ** 2,
    (xy - (x * y) / count) * pixel.x * pixel.y,
    (yy - (y * y) / count) * pixel.y ** 2,
  );
  const centre = { x: (x / count + 0.5) * pixel.x, y: (y / count + 0.5) * pixel.y };
  return { ...centre, direction, area: count * pixel.x * pixel.y };
}

function principal(points: readonly Point[]): Point & { direction: Point } {
  const { x, y } = centroid(points);
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const point of points) {
    xx += (point.x - x) ** 2;
    xy += (point.x - x) * (point.y - y);
    yy += (point.y - y) ** 2;
  }
  return { x, y, direction: directionOf(xx, xy, yy) };
}

/** Unit vector of the largest variance, from the sums of squares and products. */
function directionOf(xx: number, xy: number, yy: number): Point {
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return { x: Math.cos(angle), y: Math.sin(angle) };
}
