import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../cli/commands/models.ts';
import { promoteModel, registerModel } from '../../shared/catalog/models.ts';
import { outcomeOf } from '../../shared/catalog/overview.ts';
import { timelineOf } from '../../shared/catalog/timeline.ts';
import { modelPrefix } from '../../shared/deployment/shipped-models.ts';
import { writePictureArtifact } from '../../shared/learning/pictures/picture-artifact.ts';
import type { PictureArtifact } from '../../shared/learning/pictures/picture-model.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { readAnimatedPng } from '../../shared/storage/animated-png.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import { drawnEjectionFraction, drawnHeart } from '../shared/echo/drawn-heart.ts';
import { greyLevelModel, oneViewModel } from '../shared/learning/pictures/grey-level-models.ts';
import { spoken, TestCloud } from './embedded.ts';

let cloud: TestCloud;

async function register(artifact: PictureArtifact): Promise<void> {
  const { objects, names, database } = cloud.target;
  const { card } = artifact;
  const prefix = modelPrefix(card);
  await writePictureArtifact(bucketFolder(objects, names.bucket('models'), prefix), artifact);
  const { name, version, task } = card;
  await registerModel(database, { name, version, task, prefix, card, promote: false });
}

/** As `systole models promote` does. */
async function putInForce(artifact: PictureArtifact): Promise<void> {
  await register(artifact);
  const { names, database, sqs } = cloud.target;
  await promoteModel(database, artifact.card.name, artifact.card.version);
  await sqs.send(new SendMessageCommand({ QueueUrl: names.queueUrl('wake'), MessageBody: '{}' }));
}

const odd = {
  'a still': { drawing: { frames: 1 }, reasons: ['not_a_cine'] },
  'a Doppler spectrum': { drawing: { frames: 2, spatialFormat: 3 }, reasons: ['not_two_dimensional'] },
  'four frames': { drawing: { frames: 4 }, reasons: ['too_few_frames'] },
};
const oddKey = (name: string) => `odd/${name.replaceAll(' ', '-')}.dcm`;

let version: string;
let uploaded: number;

beforeAll(async () => {
  cloud = await TestCloud.open();
  for (const artifact of [oneViewModel('a4c'), greyLevelModel('a4c')]) await putInForce(artifact);
  uploaded = Date.now();
  version = await cloud.put('study-1/a_1.dcm', drawnHeart({ studyInstanceUid: '1.2.1' }));
  for (const [name, { drawing }] of Object.entries(odd))
    await cloud.put(oddKey(name), drawnHeart({ ...drawing, studyInstanceUid: `1.2.9.${name.length}` }));
  await cloud.put('odd/no-spacing.dcm', drawnHeart({ spacing: null, studyInstanceUid: '1.2.10' }));
}, 180_000);
afterAll(() => cloud.close());

const one = async <T extends object>(sql: string, id: string): Promise<T> =>
  (await cloud.query<T>(`${sql} where recording_id = :id::uuid`, { id }))[0]!;

