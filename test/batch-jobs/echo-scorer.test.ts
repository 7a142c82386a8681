import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openEchoScorer } from '../../batch-jobs/infer/echo-scorer.ts';
import type { Scorer } from '../../batch-jobs/infer/scorer.ts';
import { preprocessEcho } from '../../batch-jobs/preprocess/preprocess-echo.ts';
import type { ScoredEcho } from '../../shared/catalog/echo-results.ts';
import type { RegisteredModel } from '../../shared/catalog/models.ts';
import { modelPrefix } from '../../shared/deployment/shipped-models.ts';
import { framePreprocessingHash } from '../../shared/echo/preprocessing.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { writePictureArtifact } from '../../shared/learning/pictures/picture-artifact.ts';
import type { PictureArtifact } from '../../shared/learning/pictures/picture-model.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { readAnimatedPng } from '../../shared/storage/animated-png.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';
import { dataFolder, hasData } from '../reference.ts';
import { drawnEjectionFraction, drawnHeart } from '../shared/echo/drawn-heart.ts';
import { greyLevelModel, oneViewModel } from '../shared/learning/pictures/grey-level-models.ts';
import { MemoryObjects } from '../shared/storage/memory-objects.ts';

const objects = new MemoryObjects();

beforeAll(() => {
  for (const bucket of ['UPLOADS', 'WORK', 'MODELS', 'RESULTS'])
    vi.stubEnv(`SYSTOLE_BUCKET_${bucket}`, bucket.toLowerCase());
});
afterAll(() => vi.unstubAllEnvs());

async function registered(artifact: PictureArtifact): Promise<RegisteredModel> {
  const { card } = artifact;
  const prefix = modelPrefix(card);
  await writePictureArtifact(bucketFolder(objects, 'models', prefix), artifact);
  const { name, version, task, preprocessing } = card;
  return { name, version, task, preprocessing, prefix, ensemble: 1, promotedAt: null };
}

let uploads = 0;

/** What preprocessing and inference make of a file. */
async function scored(bytes: Uint8Array, models: readonly RegisteredModel[]): Promise<ScoredEcho> {
  const id = `00000000-0000-4000-8000-${String(uploads++).padStart(12, '0')}`;
  await objects.put({ bucket: 'uploads', key: id }, bytes);
  const line: ManifestLine = {
    runId: 'r',
    child: 0,
    id,
    modality: 'echo',
    format: 'dicom',
    source: { bucket: 'uploads', key: id, versionId: 'v', signals: null },
    scoredBefore: false,
    models,
  };
  await preprocessEcho(line, null, objects);
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
  const scorer: Scorer<ScoredEcho> = await openEchoScorer(line, objects, engine);
  try {
    return await scorer.score(line);
  } finally {
    await scorer.dispose();
  }
}

