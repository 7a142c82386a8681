import type { ChamberVolumes, Filling } from './heartbeat.ts';
import { halfAxisFor, type TruncatedEllipsoid, volumeOf } from './truncated-ellipsoid.ts';

/**
 * The heart's own axes, in cm: z runs from the apex (the outer one is the origin) to the base, x from the septum to the
 * lateral wall, y from the inferior to the anterior wall. The four-chamber plane holds x and z, the two-chamber plane y
 * and z: at right angles, as the biplane method of disks takes them to be.
 */
export interface HeartShape extends ChamberVolumes {
  /** Length of the left ventricle over its width, at end-diastole. */
  readonly elongation: number;
  /** Width of the left chambers in the two-chamber plane over that in the four-chamber plane. */
  readonly roundness: number;
  /** Thickness of the left ventricle's wall at end-diastole, cm. */
  readonly wall: number;
}

/** What fills a point. The first six are the labels of the four-chamber masks. */
export const tissues = {
  outside: 0,
  myocardium: 1,
  leftVentricle: 2,
  rightVentricle: 3,
  leftAtrium: 4,
  rightAtrium: 5,
  aorta: 6,
  valve: 7,
  wall: 8,
  pericardium: 9,
  papillary: 10,
} as const;

/** An ellipsoid beside the long axis. */
interface Aside extends TruncatedEllipsoid {
  readonly x: number;
}

/** A valve's leaflets as a surface of revolution about an axis at x, hinged on a ring; lengths in cm. */
interface Valve {
  readonly x: number;
  readonly ring: number;
  readonly height: number;
  readonly cosine: number;
  readonly sine: number;
}

/** The bodies at one time. */
export interface Heart {
  readonly lv: TruncatedEllipsoid;
  /** The left ventricle with its myocardium. */
  readonly outer: TruncatedEllipsoid;
  readonly la: TruncatedEllipsoid;
  readonly rv: Aside;
  readonly ra: Aside;
  readonly mitral: Valve;
  readonly tricuspid: Valve;
}

/** Where along its half-length the ventricle is cut: gives an annulus of 0.71 of the width. */
const ventricleCut = 0.7;
/** The apex is thinner than the walls. */
const apexShare = 0.6;
/** Share of the volume's change that the length takes; the rest is the width's: 17 % and 31 % at an EF of 60 %. */
const lengthExponent = 0.2;

/** The bodies of a heart that is filled so; volumes of the left chambers are exact, the myocardium's is constant. */
export function heartAt(shape: HeartShape, filling: Filling): Heart {
  const relaxed = ventricle(shape, shape.edv);
  const lv = ventricle(shape, filling.lv);
  const muscle = volumeOf(around(relaxed, shape.wall)) - volumeOf(relaxed);
  const wall = wallFor(lv, volumeOf(lv) + muscle);
  const height = lv.h + apexShare * wall;
  const inner = lifted(lv, height);
  const outer = lifted(around(lv, wall), height);
  const base = inner.cut;
  const ring = inner.a * Math.sqrt(1 - ventricleCut ** 2);
  const la = atrium(shape, filling.la, base, ring);
  const slack = 1 - 0.22 * filling.ejected;
  const tricuspidHeight = base - 0.5;
  const rvHeight = 0.88 * tricuspidHeight;
  const rv: Aside = {
    x: -0.95 * outer.a,
    a: 2.7 * slack,
    b: 3.3 * slack,
    h: rvHeight / 1.3,
    centre: tricuspidHeight - (0.3 * rvHeight) / 1.3,
    cut: tricuspidHeight,
    side: -1,
  };
  const raLength = 4.4 * (1 + 0.1 * filling.ejected);
  const ra: Aside = {
    x: -(la.a + 2.35),
    a: 2.1,
    b: 2.1,
    h: raLength / 1.6,
    centre: tricuspidHeight + (0.6 * raLength) / 1.6,
    cut: tricuspidHeight,
    side: 1,
  };
  const angle = 0.18 + 1.15 * filling.opening;
  const leaflets = { cosine: Math.cos(angle), sine: Math.sin(angle) };
  return {
    lv: inner,
    outer,
    la,
    rv,
    ra,
    mitral: { x: 0, ring, height: base, ...leaflets },
    tricuspid: { x: -(outer.a * 0.95 + 1.15), ring: 1.55, height: tricuspidHeight, ...leaflets },
  };
}

