import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExportRow, readExport } from '../../../../shared/echo/xcelera/read-export.ts';
import { exportTables } from '../../../../shared/echo/xcelera/tables.ts';
import { SystoleError } from '../../../../shared/errors.ts';
import { seeds } from '../../../seeds.ts';
import { ellipseChords, exportCsv, exportFiles, exportRows, inLatin2 } from './synthetic-export.ts';

async function readAll(bytes: Uint8Array, cuts: readonly number[] = []): Promise<[string, ExportRow[]]> {
  const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
  const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  const rows: ExportRow[] = [];
  let table = '';
  for await (const part of readExport(pieces)) {
    table = part.table.name;
    rows.push(...part.rows);
  }
  return [table, rows];
}

const rows = exportRows(
  [{ study: 7, equipment: 'EPIQ7-1', age: '', weight: 81.25 }],
  [
    {
      study: 7,
      instance: 41,
      sopInstanceUid: '1.2.840.1',
      file: '45TXWI00',
      measured: [
        { name: 'Diám raíz Ao', unit: 'cm', frame: 3, value: 3.25 },
        { name: 'VTD(MDD-ps4)', frame: 1, value: 101.5, chords: ellipseChords([400, 300], 120, 60, 0.2) },
      ],
    },
  ],
);

describe('readExport', () => {
  it.each([',', ';'] as const)('reads every table, cells separated by %j', async (separator) => {
    for (const [file, bytes] of exportFiles(rows, { separator })) {
      const [table, read] = await readAll(bytes);
      expect(`${table}.csv`).toBe(file);
      expect(read).toHaveLength(rows[table as keyof typeof rows].length);
      expect(read.map(({ line }) => line)).toEqual(read.map((_, i) => i + 2));
      const { columns } = exportTables.find(({ name }) => name === table)!;
      expect(Object.keys(read[0]!.values)).toEqual(columns.map(({ name }) => name));
      expect(read[0]!.others).toBeNull();
    }
  });

  it('reads accents of ISO 8859-2, and of a table that was stored again as UTF-8', async () => {
    for (const encode of [
      inLatin2,
      (text: string) => Buffer.from(text),
      (text: string) => Buffer.from(`\uFEFF${text}`),
    ]) {
      const [, read] = await readAll(
        exportCsv('measurement_abstract_rpt', rows.measurement_abstract_rpt, { encode }),
      );
      expect(read[0]!.values).toEqual({
        studyidk: 7,
        measabstractnumber: 1,
        name: ' Diám raíz Ao ',
        unitname: 'cm',
      });
    }
    const [, polish] = await readAll(inLatin2('STUDYID,MEASABSTRACTNUMBER,NAME,UNITNAME\n1,2,Łódź,ml\n'));
    expect(polish[0]!.values.name).toBe('Łódź');
  });

  it('reads decimal commas and points, empty cells, NULL and whole numbers written as fractions', async () => {
    const [, read] = await readAll(
      inLatin2(
        'studyidk;measabstractnumber;instanceidk;indexinmglist;VALUE;extra\n1;2,0;;4;-1,5e1;\n1;2;NULL;4.;,5;x\n;;;;;\n',
      ),
    );
    const row = { studyidk: 1, measabstractnumber: 2, instanceidk: null, indexinmglist: 4 };
    const absent = { srinstanceidk: null, imagesopinstanceuid: null, measurementuid: null };
    expect(read).toEqual([
      { line: 2, values: { ...row, value: -15, ...absent }, others: null },
      { line: 3, values: { ...row, value: 0.5, ...absent }, others: { extra: 'x' } },
    ]);
  });

  it.each<[string, string, string]>([
    ['no table', 'a,b\n1,2\n', 'Line 1: these are the columns of no Xcelera table.'],
    ['nothing', '', 'Line 1: these are the columns of no Xcelera table.'],
    [
      'a table without a column',
      'instanceidk,indexinmglist,chordsequence,chordtype,x1coordinate,y1coordinate,x2coordinate\n',
      'Line 1: the Xcelera table a_modvolume has no column y2coordinate.',
    ],
    [
      'a column twice',
      'instanceidk,indexinmglist,frame,Frame\n',
      'Line 1: the Xcelera table a_measgraphic has the column frame twice.',
    ],
    [
      'a word for a number',
      'instanceidk,indexinmglist,frame\n1,2,3\n1,Quijano,4\n',
      'Line 3: the column indexinmglist holds no whole number.',
    ],
    [
      'a fraction',
      'instanceidk,indexinmglist,frame\n1,2,"3,5"\n',
      'Line 2: the column frame holds no whole number.',
    ],
    ['no key', 'instanceidk,indexinmglist,frame\n,2,3\n', 'Line 2: the column instanceidk is empty.'],
    ['cells too few', 'instanceidk,indexinmglist,frame\n1,2\n', 'Line 2: 2 cells instead of 3.'],
    [
      'a decimal comma without quotes',
      'instanceidk,indexinmglist,frame\n1,2,3,5\n',
      'Line 2: 4 cells instead of 3.',
    ],
    [
      'a NUL',
      'studyidk,measabstractnumber,name,unitname\n1,2,a\0b,ml\n',
      'Line 2: the column name holds a NUL.',
    ],
    ['an open quote', `instanceidk,indexinmglist,frame\n1,2,"${'x'.repeat(20_000)}`, 'A row is too long.'],
    [
      'a number beyond all numbers',
      'studyidk,measabstractnumber,instanceidk,indexinmglist,value\n1,2,3,4,1e999\n',
      'Line 2: the column value holds no number.',
    ],
  ])('names what is wrong with %s, and no value', async (_, text, detail) => {
    const error = await readAll(Buffer.from(text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SystoleError);
    expect(error).toMatchObject({ reason: 'labels_invalid', detail });
  });

  it.each(seeds)(
    'reads the same whatever the pieces, and names what it cannot read (seed %i)',
    async (seed) => {
      const files = [...exportFiles(rows).values()];
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...files),
          fc.array(fc.tuple(fc.nat(3000), fc.constantFrom(0, 10, 13, 34, 44, 45, 59, 65, 0xe1, 0xff)), {
            maxLength: 4,
          }),
          fc.array(fc.nat(3000), { maxLength: 6 }),
          async (file, changes, cuts) => {
            const bytes = Uint8Array.from(file);
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            const outcome = (by: readonly number[]) =>
              readAll(bytes, by).catch((error: unknown) => {
                if (!(error instanceof SystoleError)) throw error;
                return error.detail;
              });
            expect(await outcome(cuts)).toEqual(await outcome([]));
          },
        ),
        { seed },
      );
    },
  );
});
