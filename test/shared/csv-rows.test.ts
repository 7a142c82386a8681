import { describe, expect, it } from 'vitest';
import { csvRows } from '../../shared/csv-rows.ts';

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
