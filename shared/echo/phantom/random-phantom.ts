import { Random } from '../../random.ts';
import { heartAt } from './heart.ts';
import type { PhantomOptions } from './phantom-cine.ts';
import type { Shadow } from './sonogram.ts';
import type { PhantomView } from './view-plane.ts';

/** Long enough to hold a whole beat wherever it starts. */
const beatsSeen = 2.3;

/**
 * Options of a phantom that differs from others as patients, machines and their users do. The same seed gives the same
 * heart in every view, so that the views of one seed are a study; probe and picture differ from view to view. Left
 * ventricle and (but where the view says otherwise) atrium lie within the fan of apical views; the two-chamber plane
 * stands at right angles to the four-chamber one but for the probe's error.
 */
export function randomPhantom(seed: number, view: PhantomView): PhantomOptions {
  const { rhythm, heart } = person(Random.named(seed, 'person'));
  const random = Random.named(seed, `view ${view}`);
  const isApical = /^a[2-5]c/.test(view);
  const bodies = heartAt(heart, { lv: heart.edv, la: heart.laMaximum, opening: 0, ejected: 0 });
  const probe = probeError(view, random, isApical);
  const inner = ventricleAngle(bodies.lv, probe.gap);
  // Wide enough for the ventricle, leaning as it does.
  const least = 2 * (inner + Math.abs(probe.lean) + 4);
  const opening = Math.min(104, Math.max(random.between(66, 92), isApical ? least : 0));
  const reach = bodies.la.centre + bodies.la.h + probe.gap;
  const depth = view.endsWith('_laocc')
    ? bodies.lv.cut + probe.gap + random.between(0.1, 0.8)
    : isApical
      ? reach * random.between(1.04, 1.22)
      : view === 'plax_far'
        ? random.between(19, 25)
        : 2 * bodies.outer.a + 3 + probe.gap + random.between(1.5, 5);
  const isTight = random.uniform() < 0.2;
  const layout = isTight
    ? { aspect: 2 * Math.sin((opening * Math.PI) / 360), top: 0, height: 1, middle: 0.5 }
    : {
        aspect: [4 / 3, 4 / 3, 1.4, 1.48][random.integer(4)]!,
        top: random.between(0.07, 0.12),
        height: random.between(0.76, 0.87),
        middle: random.between(0.47, 0.53),
      };
  const { aspect, ...place } = layout;
  const frameTimeMs = 1000 / random.between(24, 60);
  return {
    view,
    seed,
    rows: 600,
    columns: Math.round(600 * aspect),
    aspect,
    frames: Math.ceil((beatsSeen * 60_000) / rhythm.heartRate / frameTimeMs),
    frameTimeMs,
    rhythm,
    heart,
    probe,
    fan: { depth: Math.min(30, depth), opening, ...place },
    appearance: {
      gain: random.between(-9, 6),
      dynamicRange: random.between(46, 68),
      blood: random.between(-32, -17),
      surround: random.between(-18, -1),
      haze: random.between(-18, 2),
      noise: random.between(-36, -18),
      tilt: random.between(-9, 4),
      beam: random.between(0.55, 1.15),
      shadows: shadows(view, opening, random),
    },
  };
}

/** From failing, wide hearts to small, brisk ones. */
function person(random: Random) {
  const ef = random.between(0.15, 0.76);
  // Ventricles that pump badly are larger and rounder.
  const edv = Math.exp(Math.log(105) + 0.24 * random.normal() + 1.3 * Math.max(0, 0.55 - ef));
  const size = Math.max(55, Math.min(320, edv));
  const heartRate = random.between(48, 112);
  const laMaximum = Math.max(24, Math.min(150, size * random.between(0.32, 0.72)));
  return {
    rhythm: { heartRate, rateVariation: random.between(0, 0.05), volumeVariation: random.between(0, 0.02) },
    heart: {
      edv: size,
      esv: size * (1 - ef),
      laMaximum,
      laMinimum: laMaximum * random.between(0.4, 0.75),
      elongation: Math.max(1.45, 1.95 - 0.0016 * size + 0.06 * random.normal()),
      roundness: random.between(0.96, 1.04),
      wall: random.between(0.75, 1.35),
    },
  };
}

function probeError(view: PhantomView, random: Random, isApical: boolean) {
  if (view === 'other')
    return {
      lateral: random.between(-5, 5),
      elevation: random.between(-5, 5),
      lean: random.between(-45, 45),
      turn: random.between(-180, 180),
      gap: random.between(0.5, 4),
    };
  const share = isApical ? 1 : 1.5;
  return {
    lateral: share * random.between(-0.5, 0.5),
    elevation: share * random.between(-0.4, 0.4),
    lean: share * random.between(-10, 10),
    turn: share * random.between(-7, 7),
    gap: random.between(0.7, 2.2),
  };
}

/** The widest angle at which a probe before the apex sees the ventricle's cavity, degrees. */
function ventricleAngle(lv: { a: number; h: number; centre: number }, gap: number): number {
  let widest = 0;
  for (let w = -1; w < 0.7; w += 0.05)
    widest = Math.max(widest, Math.atan2(lv.a * Math.sqrt(1 - w * w), lv.centre + w * lv.h + gap));
  return (widest * 180) / Math.PI;
}

/** Ribs and lung: narrow shadows from the probe on, and walls that drop out. */
function shadows(view: PhantomView, opening: number, random: Random): Shadow[] {
  const some = Array.from({ length: random.integer(4) }, () => ({
    angle: (random.uniform() < 0.5 ? -1 : 1) * random.between(0.3, 0.5) * opening,
    width: random.between(2, 8),
    from: random.between(0, 5),
    decibels: -random.between(4, 18),
  }));
  if (!view.endsWith('_lvocc_s')) return some;
  const side = random.uniform() < 0.5 ? -1 : 1;
  return [
    ...some,
    {
      angle: side * random.between(8, 14),
      width: random.between(12, 18),
      from: random.between(0, 1.5),
      decibels: -random.between(28, 45),
    },
  ];
}
