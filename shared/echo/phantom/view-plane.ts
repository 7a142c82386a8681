import type { views } from '../views/views.ts';
import type { Heart } from './heart.ts';

/** The views that phantoms show. */
export const phantomViews = [
  'a4c',
  'a4c_laocc',
  'a4c_lvocc_s',
  'a2c',
  'a2c_laocc',
  'a2c_lvocc_s',
  'a3c',
  'a3c_laocc',
  'a3c_lvocc_s',
  'a5c',
  'plax_plax',
  'plax_far',
  'psax_az',
  'psax_mv',
  'psax_pap',
  'psax_apex',
  'subcostal',
  'other',
] as const satisfies readonly (keyof typeof views)[];

export type PhantomView = (typeof phantomViews)[number];

export type Vector = readonly [x: number, y: number, z: number];

/** A plane through the heart: a point of the picture lies at probe + across right + depth down. */
export interface ViewPlane {
  /** Where the probe touches the chest, in the heart's axes, cm. */
  readonly probe: Vector;
  /** Unit vector towards the right of the picture. */
  readonly right: Vector;
  /** Unit vector along the middle of the fan. */
  readonly down: Vector;
}

/** How the probe is held otherwise than the view's standard plane asks. */
export interface ProbeError {
  /** Probe beside its place in the plane and out of it, cm. Out of the plane foreshortens an apical view. */
  readonly lateral: number;
  readonly elevation: number;
  /** Degrees: fan turned within its plane, and plane turned about the middle of the fan. */
  readonly lean: number;
  readonly turn: number;
  /** From the probe to the heart, cm. */
  readonly gap: number;
}

/** The plane of a view of this heart (at end-diastole). */
export function viewPlane(view: PhantomView, heart: Heart, error: ProbeError): ViewPlane {
  const { probe, target, right } = standardPlane(view, heart, error.gap);
  const down = unit(minus(target, probe));
  const standardRight = unit(minus(right, scaled(down, dot(right, down))));
  const normal = cross(down, standardRight);
  // The probe slides on the chest and goes on pointing at the same place.
  const place = plus(probe, plus(scaled(standardRight, error.lateral), scaled(normal, error.elevation)));
  const pointed = unit(minus(target, place));
  const level = unit(minus(standardRight, scaled(pointed, dot(standardRight, pointed))));
  const turned = rotated(level, cross(pointed, level), error.turn);
  return {
    probe: place,
    down: rotated(pointed, turned, error.lean),
    right: rotated(turned, scaled(pointed, -1), error.lean),
  };
}

function standardPlane(
  view: PhantomView,
  { lv, outer }: Heart,
  gap: number,
): { probe: Vector; target: Vector; right: Vector } {
  const base = lv.cut;
  const apex: Vector = [0, 0, -gap];
  const middle: Vector = [0, 0, base];
  // From the sternum: across the right ventricle towards the lateral wall at the back.
  const distance = outer.a + 2 + gap;
  const front = (height: number): Vector => [-Math.SQRT1_2 * distance, Math.SQRT1_2 * distance, height];
  const across: Vector = [Math.SQRT1_2, Math.SQRT1_2, 0];
  switch (view) {
    case 'a4c':
    case 'a4c_laocc':
    case 'a4c_lvocc_s':
      return { probe: apex, target: middle, right: [1, 0, 0] };
    case 'a2c':
    case 'a2c_laocc':
    case 'a2c_lvocc_s':
      return { probe: apex, target: middle, right: [0, 1, 0] };
    case 'a3c':
    case 'a3c_laocc':
    case 'a3c_lvocc_s':
      return { probe: apex, target: middle, right: [-Math.SQRT1_2, Math.SQRT1_2, 0] };
    case 'a5c':
      return { probe: apex, target: [-0.3, 1.25, base + 0.8], right: [1, 0, 0] };
    case 'plax_plax':
    case 'plax_far':
      return { probe: front(0.7 * base), target: [0, 0, 0.8 * base], right: [0, 0, 1] };
    case 'psax_az':
      return { probe: front(base + 0.6), target: [0, 0, base + 1.3], right: across };
    case 'psax_mv':
      return { probe: front(base - 1.2), target: [0, 0, base - 1], right: across };
    case 'psax_pap':
      return { probe: front(0.58 * base), target: [0, 0, 0.58 * base], right: across };
    case 'psax_apex':
      return { probe: front(0.22 * base), target: [0, 0, 0.22 * base], right: across };
    case 'subcostal':
      return { probe: [-(outer.a + 5 + gap), 0, 0.75 * base], target: [0, 0, 0.7 * base], right: [0, 0, -1] };
    case 'other':
      // From above the atria, past the heart: no standard view.
      return { probe: [4 + gap, 5, base + 7], target: [-1, -2, base + 1], right: [0.3, -0.4, 0.6] };
  }
}

function rotated(a: Vector, towards: Vector, degrees: number): Vector {
  const angle = (degrees * Math.PI) / 180;
  return plus(scaled(a, Math.cos(angle)), scaled(towards, Math.sin(angle)));
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function plus(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function minus(a: Vector, b: Vector): Vector {
  return plus(a, scaled(b, -1));
}

function scaled(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

function unit(a: Vector): Vector {
  return scaled(a, 1 / Math.hypot(...a));
}
