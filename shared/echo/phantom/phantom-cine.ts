import * as z from 'zod';
import { Random } from '../../random.ts';
import { type FanGeometry, fanGeometry, forEachFanPixel } from './fan-geometry.ts';
import { chamberAt, type Heart, heartAt, tissues } from './heart.ts';
import { fillingAt, heartbeats } from './heartbeat.ts';
import { letter, letterHeight } from './lettering.ts';
import { Scatterers } from './scatterers.ts';
import { Sonogram, scattererCount } from './sonogram.ts';
import { type PhantomView, phantomViews, type ViewPlane, viewPlane } from './view-plane.ts';

const decibels = z.number().min(-80).max(80);

/** What a phantom is made from; every field but the view has a default. */
export const phantomOptionsSchema = z.strictObject({
  view: z.enum(phantomViews),
  /** The same seed gives the same pictures. */
  seed: z.int().min(0).default(1),
  rows: z.int().min(32).max(2048).default(600),
  columns: z.int().min(32).max(2048).default(800),
  /** Width over height of the picture as it was taken; other `rows` and `columns` are that picture squeezed. */
  aspect: z.number().min(0.3).max(3).optional(),
  frames: z.int().min(1).max(2000).default(60),
  frameTimeMs: z
    .number()
    .min(1)
    .max(2000)
    .default(1000 / 30),
  rhythm: z
    .strictObject({
      /** Beats a minute. */
      heartRate: z.number().min(25).max(240).default(68),
      /** Standard deviations of intervals and of volumes from beat to beat, as shares. */
      rateVariation: z.number().min(0).max(0.5).default(0.03),
      volumeVariation: z.number().min(0).max(0.3).default(0),
    })
    .prefault({}),
  heart: z
    .strictObject({
      /** Volumes in mL. */
      edv: z.number().min(20).max(600).default(115),
      esv: z.number().min(5).max(580).default(46),
      laMaximum: z.number().min(10).max(300).default(56),
      laMinimum: z.number().min(5).max(290).default(27),
      /** Length of the left ventricle over its width, at end-diastole. */
      elongation: z.number().min(1.2).max(2.5).default(1.8),
      /** Width of the left chambers in the two-chamber plane over that in the four-chamber plane. */
      roundness: z.number().min(0.7).max(1.4).default(1),
      /** Thickness of the left ventricle's wall at end-diastole, cm. */
      wall: z.number().min(0.4).max(2.5).default(0.95),
    })
    .refine(({ edv, esv }) => esv < edv, { error: 'esv is not below edv' })
    .refine(({ laMaximum, laMinimum }) => laMinimum < laMaximum, {
      error: 'laMinimum is not below laMaximum',
    })
    .prefault({}),
  probe: z
    .strictObject({
      /** Beside the view's place in its plane and out of it, cm; out of it foreshortens an apical view. */
      lateral: z.number().min(-6).max(6).default(0),
      elevation: z.number().min(-6).max(6).default(0),
      /** Degrees: fan turned within the plane, and plane turned about the middle of the fan. */
      lean: z.number().min(-60).max(60).default(0),
      turn: z.number().min(-180).max(180).default(0),
      /** From the probe to the heart, cm. */
      gap: z.number().min(0).max(6).default(1.2),
    })
    .prefault({}),
  fan: z
    .strictObject({
      /** cm. */
      depth: z.number().min(4).max(30).default(16),
      /** Degrees from side to side. */
      opening: z.number().min(30).max(110).default(78),
      /** Shares of the rows above the fan and that it takes, and of the columns left of its apex. */
      top: z.number().min(0).max(0.5).default(0.09),
      height: z.number().min(0.2).max(1).default(0.87),
      middle: z.number().min(0.2).max(0.8).default(0.5),
    })
    .prefault({}),
  appearance: z
    .strictObject({
      gain: decibels.default(0),
      /** Decibels from black to white. */
      dynamicRange: z.number().min(20).max(100).default(58),
      /** Blood, and what lies around the heart, relative to the myocardium, decibels. */
      blood: decibels.default(-24),
      surround: decibels.default(-7),
      /** Still echoes that fade with depth, and noise at the arc, both relative to the myocardium, decibels. */
      haze: decibels.default(-6),
      noise: decibels.default(-26),
      /** Change from the probe to the arc, decibels. */
      tilt: decibels.default(-3),
      /** Standard deviation of the beam, degrees. */
      beam: z.number().min(0.3).max(3).default(0.75),
      shadows: z
        .array(
          z.strictObject({
            /** Degrees from the middle, cm from the probe. */
            angle: z.number().min(-60).max(60),
            width: z.number().min(0.5).max(60),
            from: z.number().min(0).max(30),
            decibels: decibels,
          }),
        )
        .default([]),
    })
    .prefault({}),
  /** Lines of text burned in above the fan, and marks of depth beside it. */
  text: z.array(z.string().max(60)).max(8).default([]),
  depthMarks: z.boolean().default(false),
});

