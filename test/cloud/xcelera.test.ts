import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labels } from '../../cli/commands/labels.ts';
import {
  type ListedEvaluation,
  listEvaluations,
  requestEvaluation,
} from '../../shared/catalog/evaluations.ts';
import { promoteModel, registerModel } from '../../shared/catalog/models.ts';
import { csvRows } from '../../shared/csv-rows.ts';
import { modelPrefix } from '../../shared/deployment/shipped-models.ts';
import { groundTruthEdge, groundTruthMask } from '../../shared/echo/ground-truth/ground-truth-mask.ts';
import { writePictureArtifact } from '../../shared/learning/pictures/picture-artifact.ts';
import { readGreyPng } from '../../shared/learning/pictures/read-grey-png.ts';
import { AnimatedPng } from '../../shared/storage/animated-png.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import { drawnHeart, drawnVentricle } from '../shared/echo/drawn-heart.ts';
import { changed, ultrasoundFile } from '../shared/echo/ultrasound.ts';
import {
  type ExportedInstance,
  ellipseChords,
  exportCsv,
  exportFiles,
  exportRows,
} from '../shared/echo/xcelera/synthetic-export.ts';
import { greyLevelModel, oneViewModel } from '../shared/learning/pictures/grey-level-models.ts';
import { spoken, TestCloud } from './embedded.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await TestCloud.open();
  await standDown();
});
afterAll(() => cloud.close());

/** No model is in force: what is said of the instances is written below, so that the figures are known. */
const standDown = () => cloud.query(`update registry.models set promoted_at = null where task <> 'ecg'`);

const [rows, columns, frames] = [60, 80, 12];

/** A cine of grey frames, as an export knows it. */
const cine = (uid: string): Uint8Array =>
  ultrasoundFile(
    changed(
      { tag: 0x00080018, vr: 'UI', value: uid },
      { tag: 0x00100010, vr: 'PN', value: 'Quijano^Alonso' },
      { tag: 0x00280014, vr: 'US', value: [0] },
      { tag: 0x00280008, vr: 'IS', value: String(frames) },
      { tag: 0x00280010, vr: 'US', value: [rows] },
      { tag: 0x00280011, vr: 'US', value: [columns] },
      {
        tag: 0x00186011,
        vr: 'SQ',
        value: {
          items: [
            [
              { tag: 0x00186012, vr: 'US', value: [1] },
              { tag: 0x00186014, vr: 'US', value: [1] },
              { tag: 0x00186018, vr: 'UL', value: [0] },
              { tag: 0x0018601a, vr: 'UL', value: [0] },
              { tag: 0x0018601c, vr: 'UL', value: [columns - 1] },
              { tag: 0x0018601e, vr: 'UL', value: [rows - 1] },
            ],
          ],
        },
      },
      { tag: 0x7fe00010, vr: 'OB', value: new Uint8Array(rows * columns * frames).fill(90) },
    ),
  );

const diastole = ellipseChords([40, 30], 24, 12);
const systole = ellipseChords([40, 30], 18, 9);
/** Two instances of each of three studies, views as labelled; the last one was never uploaded. */
const instances: ExportedInstance[] = [1, 2, 3].flatMap((study) => [
  {
    study,
    instance: 10 * study,
    sopInstanceUid: `1.2.${study}.0`,
    file: `A${study}`,
    measured: [
      { name: 'VTD(MDD-ps4)', frame: 1, value: 100 + 10 * study, chords: diastole },
      { name: 'VTS(MDD-ps4)', frame: 7, value: 50, chords: systole },
    ],
  },
  {
    study,
    instance: 10 * study + 1,
    sopInstanceUid: `1.2.${study}.1`,
    file: `B${study}`,
    measured: [{ name: 'Diám raíz Ao', unit: 'cm', frame: 3, value: 3.1 }],
  },
]);
const tables = exportRows(
  [1, 2, 3].map((study) => ({ study, equipment: 'EPIQ7-1' })),
  instances,
);
const uploaded = instances.filter(({ instance }) => instance !== 31);

