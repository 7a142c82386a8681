import {
  type EchoSegmentation,
  recordEchoScores,
  type ScoredEcho,
} from '../../shared/catalog/echo-results.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import type { Instance } from '../../shared/echo/dicom/instance.ts';
import { frameForms, frameFormsHash } from '../../shared/echo/frame-forms.ts';
import { maskPixel } from '../../shared/echo/measurement/geometry.ts';
import {
  type ApicalView,
  type CineMeasurement,
  measureFrames,
} from '../../shared/echo/measurement/measure-cine.ts';
import type { Doubt, Unmeasurable } from '../../shared/echo/measurement/unmeasurable.ts';
import { type MeanView, meanView } from '../../shared/echo/views/mean-view.ts';
import { viewOf } from '../../shared/echo/views/views.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { SegmentationCard, ViewCard } from '../../shared/learning/pictures/picture-card.ts';
import { openPictureModel, type PictureModel } from '../../shared/learning/pictures/picture-model.ts';
import { readPictureArtifact } from '../../shared/learning/pictures/read-picture-artifact.ts';
import { echoPage } from '../../shared/reports/echo-page.ts';
import { echoSections, type SegmentationShown } from '../../shared/reports/echo-sections.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { drawCine } from '../../shared/scoring/draw-cine.ts';
import { echoMeasurement } from '../../shared/scoring/echo-measurement.ts';
import { openInstance } from '../../shared/scoring/open-instance.ts';
import { publishedFigures } from '../../shared/scoring/published-figures.ts';
import { inputVersion } from '../../shared/scoring/read-recording.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import type { Folder } from '../../shared/storage/folder.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { cinePrefix, type PreparedCine, readPreparedCine } from '../../shared/storage/prepared-cine.ts';
import type { Scorer } from './scorer.ts';
import { segmentCine } from './segment-cine.ts';

/** Bytes of the first ranged read: the pixels are not wanted here. */
const headerBytes = 256 << 10;

/** The models of one run, opened once. */
interface EchoModels {
  readonly views: PictureModel<ViewCard>;
  readonly segmentation: Partial<Record<ApicalView, PictureModel<SegmentationCard>>>;
}

/** What the answers for one recording are made from. */
interface Work {
  readonly id: string;
  readonly instance: Instance;
  readonly cine: PreparedCine;
  readonly folder: Folder;
}

/** Scores echo instances with the models of the run: views, then chambers, then measurements, one instance at a time. */
export async function openEchoScorer(
  line: ManifestLine,
  objects: Objects,
  engine: Engine,
): Promise<Scorer<ScoredEcho>> {
  const models = await openModels(line, objects, engine);
  const hash = frameFormsHash(frameForms(line.models));
  return {
    // The nets use all cores, and a cine takes seconds: memory stays that of one.
    concurrency: 1,
    group: 1,
    score: (one) => scoreEcho(one, hash, models, objects),
    record: recordEchoScores,
    async dispose() {
      await models.views.dispose();
      for (const model of Object.values(models.segmentation)) await model.dispose();
    },
  };
}

async function openModels(line: ManifestLine, objects: Objects, engine: Engine): Promise<EchoModels> {
  let views: EchoModels['views'] | undefined;
  const segmentation: Partial<Record<ApicalView, PictureModel<SegmentationCard>>> = {};
  for (const { prefix } of line.models) {
    const folder = bucketFolder(objects, environment.bucket('models'), prefix);
    const { card, members } = await readPictureArtifact(folder);
    if (card.task === 'views') views = await openPictureModel({ card, members }, engine);
    else segmentation[card.view] = await openPictureModel({ card, members }, engine);
  }
  if (views === undefined) throw new Error('a run without a model of views');
  return { views, segmentation };
}

