import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  claimExports,
  finishExports,
  heldExports,
  RawRows,
  refuseExport,
  removeDeadRows,
  type StoredExport,
  settledFolders,
} from '../../../shared/catalog/exports.ts';
import { labelledInstances } from '../../../shared/catalog/labelled-instances.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { releaseRun } from '../../../shared/catalog/recordings.ts';
import { readExport } from '../../../shared/echo/xcelera/read-export.ts';
import { type ExportTableName, exportTables } from '../../../shared/echo/xcelera/tables.ts';
import {
  type ExportedInstance,
  ellipseChords,
  exportCsv,
  exportFiles,
  exportRows,
} from '../echo/xcelera/synthetic-export.ts';
import { Catalog, echoFinding, finding, newId } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
}, 60_000);
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

/** Indexes files of an export as ingest does, and imports them as the job does. */
async function importFiles(files: ReadonlyMap<string, Buffer>, folder = 'export/'): Promise<void> {
  await indexObjects(
    catalog.database,
    [...files.keys()].map((name) => finding(folder + name, { kind: 'xcelera', state: 'indexed' })),
  );
  const runId = newId();
  const stored: StoredExport[] = [];
  for (const { id, key } of await claimExports(catalog.database, runId)) {
    const rows = new RawRows(catalog.database, id);
    let table: ExportTableName = 'a_instance';
    for await (const part of readExport([files.get(key.slice(folder.length))!])) {
      table = part.table.name;
      await rows.add(part.table, part.rows);
    }
    await rows.flush();
    stored.push({ id, table, rows: rows.stored });
  }
  await finishExports(catalog.database, stored);
}

const query = <T extends object>(sql: string) => catalog.database.query<T>(sql);
const count = async (table: string) =>
  (await query<{ count: number }>(`select count(*)::int as count from ${table}`))[0]!.count;

const uid = (instance: number) => `1.2.840.${instance}`;
const instance = (
  number: number,
  study: number,
  measured: ExportedInstance['measured'],
): ExportedInstance => ({
  study,
  instance: number,
  sopInstanceUid: uid(number),
  file: `X${number}`,
  measured,
});
const chords = ellipseChords([400, 300], 120, 60);

const studies = [
  { study: 1, equipment: 'EPIQ7-1', weight: 80, height: 200 },
  { study: 2, equipment: 'SONOS' },
  { study: 3, equipment: 'AFFINITI_2', age: '', gender: '', findings: 'I10,I34 , J1' },
] as const;

/** 11: a4c with both volumes twice. 12: a2c. 13: conflict. 14: old machine. 15: plax. 16: duplicate. 17: atrium. */
const instances = [
  instance(11, 1, [
    { name: 'VTD(MDD-ps4)', frame: 2, value: 120, chords },
    { name: 'VTS(MDD-ps4)', frame: 14, value: 48, chords },
    { name: 'VTD(MDD-ps4)', frame: 30, value: 100, chords },
    { name: 'VTS(MDD-ps4)', frame: 41, value: 52 },
    { name: 'VTS(MDD-ps4)', frame: 41, value: -3 },
  ]),
  instance(12, 1, [{ name: 'VTD(MDD-ps2)', frame: 0, value: 90, chords }]),
  instance(13, 1, [
    { name: 'VTD 4C', frame: 1 },
    { name: 'VTD 2C', frame: 1 },
  ]),
  instance(14, 2, [{ name: 'VTD 4C', frame: 1, value: 88 }]),
  instance(15, 3, [
    { name: 'Diám raíz Ao', unit: 'cm', frame: 5, value: 3.1 },
    { name: 'DVItd', unit: 'cm', frame: 6, value: 4.9 },
    { name: 'Grosor', frame: 7 },
  ]),
  instance(16, 3, [{ name: 'VTS 4C', frame: 1 }]),
  instance(17, 3, [{ name: 'Vol. AI (MOD-sp4)', frame: 9, value: 40, chords }]),
];

const echo = (number: number, more: Record<string, unknown> = {}) =>
  echoFinding(`studies/${number}.dcm`, {
    instance: {
      sop_instance_uid: uid(number),
      rows: 600,
      columns: 800,
      number_of_frames: 50,
      ultrasound_color_data_present: 0,
      region_spatial_format: 1,
      ...more,
    },
  });

function published() {
  const rows = exportRows(studies, instances);
  rows.instance_filename.push([99, 1, 'X99', uid(16)]);
  return rows;
}

