import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noteKey, writeDueNotes } from '../../../shared/catalog/notes.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { rejectRecordings } from '../../../shared/catalog/recordings.ts';
import { reasons } from '../../../shared/errors.ts';
import { MemoryObjects } from '../storage/memory-objects.ts';
import { Catalog, finding } from './catalog.ts';

let catalog: Catalog;
let objects: MemoryObjects;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(async () => {
  await catalog.empty();
  objects = new MemoryObjects();
});

const write = () => writeDueNotes(catalog.database, objects, 'results');
const note = (key: string, version: string) =>
  JSON.parse(Buffer.from(objects.files.get(`results/${noteKey(key, version)}`)!).toString()) as unknown;

describe('writeDueNotes', () => {
  it('writes one note for each refused file and recording, once', async () => {
    const empty = finding('a/empty.dcm', { kind: 'unknown', state: 'rejected', reason: 'empty' });
    await indexObjects(catalog.database, [empty, finding('a/waiting.dat')]);
    const [id] = await catalog.readyEcgs(1);
    await rejectRecordings(catalog.database, [
      { id: id!, runId: null, reason: 'signal_value', detail: 'Lead 3.' },
    ]);
    expect(await write()).toBe(2);
    expect(await write()).toBe(0);
    expect(objects.files.size).toBe(2);
    expect(note('a/empty.dcm', empty.versionId)).toEqual({
      bucket: 'uploads',
      key: 'a/empty.dcm',
      versionId: empty.versionId,
      state: 'rejected',
      reason: 'empty',
      meaning: reasons.empty,
      kept: true,
    });
    const [row] = await catalog.database.query<{ key: string; version: string }>(
      'select key, version_id as version from catalog.objects where id = (select object_id from catalog.recordings)',
    );
    expect(note(row!.key, row!.version)).toMatchObject({ reason: 'signal_value', detail: 'Lead 3.' });
  });

  it('writes them again when it was stopped before they were marked', async () => {
    const empty = finding('a', { state: 'rejected', reason: 'empty' });
    await indexObjects(catalog.database, [empty]);
    let full = true;
    objects.put = async () => {
      if (full) throw new Error('the disk is full');
    };
    await expect(write()).rejects.toThrow('full');
    full = false;
    expect(await write()).toBe(1);
  });

  it('writes many in several pages', async () => {
    const refused = Array.from({ length: 450 }, (_, i) =>
      finding(`a/${i}`, { state: 'rejected', reason: 'unrecognised' }),
    );
    await indexObjects(catalog.database, refused);
    expect(await write()).toBe(450);
    expect(objects.files.size).toBe(450);
  });
});

describe('noteKey', () => {
  it('is a key of S3 for every key of S3', () => {
    expect(noteKey('a/b.hea', 'v')).toBe('notes/a/b.hea@v.json');
    const long = [`${'é'.repeat(511)}aa`, 'a'.repeat(1024), `${'a'.repeat(1023)}b`];
    const names = long.map((key) => noteKey(key, 'v'.repeat(32)));
    expect(new Set(names).size).toBe(3);
    for (const name of names) {
      expect(name).toMatch(/^notes\/[0-9a-f]{64}@v{32}\.json$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(1024);
    }
  });
});
