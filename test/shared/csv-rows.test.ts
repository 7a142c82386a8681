import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader, type CsvRow, csvRows } from '../../shared/csv-rows.ts';
import { seeds } from '../seeds.ts';

const cells = (text: string, separator: ',' | ';' = ',') => csvRows(text, separator).map((row) => row.cells);

describe('csvRows', () => {
  it.each<[string, string[][]]>([
    ['', []],
    ['a', [['a']]],
    [
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      '\uFEFFa , b\r\n\r\n c,\r\n',
      [
        ['a', 'b'],
        ['c', ''],
      ],
    ],
    ['"a,b",c', [['a,b', 'c']]],
    ['"say ""no""",c', [['say "no"', 'c']]],
    [
      '"two\nlines" ,c\nd,e',
      [
        ['two\nlines', 'c'],
        ['d', 'e'],
      ],
    ],
    ['"  kept ", "b"', [['  kept ', 'b']]],
    ['5" tape,b', [['5" tape', 'b']]],
    ['"open,b\nc', [['open,b\nc']]],
    [',\n', [['', '']]],
  ])('%j', (text, expected) => {
    expect(cells(text)).toEqual(expected);
  });

  it('takes another separator', () => {
    expect(cells('a,1;b\n"c;d";e', ';')).toEqual([
      ['a,1', 'b'],
      ['c;d', 'e'],
    ]);
  });

  it('says on which line a row starts', () => {
    expect(csvRows('a\n\n"b\nc"\nd', ',').map((row) => row.line)).toEqual([1, 3, 5]);
  });
});

describe('CsvReader', () => {
  it.each(seeds)('reads the same whatever the pieces (seed %i)', (seed) => {
    const text = fc
      .array(fc.constantFrom('a', 'é', ' ', ',', ';', '"', '""', '\n', '\r\n', 'b,c', '"x\ny"', '\uFEFF'), {
        maxLength: 30,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 5 })), (whole, lengths) => {
        const reader = new CsvReader(',');
        const rows: CsvRow[] = [];
        let at = 0;
        for (const length of lengths) {
          rows.push(...reader.read(whole.slice(at, at + length)));
          at += length;
        }
        rows.push(...reader.read(whole.slice(at)), ...reader.end());
        expect(rows).toEqual(csvRows(whole, ','));
      }),
      { seed },
    );
  });

  it('says how much of a row it holds', () => {
    const reader = new CsvReader(',');
    reader.read('a,b\nc,"open');
    expect(reader.pending).toBe(5);
  });
});
