import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { status } from '../../cli/commands/status.ts';
import type { Outcome } from '../../shared/catalog/overview.ts';
import { root } from '../../shared/deployment/bundle.ts';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import type { Card } from '../../shared/learning/card.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { changed, ultrasoundFile } from '../shared/echo/ultrasound.ts';
import { spoken, TestCloud } from './embedded.ts';
import { peXml } from './pe-xml.ts';
import { generatedRecord } from './records.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.open();
});
afterAll(() => cloud.close());

const card = shippedModels().find(({ task }) => task === 'ecg')!.card as unknown as Card;
const scored = (all: readonly Outcome[]) => all.some(({ state }) => state === 'scored');

describe('an electrocardiogram', () => {
  it.each([
    ['dat', 'header first', 1],
    ['dat', 'signal first', 3],
    ['mat', 'header first', 2],
    ['mat', 'signal first', 4],
  ])('of .%s, %s, is scored: rows, page', async (container, order, seed) => {
    const prefix = `${container}-${order.replace(' ', '-')}/`;
    const files = [...generatedRecord('r', seed)];
    expect(files.map(([name]) => name).sort()).toEqual([`r.${container}`, 'r.hea'].sort());
    files.sort(([a]) => (a.endsWith('.hea') === (order === 'header first') ? -1 : 1));
    const versions = new Map<string, string>();
    for (const [name, body] of files) versions.set(name, await cloud.put(prefix + name, body));
    const [outcome] = await cloud.until(prefix, scored);
    expect(Object.keys(outcome!.scores).sort()).toEqual([...card.classes].sort());

    const rows = await cloud.query<Record<string, unknown>>(
      `select p.*, r.lane, r.facts from ecg.predictions p join catalog.recordings r on r.id = p.recording_id
       where p.recording_id = :id::uuid`,
      { id: outcome!.id },
    );
    expect(rows).toHaveLength(card.classes.length);
    for (const row of rows) {
      const at = card.classes.indexOf(row.label as string);
      expect(row).toMatchObject({
        model_name: card.name,
        model_version: card.version,
        preprocessing_hash: card.preprocessingHash,
        code_version: expect.stringMatching(/^\d+\.\d+\.\d+(\+[0-9a-f]{10})?$/),
        input_version: `${versions.get('r.hea')}+${versions.get(`r.${container}`)}`,
        threshold: card.thresholds[at],
        lane: 'edge',
      });
      const { probability, positive } = row as { probability: number; positive: boolean };
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
      expect(positive).toBe(probability > card.thresholds[at]!);
    }
    expect(rows[0]!.facts).toMatchObject({ rate: 500, samples: 5000 });
    const page = await cloud.resultText(pageKey(outcome!.id!));
    expect(page).toContain('<svg');
    expect(page).toContain(card.version);
  });

  it('that comes again with the same bytes is a duplicate and scored once', async () => {
    const files = [...generatedRecord('again', 5)];
    for (const [name, body] of files) await cloud.put(`same/${name}`, body);
    await cloud.until('same/', scored);
    for (const [name, body] of files) await cloud.put(`same/${name}`, body);
    const all = await cloud.until(
      'same/',
      (now) => now.filter(({ state }) => state === 'duplicate').length === 2,
    );
    expect(all.filter(({ id }) => id !== null)).toHaveLength(1);
  });

  it('of which a new version comes is scored again, each under its versions', async () => {
    const first = generatedRecord('versions', 7);
    const second = generatedRecord('versions', 9);
    const old = new Map<string, string>();
    for (const [name, body] of first) old.set(name, await cloud.put(`new/${name}`, body));
    await cloud.until('new/', scored);
    const fresh = new Map<string, string>();
    for (const [name, body] of second) fresh.set(name, await cloud.put(`new/${name}`, body));
    const versionsOf = (now: Map<string, string>) => `${now.get('versions.hea')}+${now.get('versions.dat')}`;
    const inputs = await cloud.eventually(async () => {
      const rows = await cloud.query<{ input: string }>(
        `select distinct p.input_version as input from ecg.predictions p
         join catalog.recordings r on r.id = p.recording_id join catalog.objects o on o.id = r.object_id
         where o.key = 'new/versions.hea'`,
      );
      const found = rows.map(({ input }) => input);
      return found.includes(versionsOf(fresh)) ? found : undefined;
    });
    expect(inputs).toContain(versionsOf(old));
    // The new signal under the old header is a recording too, and refused: its checksums are another's.
    const mixed = await cloud.until('new/', (now) => now.every(({ state }) => state !== 'ready'));
    expect(mixed.filter(({ state }) => state === 'scored')).toHaveLength(2);
    expect(mixed.filter(({ state }) => state !== 'scored').map(({ reason }) => reason)).toEqual([
      'signal_checksum',
    ]);
  });

  it("in the pulmonary-embolism system's XML is scored", async () => {
    const version = await cloud.put('pe/one.xml', peXml());
    const [outcome] = await cloud.until('pe/', scored);
    const [row] = await cloud.query<{ input: string }>(
      'select distinct input_version as input from ecg.predictions where recording_id = :id::uuid',
      { id: outcome!.id },
    );
    expect(row).toEqual({ input: version });
  });

  const real = join(root, '..', 'shared', 'data', 'ecg', 'cinc', 'cpsc2018-A0001-A0150');
  it.skipIf(!existsSync(real))(
    'of the 2020 challenge is scored (needs ../shared/data/ecg/cinc)',
    async () => {
      for (const name of ['A0001.hea', 'A0001.mat'])
        await cloud.put(`cinc/${name}`, await readFile(join(real, name)));
      const [outcome] = await cloud.until('cinc/', scored);
      expect(outcome!.model).toBe(`${card.name} ${card.version}`);
    },
  );
});

