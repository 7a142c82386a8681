import { resizer } from '../../echo/frames/resize.ts';
import { type CineMeasurement, measureCine } from '../../echo/measurement/measure-cine.ts';
import { type PhantomCine, phantomCine } from '../../echo/phantom/phantom-cine.ts';
import { randomPhantom } from '../../echo/phantom/random-phantom.ts';
import { bootstrap } from '../metrics/bootstrap.ts';
import { largestClass } from './largest-class.ts';
import type { SegmentationCard } from './picture-card.ts';
import type { PictureModel } from './picture-model.ts';

type Cines = NonNullable<NonNullable<SegmentationCard['evaluation']>['cines']>;

const samples = 1000;
/** Phantoms and frames of each: enough for a beat of the slowest heart. */
const phantoms = 12;
const framesEach = 60;
/** Frames of one pass. */
const batch = 6;

/** Absolute errors of one phantom: points, per cent, per cent. */
interface Errors {
  readonly ejectionFraction: number;
  readonly edv: number;
  readonly esv: number;
}

/**
 * Whole cines of phantoms from a seed on: each frame segmented at the net's size, then measured; likewise from the true
 * masks. The median over the beats is held against the truth of the phantom, the mean over its beats.
 */
export async function evaluateCines(
  model: PictureModel<SegmentationCard>,
  { firstSeed }: { readonly firstSeed: number },
  seed: number,
): Promise<Cines> {
  const { view, chambers, net } = model.card;
  const predicted: (Errors | undefined)[] = [];
  const truth: (Errors | undefined)[] = [];
  for (let phantom = 0; phantom < phantoms; phantom++) {
    const cine = phantomCine({ ...randomPhantom(firstSeed + phantom, view), frames: framesEach });
    const labels = await segmented(cine, model);
    const { size } = net;
    predicted.push(errorsOf(cine, measured(cine, labels, size, size, chambers, view)));
    const { masks, rows, columns } = cine;
    truth.push(errorsOf(cine, measured(cine, masks, rows, columns, trueLabels[view], view)));
  }
  return {
    phantoms,
    framesEach,
    predicted: summary(predicted, seed),
    truth: summary(truth, seed),
  };
}

/** What the masks of phantoms call the left chambers. */
const trueLabels = { a4c: { lv: 2, la: 4 }, a2c: { lv: 2, la: 3 } } as const;

async function segmented(cine: PhantomCine, model: PictureModel<SegmentationCard>): Promise<Uint8Array> {
  const { size } = model.card.net;
  const pixels = size * size;
  const resize = resizer(cine.rows, cine.columns, size, size);
  const labels = new Uint8Array(cine.frames * pixels);
  for (let start = 0; start < cine.frames; start += batch) {
    const count = Math.min(batch, cine.frames - start);
    const frames = new Uint8Array(count * pixels);
    for (let frame = 0; frame < count; frame++) {
      const from = (start + frame) * cine.rows * cine.columns;
      resize(
        cine.pixels.subarray(from, from + cine.rows * cine.columns),
        frames.subarray(frame * pixels, (frame + 1) * pixels),
      );
    }
    labels.set(largestClass(await model.probabilities(frames), model.card.classes.length), start * pixels);
  }
  return labels;
}

function measured(
  { frames, fan, frameTimeMs, ...picture }: PhantomCine,
  labels: Uint8Array,
  rows: number,
  columns: number,
  chambers: { readonly lv: number; readonly la: number },
  view: 'a4c' | 'a2c',
): CineMeasurement {
  const maskOf = (label: number) => labels.map((value) => Number(value === label));
  return measureCine(
    { frames, rows, columns, lv: maskOf(chambers.lv), la: maskOf(chambers.la) },
    {
      rows: picture.rows,
      columns: picture.columns,
      spacing: fan.spacing,
      spacingAbsent: null,
      aspect: fan.spacing.y / fan.spacing.x,
      aspectFrom: 'region',
      frameTimeMs,
      frameTimeFrom: 'frame-time',
      heartRate: null,
    },
    view,
  );
}

function errorsOf({ truth }: PhantomCine, { ef, edv, esv }: CineMeasurement): Errors | undefined {
  if (ef === null || edv === null || esv === null || truth.beats.length === 0) return undefined;
  const mean = (of: (beat: PhantomCine['truth']['beats'][number]) => number) =>
    truth.beats.reduce((sum, beat) => sum + of(beat), 0) / truth.beats.length;
  const relative = (value: number, known: number) => (100 * Math.abs(value - known)) / known;
  return {
    ejectionFraction: Math.abs(ef.value - mean((beat) => beat.ef)),
    edv: relative(
      edv.value,
      mean((beat) => beat.edv),
    ),
    esv: relative(
      esv.value,
      mean((beat) => beat.esv),
    ),
  };
}

function summary(all: readonly (Errors | undefined)[], seed: number): Cines['predicted'] {
  const errors = all.filter((one) => one !== undefined);
  const intervals = bootstrap<keyof Errors>(
    errors.length,
    (drawn) => {
      const mean = (name: keyof Errors) =>
        Array.from(drawn, (i) => errors[i]![name]).reduce((sum, value) => sum + value, 0) / drawn.length;
      return { ejectionFraction: mean('ejectionFraction'), edv: mean('edv'), esv: mean('esv') };
    },
    { seed, samples },
  );
  return { unmeasurable: all.length - errors.length, ...intervals };
}
