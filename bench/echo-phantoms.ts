/**
 * Hearts that the shipped models have never seen: phantoms of unused seeds, as DICOM instances in both apical views, go
 * through preparation, view net, segmentation net and measurement as in the jobs, without the cloud. Prints how far
 * ejection fraction and volumes lie from those of the bodies, by cine and by study (biplane), for the net's masks and for
 * the true ones; then what the view net makes of every view that phantoms show. A cine is measured by its own view's
 * net even where its view is taken for another, in which case production would measure nothing or the wrong thing.
 *
 *     npx systole bench echo-phantoms [--first 300000] [--hearts 24] [--each 10]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { segmentCine } from '../batch-jobs/infer/segment-cine.ts';
import { prepareCine } from '../batch-jobs/preprocess/prepare-cine.ts';
import { table } from '../cli/table.ts';
import { root } from '../shared/deployment/bundle.ts';
import { bytesInMemory } from '../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../shared/echo/dicom/header.ts';
import { readInstance } from '../shared/echo/dicom/instance.ts';
import { frameForms } from '../shared/echo/frame-forms.ts';
import { frameFigures } from '../shared/echo/measurement/frame-figures.ts';
import { maskPixel } from '../shared/echo/measurement/geometry.ts';
import {
  type ApicalView,
  type CineMeasurement,
  measureFrames,
} from '../shared/echo/measurement/measure-cine.ts';
import { measureStudy, type StudyMeasurement } from '../shared/echo/measurement/measure-study.ts';
import { type PhantomCine, phantomCine } from '../shared/echo/phantom/phantom-cine.ts';
import { phantomDicom } from '../shared/echo/phantom/phantom-dicom.ts';
import { randomPhantom } from '../shared/echo/phantom/random-phantom.ts';
import { phantomViews } from '../shared/echo/phantom/view-plane.ts';
import { meanView } from '../shared/echo/views/mean-view.ts';
import { viewOf } from '../shared/echo/views/views.ts';
import { openEngine } from '../shared/engine/open-engine.ts';
import type { SegmentationCard, ViewCard } from '../shared/learning/pictures/picture-card.ts';
import {
  openPictureModel,
  type PictureArtifact,
  type PictureModel,
} from '../shared/learning/pictures/picture-model.ts';
import { readPictureArtifact } from '../shared/learning/pictures/read-picture-artifact.ts';
import { diskFolder } from '../shared/storage/folder.ts';

const { values } = parseArgs({
  options: { first: { type: 'string' }, hearts: { type: 'string' }, each: { type: 'string' } },
});
/** Seeds below 100,000 are for training, those from there on have chosen recipes. */
const first = Number(values.first ?? 300_000);
const hearts = Number(values.hearts ?? 24);
/** Phantoms of each view for the view net. */
const each = Number(values.each ?? 10);
/** Frames of each of these: the view net looks at ten of a cine. */
const framesLookedAt = 12;

const apical = ['a4c', 'a2c'] as const;
/** What the masks of phantoms call the left chambers. */
const trueLabels = { a4c: { lv: 2, la: 4 }, a2c: { lv: 2, la: 3 } } as const;

/** From the truth: points, per cent, per cent. */
type Errors = readonly [ejectionFraction: number, edv: number, esv: number];
const bars: Errors = [3, 8, 8];

type Truth = Record<'ef' | 'edv' | 'esv', number>;

/** Of the beats that lie in the cine as a whole, or of the heart where none does. */
function truthOf({ truth }: PhantomCine, heart: { edv?: number; esv?: number }): Truth {
  const { beats, ef } = truth;
  if (beats.length === 0) return { ef, edv: heart.edv!, esv: heart.esv! };
  const mean = (name: keyof Truth) => beats.reduce((sum, beat) => sum + beat[name], 0) / beats.length;
  return { ef: mean('ef'), edv: mean('edv'), esv: mean('esv') };
}