describe('an echocardiogram', () => {
  const edge = 64;
  const frames = Uint8Array.from({ length: 3 * edge * edge }, (_, i) => (i * 7) % 256);
  const cine = ultrasoundFile(
    changed(
      { tag: 0x00280008, vr: 'IS', value: '3' },
      { tag: 0x00280010, vr: 'US', value: [edge] },
      { tag: 0x00280011, vr: 'US', value: [edge] },
      { tag: 0x7fe00010, vr: 'OB', value: frames },
    ),
  );

  it('is indexed with all its tags, preprocessed through Batch, and has a page', async () => {
    await cloud.put('study/a_1.dcm', cine);
    const outcome = await cloud.outcomeOf('study/a_1.dcm', 'ready', 'dispatched', 'scored');
    const [instance] = await cloud.query<object>(
      `select sop_instance_uid, study_instance_uid, modality, rows, columns, number_of_frames, whole_frames,
              frame_time_ms, photometric_interpretation, marks
       from echo.instances where recording_id = :id::uuid`,
      { id: outcome.id },
    );
    expect(instance).toEqual({
      sop_instance_uid: '1.2.3.4',
      study_instance_uid: '1.2.3',
      modality: 'US',
      rows: edge,
      columns: edge,
      number_of_frames: 3,
      whole_frames: 3,
      frame_time_ms: 40,
      photometric_interpretation: 'MONOCHROME2',
      marks: [],
    });
    const tags = await cloud.query<{ tag1: string; tag2: string; value: string }>(
      `select tag1, tag2, value from raw.metadata where dirname = 'study' and filename = 'a_1.dcm'`,
    );
    expect(tags).toContainEqual({ tag1: '0028', tag2: '0010', value: String(edge) });
    expect(tags).toContainEqual({ tag1: '0018', tag2: '1063', value: '40' });
    expect(await prepared(outcome.id!)).toMatch(/^[0-9a-f]{64}$/);
    expect(await cloud.resultText(pageKey(outcome.id!))).toContain('data:image/png;base64,');
  });

  const real = join(root, '..', 'shared', 'data', 'echo', 'dicom', 'gdcm-US-RGB-8-esopecho.dcm');
  it.skipIf(!existsSync(real))('of a scanner is preprocessed (needs ../shared/data/echo)', async () => {
    await cloud.put('scanner/one.dcm', await readFile(real));
    const outcome = await cloud.outcomeOf('scanner/one.dcm', 'ready', 'dispatched', 'scored');
    expect(await prepared(outcome.id!)).toMatch(/^[0-9a-f]{64}$/);
    expect(await cloud.resultText(pageKey(outcome.id!))).toContain('data:image/png;base64,');
  });

  const prepared = (id: string) =>
    cloud.eventually(async () => {
      const [row] = await cloud.query<{ prepared: string | null; state: string }>(
        'select prepared, state from catalog.recordings where id = :id::uuid',
        { id },
      );
      // Scored where a model of views is in force, and until then ready.
      const done = row!.state === 'ready' || row!.state === 'scored';
      return done && row!.prepared !== null ? row!.prepared : undefined;
    });
});

describe('systole status', () => {
  it('tells what the catalog holds, as one JSON object', async () => {
    process.env.SYSTOLE_HOME = cloud.folder;
    try {
      const { out, err } = await spoken(async () =>
        expect(await status.run(['--json'], new AbortController().signal)).toBe(0),
      );
      expect(err).toBe('');
      const told = JSON.parse(out) as {
        seen: number;
        recordings: Record<string, number>;
        files: Record<string, number>;
        queues: { queue: string; dead: number }[];
      };
      const [counted] = await cloud.query<Record<string, number>>(
        `select (select count(*) from catalog.objects) as seen,
                (select count(*) from catalog.recordings where state = 'scored') as scored,
                (select count(*) from catalog.recordings where state = 'rejected') as rejected,
                (select count(*) from catalog.objects where state = 'duplicate') as duplicate`,
      );
      expect(told.seen).toBe(counted!.seen);
      expect(told.recordings).toMatchObject({
        scored: counted!.scored,
        rejected: counted!.rejected,
        waiting: 0,
        failed: 0,
      });
      expect(told.files).toMatchObject({ duplicate: counted!.duplicate, rejected: 0 });
      expect(told.queues.map(({ queue, dead }) => [queue, dead])).toEqual([
        ['ingest', 0],
        ['score', 0],
        ['wake', 0],
      ]);
    } finally {
      delete process.env.SYSTOLE_HOME;
    }
  });
});