function ventricle(shape: HeartShape, volume: number): TruncatedEllipsoid {
  // Width and length at end-diastole follow from the volume and the elongation: V = k (2 a elongation) a^2.
  const unit = halfAxisFor(1, 1, ventricleCut, shape.roundness);
  const relaxedA = Math.cbrt((shape.edv * unit * unit) / (2 * shape.elongation));
  const length = 2 * shape.elongation * relaxedA * (volume / shape.edv) ** lengthExponent;
  const a = halfAxisFor(volume, length, ventricleCut, shape.roundness);
  const h = length / (1 + ventricleCut);
  return { a, b: a * shape.roundness, h, centre: 0, cut: ventricleCut * h, side: -1 };
}

function around(body: TruncatedEllipsoid, wall: number): TruncatedEllipsoid {
  return { ...body, a: body.a + wall, b: body.b + wall, h: body.h + apexShare * wall };
}

function lifted(body: TruncatedEllipsoid, height: number): TruncatedEllipsoid {
  return { ...body, centre: body.centre + height, cut: body.cut + height };
}

/** The thickness at which the ventricle with its wall has this volume; bisection. */
function wallFor(lv: TruncatedEllipsoid, volume: number): number {
  return bisect(0, 6, (wall) => volumeOf(around(lv, wall)) - volume);
}

/** An atrium on the ring, longer and wider as it fills. */
function atrium(shape: HeartShape, volume: number, base: number, ring: number): TruncatedEllipsoid {
  const length = 1.35 * Math.cbrt(shape.laMaximum) * (volume / shape.laMaximum) ** 0.4;
  const widthOf = (share: number) => halfAxisFor(volume, length, share, shape.roundness);
  const share = bisect(0.05, 0.9, (cut) => ring - widthOf(cut) * Math.sqrt(1 - cut * cut));
  const a = widthOf(share);
  const h = length / (1 + share);
  return { a, b: a * shape.roundness, h, centre: base + share * h, cut: base, side: 1 };
}

