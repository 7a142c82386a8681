import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examine } from '../../../lambdas/ingest/examine.ts';
import { migrations } from '../../../shared/catalog/migrations/index.ts';
import { type Finding, findingJson } from '../../../shared/catalog/objects.ts';
import { peXml } from '../../cloud/pe-xml.ts';
import { generatedRecord } from '../../cloud/records.ts';
import { changed, syntaxes, ultrasoundFile } from '../../shared/echo/ultrasound.ts';
import { MemoryObjects } from '../../shared/storage/memory-objects.ts';
import { uploaded } from './found.ts';

let database: PGlite;

beforeAll(async () => {
  database = await PGlite.create();
  for (const { statements } of migrations) for (const statement of statements) await database.exec(statement);
});
afterAll(() => database.close());

/** Examines a file and indexes what was found, as one message of a batch. */
async function ingest(key: string, bytes: Uint8Array): Promise<Finding> {
  const finding = await examine(uploaded(key, bytes), new MemoryObjects().set(key, bytes));
  const { rows } = await database.query<{ key: string }>('select key from catalog.index_objects($1::jsonb)', [
    `[${findingJson(finding)}]`,
  ]);
  expect(rows.map((row) => row.key)).toContain(key);
  return finding;
}

const nul = (tag: number, vr: string) => changed({ tag, vr, value: 'A\0B' });
const region = (...elements: { tag: number; vr: string; value: number[] }[]) =>
  changed({ tag: 0x00186011, vr: 'SQ', value: { items: [elements] } });

describe('no file is poison to the batch that it comes in', () => {
  it.each([
    ['a NUL in the modality', nul(0x00080060, 'CS')],
    ['a NUL in the model name', nul(0x00081090, 'LO')],
    ['a NUL in a UID', nul(0x0020000d, 'UI')],
    ['a NUL in the colour space', nul(0x00280004, 'CS')],
    ['a flag beyond an integer', changed({ tag: 0x00280014, vr: 'UL', value: [0xffffffff] })],
    ['a region beyond an integer', region({ tag: 0x00186018, vr: 'UL', value: [0xffffffff] })],
    ['a region at half a pixel', region({ tag: 0x00186018, vr: 'FD', value: [0.5] })],
    ['a spacing that is no number', region({ tag: 0x0018602c, vr: 'FD', value: [Number.NaN] })],
    ['a frame time beyond a double', changed({ tag: 0x00181063, vr: 'DS', value: '1e999' })],
    ['a heart rate of half a beat', changed({ tag: 0x00181088, vr: 'IS', value: '72.5' })],
  ])('%s', async (what, changes) => {
    await ingest(what, ultrasoundFile(changes));
  });

  it('a NUL in the name of a lead', async () => {
    const xml = Buffer.from(peXml());
    xml[xml.indexOf('name="I"') + 6] = 0;
    await ingest('a', xml);
  });

  it('a header of numbers as large as they may be written', async () => {
    const [, hea] = [...generatedRecord('r', 1)].find(([name]) => name.endsWith('.hea'))!;
    const text = Buffer.from(hea).toString();
    for (const changedText of [
      text.replace(' 5000', ' 999999999999999'),
      text.replaceAll(' 16 ', ' 16+999999999999 '),
      text.replaceAll(' 16 ', ' 16x999999:999999999+999999999999 '),
      text.replace(/ 0 I$/m, ' 999999999999 I'),
      text.replaceAll(/^(r\.\w+ )16/gm, '$10'),
    ])
      await ingest('r.hea', Buffer.from(changedText));
  });

  it.each([42, Math.floor(Math.random() * 2 ** 31)])(
    'files with bytes changed at random (seed %i)',
    { timeout: 120_000 },
    async (seed) => {
      const record = generatedRecord('r', 1);
      const seeds = [
        ultrasoundFile(
          region(
            { tag: 0x00186018, vr: 'UL', value: [0] },
            { tag: 0x00186012, vr: 'US', value: [1] },
            { tag: 0x0018602c, vr: 'FD', value: [0.05] },
          ),
        ),
        ultrasoundFile(nul(0x00081090, 'LO'), syntaxes.implicit),
        ultrasoundFile({}, syntaxes.implicit, { preamble: false }),
        record.get('r.hea')!,
        record.get('r.dat')!.subarray(0, 600),
        peXml(),
        Buffer.from('net: { name: dsail }\nclasses: [A]\n'),
      ];
      const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x20, 0x30, 0x5c, 0x7f, 0xff), fc.nat(8));
      await fc.assert(
        fc.asyncProperty(
          fc.nat(seeds.length - 1),
          fc.array(change, { minLength: 1, maxLength: 6 }),
          async (which, changes) => {
            const bytes = seeds[which]!.slice();
            for (const [at, value, shift] of changes)
              bytes[at % Math.min(bytes.length, 1200)] = value ^ (1 << shift);
            await ingest(`file-${which}`, bytes);
          },
        ),
        { seed, numRuns: 250 },
      );
    },
  );
});