function errorsOf({ ef, edv, esv }: CineMeasurement | StudyMeasurement, truth: Truth): Errors | undefined {
  if (ef === null || edv === null || esv === null) return undefined;
  const relative = (value: number, known: number) => 100 * (value / known - 1);
  return [ef.value - truth.ef, relative(edv.value, truth.edv), relative(esv.value, truth.esv)];
}

const engine = await openEngine();
const folderOf = (name: string) => diskFolder(join(root, 'models', name));
const views = await openPictureModel(
  (await readPictureArtifact(folderOf('echo-views'))) as PictureArtifact<ViewCard>,
  engine,
);
const openNet = async (view: ApicalView): Promise<PictureModel<SegmentationCard>> =>
  openPictureModel(
    (await readPictureArtifact(folderOf(`echo-segmentation-${view}`))) as PictureArtifact<SegmentationCard>,
    engine,
  );
const nets = { a4c: await openNet('a4c'), a2c: await openNet('a2c') };
const scratch = await mkdtemp(join(tmpdir(), 'systole-phantoms-'));

/** The phantom as it comes out of the preprocessing job, in a folder of its own. */
async function prepared(cine: PhantomCine, name: string) {
  const bytes = phantomDicom(
    cine,
    {
      patientName: 'Phantom^Nobody',
      patientId: 'phantom',
      studyInstanceUid: '2.25.1',
      seriesInstanceUid: '2.25.1.1',
      sopInstanceUid: '2.25.1.1.1',
    },
    'native',
  );
  const header = await readHeader(bytesInMemory(bytes));
  const folder = diskFolder(join(scratch, name));
  const forms = frameForms([views.card, nets.a4c.card, nets.a2c.card]);
  return { folder, cine: await prepareCine(header, readInstance(header), forms, name, folder) };
}

const seenAs = async (grey: Uint8Array): Promise<string> =>
  meanView(await views.probabilities(grey), views.card.classes).view;

async function measuredCine(seed: number, view: ApicalView) {
  const options = randomPhantom(seed, view);
  const phantom = phantomCine(options);
  const name = `${seed}-${view}`;
  const { folder, cine } = await prepared(phantom, name);
  const { geometry } = cine;
  const { edge } = nets[view].card.preprocessing;
  const { figures } = await segmentCine(
    folder,
    phantom.frames,
    nets[view],
    maskPixel(geometry, { rows: edge, columns: edge }),
    geometry.frameTimeMs,
  );
  const { rows, columns, masks, frames } = phantom;
  const pixel = maskPixel(geometry, phantom);
  const trueFigures = Array.from({ length: frames }, (_, frame) => {
    const labels = masks.subarray(frame * rows * columns, (frame + 1) * rows * columns);
    const mask = (label: number) => ({
      rows,
      columns,
      pixels: labels.map((value) => Number(value === label)),
    });
    return frameFigures({ lv: mask(trueLabels[view].lv), la: mask(trueLabels[view].la) }, pixel);
  });
  await rm(join(scratch, name), { recursive: true });
  return {
    seen: await seenAs(cine.sampled.grey),
    truth: truthOf(phantom, options.heart!),
    net: measureFrames(figures, geometry, view),
    masks: measureFrames(trueFigures, geometry, view),
  };
}

const cell = (errors: Errors | undefined): string[] =>
  errors === undefined ? ['-', '-', '-'] : errors.map((error) => error.toFixed(1));

/** Mean absolute error and worst of each quantity, and how many lie within all bars. */
function summary(name: string, all: readonly (Errors | undefined)[]): string[] {
  const measured = all.filter((one) => one !== undefined);
  const figures = bars.flatMap((_, i) => {
    const sizes = measured.map((errors) => Math.abs(errors[i]!));
    return [
      (sizes.reduce((sum, size) => sum + size, 0) / sizes.length).toFixed(1),
      Math.max(...sizes).toFixed(1),
    ];
  });
  const within = measured.filter((errors) => errors.every((error, i) => Math.abs(error) <= bars[i]!)).length;
  return [name, String(all.length), String(all.length - measured.length), ...figures, `${within}`];
}

