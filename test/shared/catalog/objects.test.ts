import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Finding, indexObjects } from '../../../shared/catalog/objects.ts';
import { Catalog, echoFinding, finding } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

const opaque = (index: number, more: Partial<Finding> = {}) => finding(`a/${index}.dat`, more);

describe('indexObjects', () => {
  it('answers one row for each object, and again the same', async () => {
    const findings = [echoFinding('study/a_1.dcm'), opaque(1), opaque(2)];
    const rows = await indexObjects(catalog.database, findings);
    expect(rows.map(({ key, state, recording_state }) => [key, state, recording_state]).sort()).toEqual([
      ['a/1.dat', 'waiting', null],
      ['a/2.dat', 'waiting', null],
      ['study/a_1.dcm', 'indexed', 'ready'],
    ]);
    expect(rows.find(({ modality }) => modality === 'echo')!.source).toMatchObject({
      bucket: 'uploads',
      key: 'study/a_1.dcm',
      signals: null,
    });
    const sorted = (all: readonly object[]) => all.map((row) => JSON.stringify(row)).sort();
    expect(sorted(await indexObjects(catalog.database, findings))).toEqual(sorted(rows));
  });

  it('splits what is too much for one statement', async () => {
    const tags = Array.from({ length: 4000 }, (_, i) => ['0009', i.toString(16), 'x'.repeat(40)] as const);
    const findings = Array.from({ length: 8 }, (_, i) => echoFinding(`big/${i}.dcm`, { tags }));
    expect(JSON.stringify(findings).length).toBeGreaterThan(1 << 20);
    expect(await indexObjects(catalog.database, findings)).toHaveLength(8);
    const [row] = await catalog.database.query<{ tags: number }>('select count(*) as tags from raw.metadata');
    expect(row!.tags).toBe(8 * 4000);
  });

  it('refuses a finding that the database cannot hold, and no other one', async () => {
    const findings = [
      opaque(1),
      echoFinding('study/odd.dcm', { instance: { rows: 2 ** 40 } }),
      echoFinding('study/even.dcm'),
    ];
    const rows = await indexObjects(catalog.database, findings);
    expect(rows.map(({ key, state, reason }) => [key, state, reason]).sort()).toEqual([
      ['a/1.dat', 'waiting', null],
      ['study/even.dcm', 'indexed', null],
      ['study/odd.dcm', 'rejected', 'header_value'],
    ]);
  });

  it('takes the NULs out of a broken file', async () => {
    const tags = [['0010', '0010', 'a\0b']] as const;
    await indexObjects(catalog.database, [echoFinding('nul.dcm', { tags, instance: { modality: 'U\0S' } })]);
    const [row] = await catalog.database.query('select modality from echo.instances');
    expect(row).toEqual({ modality: 'US' });
  });

  it('refuses a header with more tags than a request takes', async () => {
    const tags = Array.from({ length: 60_000 }, (_, i) => ['0009', i.toString(16), 'x'.repeat(45)] as const);
    const rows = await indexObjects(catalog.database, [echoFinding('huge.dcm', { tags }), opaque(1)]);
    expect(rows.map(({ key, state, reason }) => [key, state, reason]).sort()).toEqual([
      ['a/1.dat', 'waiting', null],
      ['huge.dcm', 'rejected', 'file_too_large'],
    ]);
  });

  it('throws what is not of the findings', async () => {
    await expect(indexObjects(catalog.database, [opaque(1, { state: 'odd' as 'waiting' })])).rejects.toThrow(
      'check',
    );
  });
});
