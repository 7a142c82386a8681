import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLabelCsv } from '../../../../shared/ecg/formats/label-csv.ts';
import { SystoleError } from '../../../../shared/errors.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { seeds } from '../../../seeds.ts';

const read = (text: string) => readLabelCsv(new TextEncoder().encode(text));

describe('readLabelCsv', () => {
  it('reads a class a column, whatever else there is', () => {
    expect(read('record,split,age,NORM,MI\r\nPX1,val,61,1,0\r\nPX2,val,40,0,1\r\n')).toEqual([
      { record: 'PX1', present: ['NORM'], absent: ['MI'] },
      { record: 'PX2', present: ['MI'], absent: ['NORM'] },
    ]);
  });

  it("reads the pulmonary-embolism system's lines", () => {
    expect(read('one.xml;0\ntwo.xml;1\n')).toEqual([
      { record: 'one', present: [], absent: ['PE'] },
      { record: 'two', present: ['PE'], absent: [] },
    ]);
  });

  it('reads lists of diagnoses in quotes', () => {
    expect(read('\uFEFFfile,dx\nrecords/A1.hea,"AF,RBBB"\nA2,Normal\nA3,\n')).toEqual([
      { record: 'A1', present: ['AF', 'RBBB'], absent: [] },
      { record: 'A2', present: ['Normal'], absent: [] },
      { record: 'A3', present: [], absent: [] },
    ]);
  });

  it('reads numbers as programs write them, and lists as Python prints them', () => {
    expect(read("record,dx,MI\nA1,\"['AF', 'RBBB']\",1.0\nA2,[],0.0\n")).toEqual([
      { record: 'A1', present: ['AF', 'RBBB', 'MI'], absent: [] },
      { record: 'A2', present: [], absent: ['MI'] },
    ]);
  });

  it('reads UTF-16 with a byte-order mark', () => {
    expect(readLabelCsv(Buffer.from('\uFEFFone.xml;0\r\ntwo.xml; 1\r\n', 'utf16le'))).toEqual([
      { record: 'one', present: [], absent: ['PE'] },
      { record: 'two', present: ['PE'], absent: [] },
    ]);
  });

  it('leaves a column out that says nothing of most, and does not lose a class without a word', () => {
    expect(read('record,paced,MI\na,1,0\nb,,1\n')).toEqual([
      { record: 'a', present: [], absent: ['MI'] },
      { record: 'b', present: ['MI'], absent: [] },
    ]);
    expect(() => read('record,NORM,MI\na,1,0\nb,,1\nc,0,1\n')).toThrow(
      'Line 3: nothing stands in the column NORM.',
    );
  });

  it.each([
    ['', 'empty'],
    ['record,MI,MI\na,1,0\n', 'labels_invalid'],
    ['\n\n', 'labels_invalid'],
    ['record,NORM\n', 'labels_invalid'],
    ['name,NORM\na,1\n', 'labels_invalid'],
    ['record,NORM\na,2\n', 'labels_invalid'],
    ['record,NORM\na,1,0\n', 'labels_invalid'],
    ['record,NORM\na,1\na,0\n', 'labels_invalid'],
    ['record,NORM\n,1\n', 'labels_invalid'],
    ['one;0\ntwo\n', 'labels_invalid'],
    ['one;0\ntwo;7\n', 'labels_invalid'],
  ])('refuses %j with %s', (text, reason) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ reason }));
  });

  it.each(seeds)('answers any text with rows or a named reason (seed %i)', (seed) => {
    const cell = fc.constantFrom(
      'record',
      'dx',
      'a',
      'b.xml',
      '0',
      '1',
      '"',
      '"x,y"',
      ';',
      ',',
      '\n',
      '\r\n',
      ' ',
    );
    const property = fc.property(fc.array(cell, { maxLength: 40 }), (parts) => {
      try {
        read(parts.join(''));
      } catch (error) {
        if (!(error instanceof SystoleError)) throw error;
      }
    });
    fc.assert(property, { seed, numRuns: 2000 });
  });
});

describe.skipIf(!hasData)('real label tables (need ../shared/data)', () => {
  it('are read whole', () => {
    const val = readLabelCsv(readFileSync(join(dataFolder, 'ecg/ptbxl-superclass/val.csv')));
    expect(val).toHaveLength(183);
    for (const { present, absent } of val)
      expect([...present, ...absent].sort()).toEqual(['CD', 'HYP', 'MI', 'NORM', 'STTC']);
    const manifest = readLabelCsv(readFileSync(join(dataFolder, 'ecg/cinc/manifest.csv')));
    expect(manifest).toHaveLength(245);
    expect(manifest.find(({ record }) => record === 'A0043')!.present).toEqual(['AF', 'RBBB']);
  });
});