describe('an imported export', () => {
  it('becomes raw and cleaned rows, and views by the published rules', async () => {
    const rows = published();
    await indexObjects(
      catalog.database,
      [11, 12, 13, 14, 15, 16, 17].map((number) => echo(number)),
    );
    await importFiles(exportFiles(rows));
    for (const { name } of exportTables)
      expect([name, await count(`raw.${name}`)]).toEqual([name, rows[name].length]);

    expect(
      await query(`select name, unitname from clean.measurement_abstract_rpt where studyidk = 3 order by 1`),
    ).toEqual(
      [
        { name: 'Diám raíz Ao', unitname: 'cm' },
        { name: 'DVItd', unitname: 'cm' },
        { name: 'Grosor', unitname: 'ml' },
        { name: 'VTS 4C', unitname: 'ml' },
        { name: 'Vol. AI (MOD-sp4)', unitname: 'ml' },
      ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(
      await query(
        `select studyidk::int as study, age, gender, array_to_string(findingcode, '+') as findings, bmi
         from views.machines_new_bmi order by 1`,
      ),
    ).toEqual([
      { study: 1, age: 61, gender: 'F', findings: 'I10+I34', bmi: 20 },
      { study: 3, age: null, gender: 'U', findings: 'I10+I34+J1', bmi: expect.closeTo(25.687, 3) },
    ]);

    const ids = (rows: { id: number }[]) => rows.map(({ id }) => id);
    const list = 'select instanceidk::int as id from views.instances_unique_master_list order by 1';
    expect(ids(await query(list))).toEqual([11, 12, 13, 14, 15, 17]);
    expect(await query('select instanceidk::int as id, views from views.instances_w_conflicts')).toEqual([
      { id: 13, views: ['a2c', 'a4c'] },
    ]);
    expect(
      await query('select instanceidk::int as id, view from classification.ground_truths order by 1'),
    ).toEqual([
      { id: 11, view: 'a4c' },
      { id: 12, view: 'a2c' },
      { id: 15, view: 'plax' },
      { id: 17, view: 'a4c' },
    ]);
    expect(
      await query(
        `select instanceidk::int as id, indexinmglist::int as i, frame::int as frame, view, chamber, moment, count(*)::int as chords
         from views.chords_by_volume_mask group by 1, 2, 3, 4, 5, 6 order by 1, 2`,
      ),
    ).toEqual([
      { id: 11, i: 0, frame: 2, view: 'a4c', chamber: 'lv', moment: 'ED', chords: 21 },
      { id: 11, i: 1, frame: 14, view: 'a4c', chamber: 'lv', moment: 'ES', chords: 21 },
      { id: 11, i: 2, frame: 30, view: 'a4c', chamber: 'lv', moment: 'ED', chords: 21 },
      { id: 12, i: 0, frame: 0, view: 'a2c', chamber: 'lv', moment: 'ED', chords: 21 },
      { id: 17, i: 0, frame: 9, view: 'a4c', chamber: 'la', moment: 'ES', chords: 21 },
    ]);
    expect(
      await query(
        `select instanceidk::int as id, edv_ml, esv_ml, ef, recommendation from measurement.ground_truths order by 1`,
      ),
    ).toEqual([
      { id: 11, edv_ml: 110, esv_ml: 50, ef: expect.closeTo(54.545, 3), recommendation: 'greyzone' },
    ]);
  });

  it('labels no instance that is short, in colour, no 2-D picture, or of which there is no recording', async () => {
    await indexObjects(catalog.database, [
      echo(11, { number_of_frames: 9 }),
      echo(12, { ultrasound_color_data_present: 1 }),
      echo(15, { region_spatial_format: 2 }),
    ]);
    await importFiles(exportFiles(published()));
    expect(await count('views.instances_w_labels')).toBe(0);
  });

  it('finds recordings whose identifiers were replaced by the names of their files', async () => {
    const anonymous = (key: string, number: number): ReturnType<typeof echo> => ({
      ...echo(number, { sop_instance_uid: `9.9.${number}` }),
      key,
    });
    await indexObjects(catalog.database, [
      anonymous('1/a_X11.dcm', 11),
      anonymous('1/a_1_x12.dcm', 12),
      anonymous('3/X15.dcm', 15),
    ]);
    await importFiles(exportFiles(published()));
    const found = await query('select instanceidk::int as id, key from views.instances_w_labels order by 1');
    expect(found).toEqual([
      { id: 11, key: '1/a_X11.dcm' },
      { id: 12, key: '1/a_1_x12.dcm' },
    ]);
  });

  it('takes outliers for missing', async () => {
    const many = Array.from({ length: 20 }, (_, i) => ({
      study: 100 + i,
      equipment: 'ECOIE33',
      age: 60 + (i % 5),
    }));
    await importFiles(exportFiles(exportRows([...many, { study: 200, equipment: 'ECOIE33', age: 430 }], [])));
    const ages = await query<{ study: number; age: number | null }>(
      'select studyidk::int as study, age from clean.dm_spain_view_study_summary order by 1',
    );
    expect(ages.filter(({ age }) => age === null)).toEqual([{ study: 200, age: null }]);
  });

  it('draws no masks of instances that were excluded by hand, nor of contours with two meanings', async () => {
    await importFiles(
      exportFiles(
        exportRows(studies, [
          instance(1789286, 1, [{ name: 'VTD 4C', frame: 1, chords }]),
          instance(21, 1, [{ name: 'VTD 4C', frame: 1, chords }]),
          // One index on two frames.
          { ...instance(22, 1, [{ name: 'VTD 4C', frame: 1, chords }]), sopInstanceUid: uid(221) },
          { ...instance(22, 1, [{ name: 'VTD 4C', frame: 2 }]), sopInstanceUid: uid(222), file: 'other' },
        ]),
      ),
    );
    expect(await query('select instanceidk::int as id from views.volume_contours')).toEqual([{ id: 21 }]);
    expect(await count('views.chords_by_volume_mask')).toBe(chords.length);
  });

  it('parts studies, not instances, and the same way for the same seed', async () => {
    const all = Array.from({ length: 60 }, (_, i) =>
      instance(1000 + i, Math.floor(i / 3), [{ name: 'VTD 4C', frame: 1, value: 1 }]),
    );
    await indexObjects(
      catalog.database,
      all.map((one) => echo(one.instance)),
    );
    const machines = Array.from({ length: 20 }, (_, i) => ({ study: i, equipment: 'EPIQ7-1' }));
    await importFiles(exportFiles(exportRows(machines, all)));
    const parts = (seed: number, keep = 1) =>
      query<{ study: number; part: string }>(
        `select studyidk::int as study, part from views.train_test(0.7, ${keep}, ${seed}) order by instanceidk`,
      );
    const once = await parts(5);
    expect(once).toHaveLength(60);
    expect(await parts(5)).toEqual(once);
    expect(await parts(6)).not.toEqual(once);
    const byStudy = new Map(once.map(({ study, part }) => [study, part]));
    expect(once.every(({ study, part }) => byStudy.get(study) === part)).toBe(true);
    const train = [...byStudy.values()].filter((part) => part === 'train').length;
    expect(train).toBeGreaterThan(8);
    expect(train).toBeLessThan(20);
    expect((await parts(5, 0.5)).length).toBeLessThan(45);

    const table = [];
    for await (const page of labelledInstances(catalog.database, { train: 0.7, keep: 1, seed: 5 }))
      table.push(...page);
    expect(table).toHaveLength(60);
    expect(table.map(({ part }) => part)).toEqual(once.map(({ part }) => part));
    expect(table[4]).toMatchObject({ key: expect.stringMatching(/1004/), view: 'a4c', study: 'export/1' });
  });
});

describe('the files of an export', () => {
  const table = (name: ExportTableName, cells: (string | number)[][], file = `${name}.csv`) =>
    new Map([[file, exportCsv(name, cells)]]);
  const frames = () =>
    query<{ frame: number }>('select frame::int as frame from clean.a_measgraphic order by 1');

  it('of a newer version replace those of the older, whatever comes first', async () => {
    await importFiles(table('a_measgraphic', [[1, 1, 1]]));
    await importFiles(table('a_measgraphic', [[1, 1, 2]], 'more.csv'));
    await importFiles(
      table('a_measgraphic', [
        [1, 1, 3],
        [1, 2, 4],
      ]),
    );
    expect(await frames()).toEqual([{ frame: 2 }, { frame: 3 }, { frame: 4 }]);
    expect(await removeDeadRows(catalog.database, exportTables)).toBe(1);
    expect(await count('raw.a_measgraphic')).toBe(3);

    // An older version that is imported late does not count.
    await indexObjects(catalog.database, [
      finding('export/a_measgraphic.csv', { kind: 'xcelera', state: 'indexed', sequencer: '0' }),
    ]);
    const [late] = await claimExports(catalog.database, newId());
    const rows = new RawRows(catalog.database, late!.id);
    for await (const part of readExport([...table('a_measgraphic', [[1, 1, 9]]).values()]))
      await rows.add(part.table, part.rows);
    await rows.flush();
    await finishExports(catalog.database, [{ id: late!.id, table: 'a_measgraphic', rows: 1 }]);
    expect(await frames()).toEqual([{ frame: 2 }, { frame: 3 }, { frame: 4 }]);
  });

  it('are claimed once, and again when their run ended without them, three times', async () => {
    await indexObjects(catalog.database, [finding('e/a.csv', { kind: 'xcelera', state: 'indexed' })]);
    for (let attempt = 1; attempt <= 3; attempt++) {
      const runId = newId();
      const claimed = await claimExports(catalog.database, runId);
      expect(claimed.map(({ key }) => key)).toEqual(['e/a.csv']);
      expect(await heldExports(catalog.database, runId)).toEqual(new Set([claimed[0]!.id]));
      // Another one waits until this run has ended.
      await indexObjects(catalog.database, [finding('e/b.csv', { kind: 'xcelera', state: 'indexed' })]);
      expect(await claimExports(catalog.database, newId())).toEqual([]);
      await catalog.database.query(`delete from catalog.objects where key = 'e/b.csv'`);
      await releaseRun(catalog.database, runId);
    }
    expect(await claimExports(catalog.database, newId())).toEqual([]);
    expect(await query(`select state, reason from catalog.objects`)).toEqual([
      { state: 'rejected', reason: 'attempts_exhausted' },
    ]);
  });

  it('belong to an export that is settled when none of them is left', async () => {
    const settled = async () => (await settledFolders(catalog.database, ['e/', '/', 'other/'])).sort();
    const file = (key: string) => finding(key, { kind: 'xcelera', state: 'indexed' });
    await indexObjects(catalog.database, [file('e/a.csv'), file('e/b.csv'), file('c.csv')]);
    expect(await settled()).toEqual(['other/']);
    const claimed = await claimExports(catalog.database, newId());
    expect(claimed.map(({ folder }) => folder)).toEqual(['e/', 'e/', '/']);
    const finish = (id: number) => finishExports(catalog.database, [{ id, table: 'a_measgraphic', rows: 0 }]);
    await finish(claimed[0]!.id);
    expect(await settled()).toEqual(['other/']);
    await refuseExport(catalog.database, claimed[1]!.id, 'labels_invalid', undefined);
    expect(await settled()).toEqual(['e/', 'other/']);
    await finish(claimed[2]!.id);
    expect(await settled()).toEqual(['/', 'e/', 'other/']);
  });

  it('that are stored twice are there once', async () => {
    const files = table('a_measgraphic', [
      [1, 1, 1],
      [1, 2, 2],
    ]);
    await indexObjects(catalog.database, [finding('export/x.csv', { kind: 'xcelera', state: 'indexed' })]);
    const [claimed] = await claimExports(catalog.database, newId());
    for (let i = 0; i < 2; i++) {
      const rows = new RawRows(catalog.database, claimed!.id);
      for await (const part of readExport([...files.values()])) await rows.add(part.table, part.rows);
      await rows.flush();
      await finishExports(catalog.database, [{ id: claimed!.id, table: 'a_measgraphic', rows: rows.stored }]);
    }
    expect(await frames()).toEqual([{ frame: 1 }, { frame: 2 }]);
    expect(await claimExports(catalog.database, newId())).toEqual([]);
  });

  it('that are refused are rejected with their reason and keep no rows', async () => {
    await importFiles(table('a_measgraphic', [[1, 1, 7]]));
    await indexObjects(catalog.database, [
      finding('export/a_measgraphic.csv', { kind: 'xcelera', state: 'indexed' }),
    ]);
    const [claimed] = await claimExports(catalog.database, newId());
    const rows = new RawRows(catalog.database, claimed!.id);
    for await (const part of readExport([...table('a_measgraphic', [[1, 1, 8]]).values()]))
      await rows.add(part.table, part.rows);
    await rows.flush();
    await refuseExport(catalog.database, claimed!.id, 'labels_invalid', 'Line 3: ...');
    expect(await removeDeadRows(catalog.database, exportTables)).toBe(1);
    expect(await frames()).toEqual([{ frame: 7 }]);
    expect(await query(`select reason, detail from catalog.objects where state = 'rejected'`)).toEqual([
      { reason: 'labels_invalid', detail: 'Line 3: ...' },
    ]);
  });
});
