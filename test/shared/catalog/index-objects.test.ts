import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../../shared/catalog/migrations/index.ts';

interface Answer {
  key: string;
  version_id: string;
  state: string;
  reason: string | null;
  recording_id: string | null;
  recording_state: string | null;
  recording_reason: string | null;
  source: { key: string; versionId: string; signals: { key: string; versionId: string }[] | null } | null;
}

let database: PGlite;
let clock = 0;

const object = (key: string, more: Record<string, unknown> = {}) => ({
  bucket: 'uploads',
  key,
  versionId: `v${++clock}`,
  sequencer: clock.toString(16).padStart(8, '0'),
  size: 100,
  etag: `etag-${clock}`,
  kind: 'opaque',
  state: 'waiting',
  ...more,
});
const header = (key: string, signal: string, more: Record<string, unknown> = {}) =>
  object(key, {
    kind: 'wfdb-header',
    state: 'indexed',
    recording: {
      modality: 'ecg',
      format: 'wfdb',
      facts: { rate: 500 },
      signals: [{ key: signal, minimumBytes: 100, maximumBytes: 100 }],
    },
    ...more,
  });
const index = async (...findings: object[]) =>
  (
    await database.query<Answer>('select * from catalog.index_objects($1::jsonb) order by key, version_id', [
      JSON.stringify(findings),
    ])
  ).rows;
const recordings = async () =>
  (
    await database.query<{ state: string; reason: string | null; id: string }>(
      'select id, state, reason from catalog.recordings order by created_at, id',
    )
  ).rows;

beforeAll(async () => {
  database = await PGlite.create();
  for (const migration of migrations)
    for (const statement of migration.statements) await database.exec(statement);
});
afterAll(() => database.close());
beforeEach(() => database.exec('truncate catalog.objects, registry.runs cascade'));

describe('catalog.index_objects', () => {
  it.each(['header first', 'signal first', 'together'])('makes a recording ready, %s', async (order) => {
    const hea = header('a/1.hea', 'a/1.mat');
    const mat = object('a/1.mat');
    if (order === 'together') await index(mat, hea);
    else {
      const [first, second] = order === 'header first' ? [hea, mat] : [mat, hea];
      const [waiting] = await index(first);
      expect(waiting?.recording_state ?? waiting?.state).toBe('waiting');
      await index(second);
    }
    const answers = await index(mat);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({ state: 'indexed', recording_state: 'ready' });
    expect(answers[0]!.source).toMatchObject({
      key: 'a/1.hea',
      signals: [{ key: 'a/1.mat', versionId: mat.versionId }],
    });
    expect(await recordings()).toHaveLength(1);
  });

  it('answers alike and changes nothing when events come twice and out of order', async () => {
    const hea = header('a/1.hea', 'a/1.mat');
    const mat = object('a/1.mat');
    const first = await index(mat, hea);
    expect(await index(hea, mat)).toEqual(first);
    expect(await index(mat, hea, mat)).toEqual(first);
    expect(await recordings()).toHaveLength(1);
  });

  it('rejects a record whose signal is shorter or longer than its header says, whatever its bytes look like', async () => {
    await index(header('a/1.hea', 'a/1.dat'), object('a/1.dat', { size: 99 }));
    await index(
      header('a/2.hea', 'a/2.dat'),
      object('a/2.dat', { size: 0, state: 'rejected', reason: 'empty' }),
    );
    await index(header('a/3.hea', 'a/3.dat'), object('a/3.dat', { size: 101 }));
    expect((await recordings()).map(({ reason }) => reason)).toEqual(Array(3).fill('signal_length'));
  });

  it('takes a signal that looked like nothing known once a header names it', async () => {
    await index(object('a/1.dat', { state: 'rejected', reason: 'unrecognised' }));
    const answers = await index(header('a/1.hea', 'a/1.dat'));
    expect(answers).toMatchObject([{ key: 'a/1.hea', recording_state: 'ready' }]);
  });

  it('makes a new recording of a re-uploaded signal or header, and none of the same bytes again', async () => {
    await index(header('a/1.hea', 'a/1.dat'), object('a/1.dat', { etag: 'x' }));
    const [again] = await index(object('a/1.dat', { etag: 'x' }));
    expect(again).toMatchObject({ state: 'duplicate' });
    expect(await recordings()).toHaveLength(1);
    await index(object('a/1.dat', { etag: 'y' }));
    expect(await recordings()).toHaveLength(2);
    await index(header('a/1.hea', 'a/1.dat'));
    expect(await recordings()).toHaveLength(3);
    expect((await recordings()).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  });

  it('scores the same bytes again where the first time failed for a reason outside of them', async () => {
    await index(header('a/1.hea', 'a/1.dat', { etag: 'h' }), object('a/1.dat', { etag: 's' }));
    await database.exec(
      "update catalog.recordings set state = 'failed', reason = 'attempts_exhausted' where state = 'ready'",
    );
    await index(object('a/1.dat', { etag: 's' }), header('a/1.hea', 'a/1.dat', { etag: 'h' }));
    expect((await recordings()).map(({ state }) => state).sort()).toEqual(['failed', 'ready']);
  });

  it('lets a newer header supersede one that waits, also when the events are out of order', async () => {
    const old = header('a/1.hea', 'a/1.dat');
    const fresh = header('a/1.hea', 'a/1.dat');
    await index(fresh);
    await index(old);
    await index(object('a/1.dat'));
    const states = (await recordings()).map(({ state, reason }) => reason ?? state).sort();
    expect(states).toEqual(['ready', 'superseded']);
  });

  it('indexes a DICOM instance with its tags as rows of raw.metadata', async () => {
    const instance = {
      rows: 480,
      columns: 640,
      number_of_frames: 30,
      regions: [{ deltaX: 0.05 }],
      marks: [],
    };
    const [answer] = await index(
      object('study/a_1.dcm', {
        kind: 'dicom',
        state: 'indexed',
        recording: {
          modality: 'echo',
          format: 'dicom',
          facts: {},
          instance,
          tags: [['0028', '0010', '480']],
        },
      }),
    );
    expect(answer).toMatchObject({ recording_state: 'ready' });
    const raw = await database.query('select dirname, filename, tag1, tag2, value from raw.metadata');
    expect(raw.rows).toEqual([
      { dirname: 'study', filename: 'a_1.dcm', tag1: '0028', tag2: '0010', value: '480' },
    ]);
    const rows = await database.query(
      'select rows, columns, number_of_frames, regions, marks from echo.instances',
    );
    expect(rows.rows).toEqual([instance]);
  });

  it('keeps an experiment once, however often its event comes', async () => {
    const experiment = object('experiments/a.yml', {
      kind: 'experiment',
      state: 'indexed',
      experiment: { name: 'a' },
    });
    await index(experiment);
    await index(experiment);
    const runs = await database.query('select name, state from registry.runs');
    expect(runs.rows).toEqual([{ name: 'a', state: 'requested' }]);
  });

  it('accepts 1000 records in one folder at a steady cost', async () => {
    for (let start = 0; start < 1000; start += 50) {
      const findings: object[] = [];
      for (let i = start; i < start + 50; i += 1)
        findings.push(header(`b/${i}.hea`, `b/${i}.dat`), object(`b/${i}.dat`));
      await index(...findings);
    }
    const { rows } = await database.query<{ n: number }>(
      "select count(*)::int as n from catalog.recordings where state = 'ready'",
    );
    expect(rows[0]!.n).toBe(1000);
  });
});