describe('an echo instance', () => {
  it('goes from a cine to view, chambers, volumes and ejection fraction: rows, pictures, page', async () => {
    const { id } = await cloud.outcomeOf('study-1/a_1.dcm', 'scored', 'rejected', 'failed');
    const seconds = (Date.now() - uploaded) / 1000;
    const classified = await one<Record<string, unknown>>('select * from classification.predictions', id!);
    expect(classified).toMatchObject({
      model_name: 'drawn-views',
      input_version: version,
      view: 'a4c',
      frames: 10,
      mapping_dev: 'a4c',
      mapping_seg: 'a4c',
    });
    const frames = await cloud.query<{ frame: number; probabilities: Record<string, number> }>(
      'select frame, probabilities from classification.frames where recording_id = :id::uuid order by frame',
      { id },
    );
    expect(frames).toHaveLength(10);
    expect(Object.keys(frames[0]!.probabilities)).toHaveLength(23);

    const segmented = await one<Record<string, string | number | number[]>>(
      'select * from segmentation.predictions',
      id!,
    );
    expect(segmented).toMatchObject({ view: 'a4c', frames: 48, rows: 64, columns: 64 });
    expect(segmented.frame_confidences).toHaveLength(48);
    const results = cloud.target.names.bucket('results');
    const file = (key: string) => cloud.target.objects.bytes({ bucket: results, key });
    const masks = readAnimatedPng(await file(segmented.mask_key as string));
    expect(masks).toMatchObject({ width: 64, height: 64, count: 48 });
    expect(new Set(masks.frame(0))).toEqual(new Set([0, 1, 2]));
    for (const key of ['overlay_key', 'cine_key'])
      expect(readAnimatedPng(await file(segmented[key] as string)).count).toBe(key === 'cine_key' ? 48 : 1);

    const measured = await one<Record<string, number | string | string[]>>(
      'select * from measurement.instances',
      id!,
    );
    expect(measured).toMatchObject({ study_instance_uid: '1.2.1', reasons: [], spacing_x_cm: 0.06 });
    // Masks of 64 x 64 make the edges of a small heart coarse.
    expect(Math.abs((measured.ef as number) - drawnEjectionFraction(0.4))).toBeLessThan(4);
    const calculations = await cloud.query<{ beat: number | null; quantity: string; value: number }>(
      `select beat, quantity, value from measurement.calculations
       where recording_id = :id::uuid and method = 'disks'`,
      { id },
    );
    expect(calculations.find(({ beat, quantity }) => beat === null && quantity === 'EF')!.value).toBe(
      measured.ef,
    );
    expect(calculations.filter(({ quantity }) => quantity === 'ESV').length).toBeGreaterThan(2);

    const [study] = await cloud.eventually(async () => {
      const rows = await cloud.query<Record<string, unknown>>(
        `select * from measurement.studies where study_instance_uid = '1.2.1'`,
      );
      return rows.length > 0 ? rows : undefined;
    });
    expect(study).toMatchObject({
      instances: 1,
      method: 'single-plane',
      ef: measured.ef,
      a4c_recording_id: id,
      recommendation: measured.recommendation,
    });
    const outcome = await outcomeOf(cloud.target.database, id!);
    expect(outcome!.echo).toMatchObject({
      view: 'a4c',
      ef: measured.ef,
      reasons: [],
      study: { uid: '1.2.1', method: 'single-plane', ef: measured.ef },
    });
    const quantities = outcome!.echo!.calculations!.map(({ method, quantity }) => `${method} ${quantity}`);
    expect(quantities).toEqual(expect.arrayContaining(['disks EF', 'area-length FE(MDD-ps4)']));
    const published = await cloud.query<{ name: string }>(
      `select measurement_name as name from measurement.published_calculations
       where study_id = '1.2.1' and file_name = 'a_1.dcm' order by 1`,
    );
    expect(published.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['FE(MDD-ps4)', 'VTD(MDD-ps4)', 'VTS(MDD-ps4)', 'recommendation']),
    );
    const page = await cloud.resultText(pageKey(id!));
    for (const text of ['Apical four-chamber', 'Ejection fraction', 'data:image/png', 'Not a medical device'])
      expect(page.includes(text), text).toBe(true);
    expect(page.includes('Doe^Jane')).toBe(false);
    expect(seconds).toBeLessThan(40);
  });

  it.each(Object.entries(odd))('is classified and not measurable: %s', async (name, { reasons }) => {
    const { id, state } = await cloud.outcomeOf(oddKey(name), 'scored', 'rejected', 'failed');
    expect(state).toBe('scored');
    expect(await one('select * from classification.predictions', id!)).toMatchObject({ view: 'a4c' });
    expect(await one('select * from measurement.instances', id!)).toMatchObject({ reasons, ef: null });
  });

  it('without a size of its pixels has an ejection fraction and no volumes', async () => {
    const { id } = await cloud.outcomeOf('odd/no-spacing.dcm', 'scored', 'rejected', 'failed');
    const measured = await one<{ ef: number }>('select * from measurement.instances', id!);
    expect(measured).toMatchObject({
      edv_ml: null,
      esv_ml: null,
      reasons: ['no_spacing'],
      defaults: expect.arrayContaining(['square_pixels_assumed']),
    });
    expect(Math.abs(measured.ef - drawnEjectionFraction(0.4))).toBeLessThan(4);
  });

  it('that was scored while nothing segmented its view is measured once something does', async () => {
    await cloud.query(`update registry.models set promoted_at = null where task = 'segmentation-a2c'`);
    await putInForce(oneViewModel('a2c'));
    await cloud.put('later/a_1.dcm', drawnHeart({ studyInstanceUid: '1.2.11' }));
    const { id, echo } = await cloud.outcomeOf('later/a_1.dcm', 'scored', 'rejected', 'failed');
    expect(echo).toMatchObject({ view: 'a2c', ef: null, reasons: ['no_model'] });

    await putInForce(greyLevelModel('a2c'));
    const measured = await cloud.eventually(async () => {
      const outcome = await outcomeOf(cloud.target.database, id!);
      return outcome?.state === 'scored' && outcome.echo?.ef ? outcome.echo : undefined;
    });
    expect(measured).toMatchObject({ view: 'a2c', reasons: [] });
    expect(Math.abs(measured.ef! - drawnEjectionFraction(0.4))).toBeLessThan(4);
    const [study] = await cloud.eventually(async () => {
      const rows = await cloud.query<{ ef: number }>(
        `select ef from measurement.studies where study_instance_uid = '1.2.11' and ef is not null`,
      );
      return rows.length > 0 ? rows : undefined;
    });
    expect(study!.ef).toBe(measured.ef);
    expect((await cloud.resultText(pageKey(id!))).includes('Ejection fraction')).toBe(true);
    const { events } = (await timelineOf(cloud.target.database, id!))!;
    expect(events.map(({ what }) => what).filter((what) => !what.includes(' job '))).toEqual([
      'uploaded',
      'ready',
      'dispatched',
      'scored',
      'ready again',
      'dispatched',
      'scored',
    ]);
    // One view by one model, whichever round said it.
    const views = await cloud.query(
      'select view from classification.predictions where recording_id = :id::uuid',
      { id },
    );
    expect(views).toHaveLength(1);
  }, 120_000);

  it('is scored again by a newer model where whoever promotes it asks for that', async () => {
    const artifact = oneViewModel('a4c', 5);
    await register(artifact);
    const { name, version } = artifact.card;
    const home = process.env.SYSTOLE_HOME;
    process.env.SYSTOLE_HOME = cloud.folder;
    try {
      const { err } = await spoken(() =>
        models.run(['promote', name, version, '--rescore'], new AbortController().signal),
      );
      expect(err).toBe(`${Object.keys(odd).length + 3} instances are scored again\n`);
    } finally {
      if (home === undefined) delete process.env.SYSTOLE_HOME;
      else process.env.SYSTOLE_HOME = home;
    }
    const all = await cloud.until(
      '',
      (now) => now.every(({ state, model }) => state === 'scored' && model === `${name} ${version}`),
      100,
    );
    const ef = (key: string) => all.find((one) => one.key === key)!.echo!.ef;
    // By the chambers of the view that it is taken for now.
    expect(Math.abs(ef('later/a_1.dcm')! - drawnEjectionFraction(0.4))).toBeLessThan(4);
    expect(Math.abs(ef('study-1/a_1.dcm')! - drawnEjectionFraction(0.4))).toBeLessThan(4);
  }, 120_000);
});