export type PhantomOptions = z.input<typeof phantomOptionsSchema>;

/** A beat of which end-diastole and end-systole lie in the cine. */
export interface TrueBeat {
  /** Frames nearest to the largest and the smallest volume. */
  readonly endDiastole: number;
  readonly endSystole: number;
  /** mL and percent, of the three-dimensional body. */
  readonly edv: number;
  readonly esv: number;
  readonly ef: number;
}

export interface PhantomTruth {
  /** [frame], mL. */
  readonly lvVolumes: Float64Array;
  readonly laVolumes: Float64Array;
  readonly beats: readonly TrueBeat[];
  /** Percent, from the volumes that were asked for. */
  readonly ef: number;
  /** Beats a minute that were asked for. */
  readonly heartRate: number;
}

export interface PhantomCine {
  readonly view: PhantomView;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly frameTimeMs: number;
  /** `[frame, row, column]`, grey. */
  readonly pixels: Uint8Array;
  /**
   * `[frame, row, column]`, labels as the published nets have them: in four-chamber views 1 myocardium, 2 left
   * ventricle, 3 right ventricle, 4 left atrium, 5 right atrium; in two-chamber views 1 myocardium, 2 left ventricle,
   * 3 left atrium; none in others.
   */
  readonly masks: Uint8Array;
  readonly fan: FanGeometry;
  readonly truth: PhantomTruth;
}

/**
 * A cine of a beating heart that nobody has. The heart is made of truncated ellipsoids of known volumes; the picture is
 * a plane through them, seen by a sector scanner with speckle that moves with the tissue. There is no ECG in it.
 * @throws ZodError when an option is unknown or out of range
 */