describe('what is said of an echo instance', () => {
  it('is the same again for the same input', async () => {
    const models = [await registered(oneViewModel('a4c')), await registered(greyLevelModel('a4c'))];
    const file = drawnHeart({ frames: 40 });
    const [{ id: _, ...first }, { id: __, ...second }] = [
      await scored(file, models),
      await scored(file, models),
    ];
    // Frames are drawn by the recording's id; this net says the same of each.
    expect(second.measurement).toEqual(first.measurement);
    expect(first.measurement.ef).not.toBeNull();
  });

  it('names the view that has no model of its chambers', async () => {
    const models = [await registered(oneViewModel('a2c')), await registered(greyLevelModel('a4c'))];
    const { classification, segmentation, measurement } = await scored(drawnHeart(), models);
    expect(classification).toMatchObject({ view: 'a2c', mappingSeg: 'a2c' });
    expect(segmentation).toBeNull();
    expect(measurement).toMatchObject({
      view: 'a2c',
      reasons: ['no_model'],
      modelName: null,
      calculations: [],
    });
  });

  it('keeps its page until there is another, where it has scores', async () => {
    const id = '00000000-0000-4000-8000-00000000ffff';
    const source = { bucket: 'uploads', key: id, versionId: 'v', signals: null };
    await objects.put({ bucket: 'uploads', key: id }, drawnHeart({ frames: 2 }));
    const page = { bucket: 'results', key: pageKey(id) };
    await objects.put(page, 'scores');
    const line = { runId: 'r', child: 0, id, modality: 'echo', format: 'dicom', source, models: [] } as const;
    await preprocessEcho({ ...line, scoredBefore: true }, null, objects);
    expect(await objects.text(page)).toBe('scores');
    await preprocessEcho({ ...line, scoredBefore: false }, null, objects);
    expect(await objects.text(page)).toContain('Not a medical device');
  });

  it.each(['a4c_lvocc_s', 'a2c_laocc', 'plax_plax', 'other'] as const)(
    'is no measurement of %s',
    async (view) => {
      const models = [await registered(oneViewModel(view)), await registered(greyLevelModel('a4c'))];
      const { measurement } = await scored(drawnHeart({ frames: 12 }), models);
      expect(measurement.reasons).toEqual(['wrong_view']);
    },
  );

  it('is measured in the most probable view, with a doubt where that is none that a majority has', async () => {
    const segmentation = await registered(greyLevelModel('a4c'));
    // e^3 against 22 others of 1.
    const models = [await registered(oneViewModel('a4c', 3)), segmentation];
    const { classification, measurement } = await scored(drawnHeart(), models);
    expect(classification.probabilities.a4c).toBeCloseTo(0.477, 3);
    expect(measurement.ef).not.toBeNull();
    expect(measurement.defaults).toContain('view_uncertain');
    const sure = await scored(drawnHeart(), [await registered(oneViewModel('a4c')), segmentation]);
    expect(sure.measurement.defaults).not.toContain('view_uncertain');
  });

  it('is doubted where colour Doppler covers the chambers', async () => {
    const models = [await registered(oneViewModel('a4c')), await registered(greyLevelModel('a4c'))];
    const { measurement } = await scored(drawnHeart({ colour: true }), models);
    expect(measurement.ef).not.toBeNull();
    expect(measurement.defaults).toContain('colour_present');
  });

  it('is measured on frames blanked as the published system did, and shown without burned-in text', async () => {
    const { card, members } = greyLevelModel('a4c');
    const preprocessing = { ...card.preprocessing, burnedInText: 'top-tenth' } as const;
    const published = {
      card: { ...card, preprocessing, preprocessingHash: framePreprocessingHash(preprocessing) },
      members,
    };
    const models = [await registered(oneViewModel('a4c')), await registered(published)];
    const { measurement, segmentation } = await scored(drawnHeart(), models);
    expect(Math.abs(measurement.ef! - drawnEjectionFraction(0.4))).toBeLessThan(4);
    expect(segmentation!.preprocessingHash).toBe(framePreprocessingHash(preprocessing));
    const forms = [...objects.files.keys()].filter((key) => /64-top-tenth|64-regions-or-fan/.test(key));
    expect(new Set(forms.map((key) => /64-[a-z-]+/.exec(key)![0])).size).toBe(2);
  });
});

describe.skipIf(!hasData)('real ultrasound files (need ../shared/data)', () => {
  const folder = join(dataFolder, 'echo/dicom');
  const files = hasData ? readdirSync(folder).filter((name) => !/\.(md|json|csv|txt)$/i.test(name)) : [];

  it.each(files)('%s is classified, and segmented where it is a cine', async (name) => {
    const models = [await registered(oneViewModel('a4c')), await registered(greyLevelModel('a4c'))];
    const { classification, segmentation, measurement } = await scored(
      readFileSync(join(folder, name)),
      models,
    );
    expect(classification.frames.length).toBeGreaterThan(0);
    expect(classification.frames.length).toBeLessThanOrEqual(11);
    if (segmentation === null) expect(measurement.reasons).toHaveLength(1);
    else {
      const masks = readAnimatedPng(await objects.bytes({ bucket: 'results', key: segmentation.maskKey }));
      expect(masks.count).toBe(segmentation.frames);
      expect(segmentation.frameConfidences).toHaveLength(segmentation.frames);
    }
    // A net that goes by grey alone finds no heart in them; none of it is an error.
    expect(measurement.reasons.length > 0 || measurement.ef !== null).toBe(true);
  });
});