const rows: string[][] = [];
const errors = new Map<string, (Errors | undefined)[]>();
const note = (name: string, one: Errors | undefined): Errors | undefined => {
  errors.set(name, [...(errors.get(name) ?? []), one]);
  return one;
};
let rightViews = 0;
for (let seed = first; seed < first + hearts; seed++) {
  const cines = new Map<ApicalView, Awaited<ReturnType<typeof measuredCine>>>();
  for (const view of apical) {
    const cine = await measuredCine(seed, view);
    cines.set(view, cine);
    if (cine.seen === view) rightViews++;
    const reasons = cine.net.unmeasurable.join(' ');
    rows.push([
      String(seed),
      view,
      cine.seen === view ? 'right' : cine.seen,
      ...cell(note(`${view}, the net's masks`, errorsOf(cine.net, cine.truth))),
      ...cell(note(`${view}, true masks`, errorsOf(cine.masks, cine.truth))),
      reasons,
    ]);
  }
  const study = (source: 'net' | 'masks') =>
    measureStudy([...cines].map(([id, cine]) => ({ id, measurement: cine[source] })));
  const { truth } = cines.get('a4c')!;
  const [net, masks] = [study('net'), study('masks')];
  rows.push([
    String(seed),
    'study',
    net.method ?? '',
    ...cell(note("study, the net's masks", errorsOf(net, truth))),
    ...cell(note('study, true masks', errorsOf(masks, truth))),
    net.unmeasurable.join(' '),
  ]);
  process.stderr.write(`heart ${seed - first + 1} of ${hearts}\n`);
}
const quantities = ['EF', 'EDV %', 'ESV %'];
process.stdout.write(
  table(
    [
      'seed',
      'view',
      'seen as',
      ...quantities,
      ...quantities.map((one) => `${one}, true masks`),
      'not measured',
    ],
    rows,
  ),
);
const heads = ['EF', 'EDV', 'ESV'].flatMap((one) => [`${one} mean`, 'worst']);
process.stdout.write(
  `\n${table(
    ['errors', 'all', 'not measured', ...heads, 'within 3 points and 8 %'],
    [...errors].map(([name, all]) => summary(name, all)),
  )}`,
);
process.stdout.write(`\nview right in ${rightViews} of ${2 * hearts} cines\n`);

const looks: string[][] = [];
for (const view of phantomViews) {
  const seen = new Map<string, number>();
  for (let seed = first; seed < first + each; seed++) {
    const options = randomPhantom(seed, view);
    const spread = (options.frames! * options.frameTimeMs!) / framesLookedAt;
    const name = `${seed}-${view}-look`;
    const { cine } = await prepared(
      phantomCine({ ...options, frames: framesLookedAt, frameTimeMs: spread }),
      name,
    );
    await rm(join(scratch, name), { recursive: true });
    const answer = await seenAs(cine.sampled.grey);
    seen.set(answer, (seen.get(answer) ?? 0) + 1);
  }
  const asApical = [...seen].filter(
    ([answer]) => answer !== view && apical.some((one) => viewOf(answer).seg === one),
  );
  const others = [...seen].filter(([answer]) => answer !== view).sort(([, a], [, b]) => b - a);
  looks.push([
    view,
    String(each),
    String(seen.get(view) ?? 0),
    String(asApical.reduce((sum, [, count]) => sum + count, 0)),
    others.map(([answer, count]) => `${answer} ${count}`).join(', '),
  ]);
}
process.stdout.write(`\n${table(['view', 'cines', 'right', 'measured as another', 'taken for'], looks)}`);
await rm(scratch, { recursive: true });
await views.dispose();
for (const net of Object.values(nets)) await net.dispose();