async function scoreEcho(
  line: ManifestLine,
  hash: string,
  models: EchoModels,
  objects: Objects,
): Promise<ScoredEcho> {
  const { id } = line;
  const folder = bucketFolder(objects, environment.bucket('work'), cinePrefix(hash, id));
  const [cine, { instance }] = await Promise.all([
    readPreparedCine(folder),
    openInstance(objects, line.source, headerBytes),
  ]);
  const work: Work = { id, instance, cine, folder };
  const seen = await classify(cine, models.views);
  const reason = reasonNotToMeasure(work, seen, models);
  // Occluded and zoomed views show no whole chamber: the mapping for segmentation leaves them out.
  const view = reason === null || reason === 'no_model' ? (viewOf(seen.view).seg as ApicalView) : null;
  const model = view === null ? undefined : models.segmentation[view];
  const segmented = model === undefined ? null : await segmentAndMeasure(work, seen, model, objects);
  const { preprocessingHash } = (model ?? models.views).card;
  const measurement = echoMeasurement({
    instance,
    geometry: cine.geometry,
    frames: cine.frames,
    marks: cine.marks,
    view,
    reason,
    measured: segmented?.measured ?? null,
    published: segmented?.published ?? null,
    model: model === undefined ? null : { modelName: model.card.name, modelVersion: model.card.version },
    preprocessingHash,
  });
  const { card } = models.views;
  const page = echoPage({
    recordingId: id,
    instance,
    frame: cine.first,
    marks: cine.marks,
    results: echoSections({
      view: { ...seen, model: card },
      segmentation: segmented?.shown ?? null,
      reason,
      frameTimeMs: cine.geometry.frameTimeMs,
    }),
  });
  await objects.put(
    { bucket: environment.bucket('results'), key: pageKey(id) },
    page,
    'text/html; charset=utf-8',
  );
  return {
    id,
    runId: line.runId,
    codeVersion,
    inputVersion: inputVersion(line.source),
    classification: {
      modelName: card.name,
      modelVersion: card.version,
      preprocessingHash: card.preprocessingHash,
      view: seen.view,
      probabilities: seen.probabilities,
      mappingDev: viewOf(seen.view).dev,
      mappingSeg: viewOf(seen.view).seg,
      frames: seen.frames.map((probabilities, index) => ({
        frame: cine.sampled.frames[index]!,
        probabilities,
      })),
    },
    segmentation: segmented?.row ?? null,
    measurement,
  };
}

async function classify({ sampled }: PreparedCine, model: PictureModel<ViewCard>): Promise<MeanView> {
  return meanView(await model.probabilities(sampled.grey), model.card.classes);
}

/** Why no chamber is looked for; null where it is. */
function reasonNotToMeasure(
  { instance, cine }: Work,
  { view }: MeanView,
  { segmentation }: EchoModels,
): Unmeasurable | null {
  if (instance.regions.length > 0 && !instance.regions.some(({ spatialFormat }) => spatialFormat === 1))
    return 'not_two_dimensional';
  if (cine.frames.length < 2) return 'not_a_cine';
  const group = viewOf(view).seg;
  if (group !== 'a4c' && group !== 'a2c') return 'wrong_view';
  return segmentation[group] === undefined ? 'no_model' : null;
}

/** The published system measures the most probable view, however probable, and colour cines too; so does this, and says so. */
function withDoubts(
  measured: CineMeasurement,
  { view, probabilities }: MeanView,
  instance: Instance,
): CineMeasurement {
  const found: Doubt[] = [];
  if (probabilities[view]! <= 0.5) found.push('view_uncertain');
  if (instance.ultrasoundColorDataPresent === 1) found.push('colour_present');
  return { ...measured, doubts: [...found, ...measured.doubts] };
}

async function segmentAndMeasure(
  { id, instance, cine, folder }: Work,
  seen: MeanView,
  model: PictureModel<SegmentationCard>,
  objects: Objects,
) {
  const { card } = model;
  const { edge } = card.preprocessing;
  const { geometry } = cine;
  const pixel = maskPixel(geometry, { rows: edge, columns: edge });
  const count = cine.frames.length;
  const { figures, confidences, masks } = await segmentCine(
    folder,
    count,
    model,
    pixel,
    geometry.frameTimeMs,
  );
  const measured = withDoubts(measureFrames(figures, geometry, card.view), seen, instance);
  const published = publishedFigures(masks, card.chambers, instance);
  const [beat] = measured.beats;
  const ends = beat === undefined ? [] : [beat.endDiastole, beat.endSystole];
  const stills = [...new Set([0, ...ends])];
  const axisOf = (frame: number) => (ends.includes(frame) ? (figures[frame]!.lv?.axis ?? null) : null);
  const pictures = await drawCine(
    folder,
    cine,
    card.preprocessing,
    masks,
    card.chambers,
    stills.map((frame) => ({ frame, axis: axisOf(frame) })),
    pixel,
    geometry.frameTimeMs,
  );
  const keys = {
    maskKey: `masks/${id}/${card.version}.png`,
    overlayKey: `pictures/${id}/${card.version}-overlay.png`,
    cineKey: `pictures/${id}/${card.version}-cine.png`,
  };
  const bucket = environment.bucket('results');
  const files: readonly (readonly [string, Uint8Array])[] = [
    [keys.maskKey, masks],
    [keys.overlayKey, pictures.overlay],
    [keys.cineKey, pictures.cine],
  ];
  await Promise.all(files.map(([key, bytes]) => objects.put({ bucket, key }, bytes, 'image/png')));
  const confidence = confidences.reduce((sum, one) => sum + one, 0) / count;
  const row: EchoSegmentation = {
    modelName: card.name,
    modelVersion: card.version,
    preprocessingHash: card.preprocessingHash,
    view: card.view,
    frames: count,
    rows: edge,
    columns: edge,
    ...keys,
    confidence,
    frameConfidences: confidences.map((one) => Math.round(one * 1000) / 1000),
  };
  const shown: SegmentationShown = { model: card, pictures, stills, confidence, measured, published };
  return { row, measured, published, shown };
}