export function phantomCine(options: PhantomOptions): PhantomCine {
  const { view, seed, rows, columns, frames, frameTimeMs, rhythm, heart, probe, appearance, ...rest } =
    phantomOptionsSchema.parse(options);
  const fan = fanGeometry(rows, columns, rest.aspect ?? columns / rows, rest.fan);
  const beats = heartbeats(
    rhythm,
    heart,
    (frames * frameTimeMs) / 1000,
    Random.named(seed, `rhythm ${rhythm.heartRate}`),
  );
  const relaxed = heartAt(heart, { lv: heart.edv, la: heart.laMinimum, opening: 0, ejected: 0 });
  const plane = viewPlane(view, relaxed, probe);
  const scatterers = new Scatterers(
    scattererCount(fan),
    fan.depth,
    fan.halfAngle,
    relaxed,
    heart,
    plane,
    Random.named(seed, 'scatterers'),
  );
  const sonogram = new Sonogram(fan, plane, appearance, scatterers, Random.named(seed, 'sonogram'));
  const surround = new Uint8Array(rows * columns);
  burnIn(surround, fan, rest.text, rest.depthMarks);

  const size = rows * columns;
  const pixels = new Uint8Array(frames * size);
  const masks = new Uint8Array(frames * size);
  const lvVolumes = new Float64Array(frames);
  const laVolumes = new Float64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    const filling = fillingAt(beats, heart, (frame * frameTimeMs) / 1000);
    const bodies = heartAt(heart, filling);
    lvVolumes[frame] = filling.lv;
    laVolumes[frame] = filling.la;
    const picture = pixels.subarray(frame * size, (frame + 1) * size);
    picture.set(surround);
    sonogram.draw(bodies, picture);
    drawMask(bodies, plane, fan, view, masks.subarray(frame * size, (frame + 1) * size));
  }
  const frameOf = (seconds: number) => Math.round((1000 * seconds) / frameTimeMs);
  const isIn = (seconds: number) => frameOf(seconds) >= 0 && frameOf(seconds) < frames;
  return {
    view,
    rows,
    columns,
    frames,
    frameTimeMs,
    pixels,
    masks,
    fan,
    truth: {
      lvVolumes,
      laVolumes,
      beats: beats
        .filter(({ endDiastole, endSystole }) => isIn(endDiastole) && isIn(endSystole))
        .map(({ endDiastole, endSystole, edv, esv }) => ({
          endDiastole: frameOf(endDiastole),
          endSystole: frameOf(endSystole),
          edv,
          esv,
          ef: (100 * (edv - esv)) / edv,
        })),
      ef: (100 * (heart.edv - heart.esv)) / heart.edv,
      heartRate: rhythm.heartRate,
    },
  };
}

/** The mask's label of each chamber, by view. */
function labelsOf(view: PhantomView): Uint8Array | undefined {
  const labels = new Uint8Array(6);
  if (view.startsWith('a4c')) return labels.map((_, chamber) => chamber);
  if (!view.startsWith('a2c')) return undefined;
  labels[tissues.myocardium] = 1;
  labels[tissues.leftVentricle] = 2;
  labels[tissues.leftAtrium] = 3;
  return labels;
}

function drawMask(
  heart: Heart,
  { probe, right, down }: ViewPlane,
  fan: FanGeometry,
  view: PhantomView,
  mask: Uint8Array,
): void {
  const labels = labelsOf(view);
  if (labels === undefined) return;
  forEachFanPixel(fan, (pixel, u, v) => {
    const chamber = chamberAt(
      heart,
      probe[0] + u * right[0] + v * down[0],
      probe[1] + u * right[1] + v * down[1],
      probe[2] + u * right[2] + v * down[2],
    );
    mask[pixel] = labels[chamber]!;
  });
}

/** Text above the fan and marks of depth beside it: what a machine burns into its pictures. */
function burnIn(picture: Uint8Array, fan: FanGeometry, text: readonly string[], depthMarks: boolean): void {
  const { rows, columns, box, spacing, apex, depth } = fan;
  const size = Math.max(1, Math.round(rows / 300));
  const pitch = letterHeight(size) + 2 * size;
  for (const [index, line] of text.entries()) {
    const row = size + Math.floor(index / 2) * pitch;
    // Nothing reaches into the rectangle that the header gives as the ultrasound region.
    if (row + letterHeight(size) >= box.top) break;
    letter(picture, columns, line, {
      row,
      column: index % 2 === 0 ? 2 * size : Math.round(0.55 * columns),
      size,
    });
  }
  if (!depthMarks) return;
  for (let cm = 0; cm <= depth; cm++) {
    const row = Math.min(rows - 1, Math.floor(apex.row + cm / spacing.y));
    const long = cm % 5 === 0;
    const from = box.right + 2 * size;
    picture.fill(200, row * columns + from, row * columns + Math.min(columns, from + (long ? 6 : 3) * size));
    if (long && cm > 0)
      letter(picture, columns, String(cm), { row: row - 3 * size, column: from + 8 * size, size });
  }
}