const upload = {
  recordings: async (prefix: string) => {
    for (const { instance, sopInstanceUid } of uploaded)
      await cloud.put(`${prefix}${instance}.dcm`, cine(sopInstanceUid));
    await cloud.eventually(async () => {
      const ready = await cloud.query(
        `select 1 as one from catalog.recordings r join catalog.objects o on o.id = r.object_id
         where starts_with(o.key, :prefix) and r.prepared is not null and r.state = 'ready'`,
        { prefix },
      );
      if (ready.length < uploaded.length) await wake();
      return ready.length === uploaded.length ? ready : undefined;
    });
  },
  export: async (prefix: string) => {
    for (const [name, body] of [...exportFiles(tables)].reverse()) await cloud.put(`${prefix}${name}`, body);
    await cloud.eventually(async () => {
      const files = await cloud.query(
        `select 1 as one from raw.exports where folder = :prefix and state = 'current'`,
        {
          prefix,
        },
      );
      return files.length === 8 ? files : undefined;
    });
  },
};

/** The dispatcher is called as its schedule or a delayed message would. */
const wake = () =>
  cloud.target.sqs.send(
    new SendMessageCommand({ QueueUrl: cloud.target.names.queueUrl('wake'), MessageBody: '{}' }),
  );

const models = [
  ['views', 'views', null],
  ['chambers', 'segmentation-a4c', { lv: 2, la: 4, lvo: 1 }],
] as const;

/** What models said of the recordings below a prefix: as the labels have it, but for the second study. */
async function score(prefix: string): Promise<void> {
  const { database, objects, names } = cloud.target;
  const recordings = await cloud.query<{ id: string; key: string }>(
    `update catalog.recordings r set state = 'scored', finished_at = now()
     from catalog.objects o where o.id = r.object_id and starts_with(o.key, :prefix)
     returning r.id::text as id, o.key`,
    { prefix },
  );
  for (const [name, task, chambers] of models)
    await database.query(
      `insert into registry.models (name, version, task, prefix, card, promoted_at)
       values (:name, :prefix, :task, 'none/', :card::jsonb, now())`,
      { name, prefix, task, card: JSON.stringify(chambers === null ? {} : { chambers }) },
    );
  for (const { id, key } of recordings) {
    const instance = Number(/(\d+)\.dcm$/.exec(key)![1]);
    const study = Math.floor(instance / 10);
    const apical = instance % 10 === 0;
    const view = study === 2 ? 'other' : apical ? 'a4c' : 'plax';
    const from = `'h', 'c', 'i'`;
    await database.query(
      `insert into classification.predictions (recording_id, model_name, model_version, preprocessing_hash, code_version,
         input_version, view, probabilities, frames, mapping_dev, mapping_seg)
       values (:id::uuid, 'views', :prefix, ${from}, 'a4c', '{}', 10, :view, :view)`,
      { id, prefix, view },
    );
    if (!apical) continue;
    const maskKey = `masks/${id}.png`;
    await objects.put({ bucket: names.bucket('results'), key: maskKey }, masks(study), 'image/png');
    await database.query(
      `insert into segmentation.predictions (recording_id, model_name, model_version, preprocessing_hash, code_version,
         input_version, view, frames, rows, columns, mask_key, overlay_key, cine_key, confidence, frame_confidences)
       values (:id::uuid, 'chambers', :prefix, ${from}, 'a4c', ${frames}, 384, 384, :maskKey, 'o', 'c', 1, '[]')`,
      { id, prefix, maskKey },
    );
    for (const [method, quantity, value] of [
      ['disks', 'EDV', 100 + 10 * study + 4],
      ['disks', 'ESV', 50 - study],
      ['disks', 'EF', study === 2 ? 65 : 100 * (1 - 50 / (100 + 10 * study))],
      ['area-length', 'VTD(MDD-ps4)', 90],
    ] as const)
      await database.query(
        `insert into measurement.calculations (recording_id, model_name, model_version, preprocessing_hash, code_version,
           input_version, method, quantity, value, unit)
         values (:id::uuid, 'chambers', :prefix, ${from}, :method, :quantity, :value::double precision, 'mL')`,
        { id, prefix, method, quantity, value },
      );
  }
  for (const [, task] of models) await requestEvaluation(database, 'echo', task, `${prefix}export/`);
  await standDown();
}