/** Where a growing function passes zero, or the nearer end. */
function bisect(low: number, high: number, value: (x: number) => number): number {
  let [from, to] = [low, high];
  for (let i = 0; i < 40; i++) {
    const middle = (from + to) / 2;
    if (value(middle) < 0) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}

/** The chamber or the myocardium at a point, without valves and walls: what masks show. */
export function chamberAt({ lv, outer, la, rv, ra }: Heart, x: number, y: number, z: number): number {
  if (z <= lv.cut) {
    const across = shell(outer, x, y, z);
    if (across < 1) return shell(lv, x, y, z) < 1 ? tissues.leftVentricle : tissues.myocardium;
  } else if (shell(la, x, y, z) < 1) return tissues.leftAtrium;
  if (z <= rv.cut) {
    if (shell(rv, x - rv.x, y, z) < 1) return tissues.rightVentricle;
  } else if (shell(ra, x - ra.x, y, z) < 1 && distanceOutside(la, x, y, z) > 0.25) return tissues.rightAtrium;
  return tissues.outside;
}

/** What scatters at a point. */
export function tissueAt(heart: Heart, x: number, y: number, z: number): number {
  const { lv, outer, la, rv, ra, mitral, tricuspid } = heart;
  const chamber = chamberAt(heart, x, y, z);
  if (chamber === tissues.myocardium) return outflowDistance(heart, x, y, z) < 0 ? tissues.aorta : chamber;
  if (chamber === tissues.leftVentricle) {
    if (onLeaflet(mitral, x, y, z)) return tissues.valve;
    return isPapillary(lv, x, y, z) ? tissues.papillary : chamber;
  }
  if (chamber === tissues.rightVentricle || chamber === tissues.rightAtrium)
    return onLeaflet(tricuspid, x, y, z) ? tissues.valve : chamber;
  if (chamber === tissues.leftAtrium) {
    const fromAorta = outflowDistance(heart, x, y, z);
    if (fromAorta < 0.15) return fromAorta < -0.05 ? tissues.aorta : tissues.wall;
    return onLeaflet(mitral, x, y, z) ? tissues.valve : chamber;
  }
  const aorta = outflowDistance(heart, x, y, z);
  if (aorta < 0.2) return aorta < 0 ? tissues.aorta : tissues.wall;
  if (z > lv.cut - 0.15 && z < lv.cut + 0.35) {
    // The fibrous ring between the wall and the atrium.
    const radius = Math.hypot(x, y);
    if (radius > mitral.ring - 0.05 && radius < mitral.ring + 0.45) return tissues.valve;
  }
  if (z > lv.cut && distanceOutside(la, x, y, z) < 0.22) return tissues.wall;
  if (z <= rv.cut && distanceOutside(rv, x - rv.x, y, z) < 0.4) return tissues.wall;
  if (z > rv.cut && distanceOutside(ra, x - ra.x, y, z) < 0.22) return tissues.wall;
  if (z <= lv.cut + 0.5 && distanceOutside(outer, x, y, z) < 0.2) return tissues.pericardium;
  return tissues.outside;
}

/** 1 on the body's surface, less inside. */
export function shell(body: TruncatedEllipsoid, x: number, y: number, z: number): number {
  const u = x / body.a;
  const v = y / body.b;
  const w = (z - body.centre) / body.h;
  return Math.sqrt(u * u + v * v + w * w);
}

/** About how far outside of an ellipsoid a point lies, cm; negative inside. */
function distanceOutside(body: TruncatedEllipsoid, x: number, y: number, z: number): number {
  const at = shell(body, x, y, z);
  return at === 0 ? -body.a : (1 - 1 / at) * Math.sqrt(x * x + y * y + (z - body.centre) ** 2);
}

/** Leaflets meet in the middle when shut; the one on the septum's side is longer. */
function onLeaflet({ x: axis, ring, height, cosine, sine }: Valve, x: number, y: number, z: number): boolean {
  if (z > height + 0.1 || z < height - 3) return false;
  const radius = Math.hypot(x - axis, y);
  const length = ring * (radius === 0 ? 1.18 : 1.18 - (0.15 * (x - axis)) / radius);
  const along = (ring - radius) * cosine + (height - z) * sine;
  const across = (ring - radius) * sine - (height - z) * cosine;
  return along > -0.1 && along < length && Math.abs(across) < 0.09 + 0.03 * along;
}

/** Two muscles that stand between the planes of the apical views. */
function isPapillary(lv: TruncatedEllipsoid, x: number, y: number, z: number): boolean {
  const w = (z - (lv.centre + 0.05 * lv.h)) / (0.32 * lv.h);
  if (w < -1 || w > 1) return false;
  const u = (x / lv.a - 0.5) / 0.22;
  const v = (Math.abs(y / lv.b) - 0.55) / 0.22;
  return u * u + v * v + w * w < 1;
}

/** Distance from the surface of the aortic root, a tube that leaves the base between septum and anterior wall; cm. */
function outflowDistance({ mitral }: Heart, x: number, y: number, z: number): number {
  const up = z - (mitral.height - 1.4);
  if (up < 0 || up > 5.5) return Number.POSITIVE_INFINITY;
  const out = 1.35 + 0.14 * up;
  // The sinuses are wider.
  const radius = up > 1.4 && up < 2.6 ? 1.3 : 1.12;
  return Math.hypot(x + out, y - out) - radius;
}
