import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storeLabels } from '../../../shared/catalog/labels.ts';
import { type Finding, indexObjects } from '../../../shared/catalog/objects.ts';
import type { LabelledRecord } from '../../../shared/ecg/formats/label-csv.ts';
import { Catalog, ecgFinding, finding } from './catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

const table = (key: string): Finding => finding(key, { kind: 'labels', state: 'indexed' });
const row = (record: string, ...present: string[]): LabelledRecord => ({ record, present, absent: [] });

/** Uploads a table. @returns the finding, by which it may be stored again */
async function upload(key: string, labels: readonly LabelledRecord[]): Promise<Finding> {
  const one = table(key);
  await indexObjects(catalog.database, [one]);
  await storeLabels(catalog.database, one, labels);
  return one;
}

/** What is true, by key of the recording and of the object that says so. */
async function truths(): Promise<string[]> {
  const rows = await catalog.database.query<{ truth: string }>(
    `select o.key || ' ' || g.label || ' by ' || s.key as truth
     from ecg.ground_truths g
     join catalog.recordings r on r.id = g.recording_id join catalog.objects o on o.id = r.object_id
     join catalog.objects s on s.id = g.object_id order by 1`,
  );
  return rows.map(({ truth }) => truth);
}

/** A WFDB header with diagnoses. */
const header = (key: string, ...diagnoses: string[]): Finding =>
  finding(key, {
    kind: 'wfdb-header',
    state: 'indexed',
    recording: { modality: 'ecg', format: 'wfdb', facts: { rate: 500, diagnoses } },
  });

describe('storeLabels', () => {
  it('makes labels true of the recordings below its folder, whichever comes first', async () => {
    await indexObjects(catalog.database, [ecgFinding('set/a/R1.xml'), ecgFinding('other/R1.xml')]);
    await upload('set/labels.csv', [row('R1', 'AF', '164889003'), row('R2', 'MI'), row('R3', 'MI')]);
    await indexObjects(catalog.database, [header('set/b/R2.hea')]);
    expect(await truths()).toEqual([
      'set/a/R1.xml 164889003 by set/labels.csv',
      'set/a/R1.xml AF by set/labels.csv',
      'set/b/R2.hea MI by set/labels.csv',
    ]);
  });

  it('stores nothing twice, however often it is repeated', async () => {
    await indexObjects(catalog.database, [ecgFinding('R1.xml')]);
    const one = await upload('labels.csv', [row('R1', 'AF')]);
    await storeLabels(catalog.database, one, [row('R1', 'AF')]);
    expect(await truths()).toEqual(['R1.xml AF by labels.csv']);
    const [set] = await catalog.database.query<object>('select count(*)::int as sets from ecg.label_sets');
    expect(set).toEqual({ sets: 1 });
  });

  it('goes on where it was interrupted', async () => {
    await indexObjects(catalog.database, [ecgFinding('R1.xml'), ecgFinding('R2.xml')]);
    const one = table('labels.csv');
    await indexObjects(catalog.database, [one]);
    await catalog.database.query(
      `with set as (insert into ecg.label_sets (object_id, records)
                    select id, 2 from catalog.objects where kind = 'labels' returning object_id)
       insert into ecg.labels select object_id, 'R1', '["AF"]' from set`,
    );
    expect(await truths()).toEqual([]);
    await storeLabels(catalog.database, one, [row('R1', 'AF'), row('R2', 'MI')]);
    expect(await truths()).toEqual(['R1.xml AF by labels.csv', 'R2.xml MI by labels.csv']);
  });

  it('takes the newest version of a table by its sequencer, not by its arrival', async () => {
    await indexObjects(catalog.database, [ecgFinding('s/R1.xml')]);
    const [old, fresh] = [table('s/l.csv'), table('s/l.csv')];
    for (const [one, label] of [
      [fresh, 'new'],
      [old, 'old'],
    ] as const) {
      await indexObjects(catalog.database, [one]);
      await storeLabels(catalog.database, one, [row('R1', label)]);
    }
    expect(await truths()).toEqual(['s/R1.xml new by s/l.csv']);
  });

  it('lets the table before it count until the last row is in', async () => {
    await indexObjects(catalog.database, [ecgFinding('s/R1.xml')]);
    await upload('s/l.csv', [row('R1', 'old')]);
    await indexObjects(catalog.database, [table('s/l.csv')]);
    await catalog.database.query(
      `insert into ecg.label_sets (object_id, records) select max(id), 1 from catalog.objects where kind = 'labels'`,
    );
    expect(await truths()).toEqual(['s/R1.xml old by s/l.csv']);
  });

  it("takes a header's own diagnoses, unscored codes among them", async () => {
    await indexObjects(catalog.database, [
      header('s/R1.hea', '426783006', '251146004', '999'),
      header('s/R2.hea'),
    ]);
    expect(await truths()).toEqual(
      ['251146004', '426783006', '999'].map((code) => `s/R1.hea ${code} by s/R1.hea`),
    );
  });

  it('takes a table of 21,000 records', async () => {
    await indexObjects(catalog.database, [ecgFinding('p/R20999.xml')]);
    const labels = Array.from({ length: 21_000 }, (_, i) => ({
      record: `R${i}`,
      present: i % 2 === 0 ? [] : ['NORM\0', '"quoted", ; text of some length'],
      absent: i % 2 === 0 ? ['NORM\0'] : ['MI'],
    }));
    await upload('p/train.csv', labels);
    expect(await truths()).toEqual([
      'p/R20999.xml "quoted", ; text of some length by p/train.csv',
      'p/R20999.xml NORM by p/train.csv',
    ]);
    const [set] = await catalog.database.query<object>(
      `select s.classes, s.records, s.complete_at is not null as complete,
              (select count(*)::int from ecg.labels l where l.object_id = s.object_id) as rows from ecg.label_sets s`,
    );
    expect(set).toEqual({
      classes: ['"quoted", ; text of some length', 'MI', 'NORM'],
      records: 21_000,
      complete: true,
      rows: 21_000,
    });
  });
});