/** Label masks of a cine: the contour of diastole in every frame, for the second study the half of it. */
function masks(study: number): Uint8Array {
  const mask = groundTruthMask(
    diastole.map(({ type, from, to }, sequence) => ({
      type,
      sequence,
      x1: from[0],
      y1: from[1],
      x2: to[0],
      y2: to[1],
    })),
    rows,
    columns,
  )!;
  const png = new AnimatedPng(groundTruthEdge, groundTruthEdge, Array(6).fill([0, 0, 0]), 40, 'up');
  const half = (groundTruthEdge * groundTruthEdge) / 2;
  for (let frame = 0; frame < frames; frame++)
    png.add(mask.pixels.map((inside, at) => (inside === 0 || (study === 2 && at >= half) ? 0 : 2)));
  return png.file();
}

const ended = (dataSet: string, model: string): Promise<ListedEvaluation> =>
  cloud.eventually(async () => {
    const one = (await listEvaluations(cloud.target.database)).find(
      (each) => each.dataSet === dataSet && each.modelName === model,
    );
    if (one?.state === 'finished' || one?.state === 'failed') return one;
    await wake();
    return undefined;
  });

describe('an Xcelera export', () => {
  it.each([
    ['after its recordings', ['recordings', 'export'] as const],
    ['before its recordings', ['export', 'recordings'] as const],
  ])(
    '%s becomes ground truths, figures and a page',
    async (order, steps) => {
      const prefix = `${order.replaceAll(' ', '-')}/`;
      const folder = `${prefix}export/`;
      for (const step of steps) await upload[step](step === 'export' ? folder : prefix);
      await score(prefix);

      const views = await ended(folder, 'views');
      expect(views).toMatchObject({ domain: 'echo', state: 'finished', recordings: 5 });
      expect(
        await cloud.query(
          `select mapping, view, tn, fp, fn, tp from classification.evaluations where evaluation_id = :id::uuid
           and mapping = 'dev' order by view`,
          { id: views.id },
        ),
      ).toEqual([
        { mapping: 'dev', view: 'a2c', tn: 1, fp: 0, fn: 0, tp: 0 },
        { mapping: 'dev', view: 'a4c', tn: 0.4, fp: 0, fn: 0.2, tp: 0.4 },
        { mapping: 'dev', view: 'other', tn: 0.6, fp: 0.4, fn: 0, tp: 0 },
        { mapping: 'dev', view: 'plax', tn: 0.6, fp: 0, fn: 0.2, tp: 0.2 },
      ]);

      const chambers = await ended(folder, 'chambers');
      expect(chambers).toMatchObject({ state: 'finished', recordings: 3 });
      const truths = await cloud.query<{ instance: number; frame: number; moment: string; mask_key: string }>(
        `select instanceidk as instance, frame, moment, mask_key from segmentation.ground_truths
         where data_set = :folder order by 1, 2`,
        { folder },
      );
      expect(truths.map(({ instance, frame, moment }) => `${instance} ${frame} ${moment}`)).toEqual([
        '10 1 ED',
        '10 7 ES',
        '20 1 ED',
        '20 7 ES',
        '30 1 ED',
        '30 7 ES',
      ]);
      const { rows: edge, grey } = readGreyPng(
        await cloud.target.objects.bytes({
          bucket: cloud.target.names.bucket('results'),
          key: truths[0]!.mask_key,
        }),
      );
      const inside = grey.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
      expect(edge).toBe(384);
      expect(inside / grey.length).toBeCloseTo((Math.PI * 24 * 12) / (rows * columns), 2);

      const overlaps = await cloud.query<{ instance: number; frame: number; iou: number; dice: number }>(
        `select instanceidk as instance, frame, iou, dice from segmentation.evaluations
         where evaluation_id = :id::uuid order by 1, 2`,
        { id: chambers.id },
      );
      expect(overlaps).toHaveLength(6);
      expect(overlaps[0]).toEqual({ instance: 10, frame: 1, iou: 1, dice: 1 });
      // The ventricle of systole has 9/16 of the area of diastole's.
      expect(overlaps[1]!.iou).toBeCloseTo(9 / 16, 1.5);
      expect(overlaps[2]!.iou).toBeCloseTo(0.5, 1.5);
      const measured = await cloud.query(
        `select instanceidk as instance, method, quantity, truth, calculated, absolute_difference as difference
         from measurement.evaluations where evaluation_id = :id::uuid and instanceidk = 20 order by method, quantity`,
        { id: chambers.id },
      );
      expect(measured).toEqual([
        { instance: 20, method: 'area-length', quantity: 'EDV', truth: 120, calculated: 90, difference: 30 },
        { instance: 20, method: 'disks', quantity: 'EDV', truth: 120, calculated: 124, difference: 4 },
        expect.objectContaining({ quantity: 'EF', truth: expect.closeTo(58.333, 3), calculated: 65 }),
        { instance: 20, method: 'disks', quantity: 'ESV', truth: 50, calculated: 48, difference: 2 },
      ]);
      const figures = await cloud.query(
        `select subject, metric, label, value from echo.evaluations
         where evaluation_id = :id::uuid and (metric, label) in (('bias', 'EDV'), ('accuracy', 'recommendation'))
         order by 1, 2`,
        { id: chambers.id },
      );
      expect(figures).toEqual([
        { subject: 'area-length', metric: 'bias', label: 'EDV', value: -30 },
        { subject: 'disks', metric: 'accuracy', label: 'recommendation', value: expect.closeTo(2 / 3, 6) },
        { subject: 'disks', metric: 'bias', label: 'EDV', value: 4 },
      ]);

      for (const { reportKey } of [views, chambers]) {
        const page = await cloud.resultText(reportKey!);
        expect(page).toContain('<svg');
        expect(page).toContain('Not a medical device');
        expect(page).not.toContain('Quijano');
      }
    },
    120_000,
  );

  it('gives the views that it knows as a table that training reads', async () => {
    const home = process.env.SYSTOLE_HOME;
    process.env.SYSTOLE_HOME = cloud.folder;
    const { out } = await spoken(() => labels.run(['--seed', '3'], new AbortController().signal)).finally(
      () => {
        if (home === undefined) delete process.env.SYSTOLE_HOME;
        else process.env.SYSTOLE_HOME = home;
      },
    );
    const [head, ...rows] = csvRows(out, ',').map(({ cells }) => cells);
    expect(head).toEqual(['image', 'view', 'split', 'patient']);
    // Two exports know the same five instances, whichever upload of them is the newest.
    expect(rows).toHaveLength(10);
    const splits = new Map(rows.map(([, , split, patient]) => [patient, split]));
    for (const [image, view, split, patient] of rows) {
      const [, study, instance] = /\/(\d)(\d)\.dcm$/.exec(image!)!;
      expect(view).toBe(instance === '0' ? 'a4c' : 'plax_plax');
      expect(patient!.endsWith(`export/${study}`)).toBe(true);
      expect(splits.get(patient)).toBe(split);
    }
  });

  it('is held against what nets say of real cines', async () => {
    const { objects, names, database } = cloud.target;
    const nets = [oneViewModel('a4c'), greyLevelModel('a4c')];
    for (const artifact of nets) {
      const { card } = artifact;
      const prefix = modelPrefix(card);
      await writePictureArtifact(bucketFolder(objects, names.bucket('models'), prefix), artifact);
      const { name, version, task } = card;
      await registerModel(database, { name, version, task, prefix, card, promote: false });
      await promoteModel(database, name, version);
    }
    const hearts = [0.2, 0.4, 0.5].map((shortening, i) => ({
      shortening,
      study: 40 + i,
      uid: `1.2.77.${i}`,
    }));
    for (const { shortening, study, uid } of hearts)
      await cloud.put(
        `drawn/${study}/a_1.dcm`,
        drawnHeart({ shortening, sopInstanceUid: uid, studyInstanceUid: `1.2.77.${study}` }),
      );
    await cloud.until('drawn/', (all) => all.filter(({ state }) => state === 'scored').length === 3);

    const contour = (shortening: number) => {
      const { x, y, across, along } = drawnVentricle(shortening);
      return ellipseChords([x, y], along, across);
    };
    // A spheroid of 0.06 cm a pixel.
    const volume = (shortening: number) => {
      const { across, along } = drawnVentricle(shortening);
      return (4 / 3) * Math.PI * along * across ** 2 * 0.06 ** 3;
    };
    const exported = exportRows(
      hearts.map(({ study }) => ({ study, equipment: 'AFFINITI_1' })),
      hearts.map(({ shortening, study, uid }) => ({
        study,
        instance: 100 * study,
        sopInstanceUid: uid,
        file: `D${study}`,
        measured: [
          { name: 'VTD(MDD-ps4)', frame: 0, value: volume(0), chords: contour(0) },
          // 75 beats a minute, 40 ms a frame: end-systole is 10 frames on.
          { name: 'VTS(MDD-ps4)', frame: 10, value: volume(shortening), chords: contour(shortening) },
        ],
      })),
    );
    for (const [name, body] of exportFiles(exported)) await cloud.put(`drawn/export/${name}`, body);

    const views = await ended('drawn/export/', nets[0]!.card.name);
    expect(views).toMatchObject({ state: 'finished', recordings: 3 });
    const chambers = await ended('drawn/export/', nets[1]!.card.name);
    expect(chambers).toMatchObject({ state: 'finished', recordings: 3 });
    const figures = await cloud.query<{ subject: string; metric: string; label: string; value: number }>(
      'select subject, metric, label, value from echo.evaluations where evaluation_id in (:views::uuid, :chambers::uuid)',
      { views: views.id, chambers: chambers.id },
    );
    const figure = (subject: string, metric: string, label: string) =>
      figures.find((one) => one.subject === subject && one.metric === metric && one.label === label)?.value;
    expect(figure('classification', 'accuracy', 'seg')).toBe(1);
    expect(figure('segmentation', 'frames', 'lv')).toBe(6);
    // The net's grid is six times as coarse as the contours'.
    expect(figure('segmentation', 'dice', 'lv')).toBeGreaterThan(0.93);
    for (const method of ['disks', 'area-length']) {
      expect([method, figure(method, 'instances', 'EF')]).toEqual([method, 3]);
      expect(figure(method, 'mean_absolute_difference', 'EF')).toBeLessThan(8);
    }
    expect(figure('disks', 'mean_absolute_difference', 'EF')).toBeLessThan(4);
    await standDown();
  }, 120_000);

  it('with a wrong value is refused by its line and column, one without a column by that', async () => {
    const broken = exportCsv('a_measgraphic', [
      [1, 2, 3],
      [4, 'Quijano', 6],
    ]);
    await cloud.put('broken/a_measgraphic.csv', broken);
    await cloud.put('broken/short.csv', 'ROW_ID,INSTANCEIDK,INDEXINMGLIST,CHORDSEQUENCE\r\n1,2,3,4\r\n');
    const refused = await cloud.until('broken/', (all) => all.length === 2);
    expect(refused.map(({ key, reason, detail }) => [key, reason, detail])).toEqual([
      [
        'broken/a_measgraphic.csv',
        'labels_invalid',
        'Line 3: the column indexinmglist holds no whole number.',
      ],
      [
        'broken/short.csv',
        'labels_invalid',
        'Line 1: the Xcelera table a_modvolume has no column chordtype.',
      ],
    ]);
    const notes = await cloud.eventually(async () => {
      const found = await cloud.results('notes/broken/');
      return found.length === 2 ? found : undefined;
    });
    expect(await cloud.resultText(notes[0]!)).not.toContain('Quijano');
  });
});
