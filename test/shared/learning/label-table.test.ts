import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../shared/errors.ts';
import { parseLabelTable } from '../../../shared/learning/label-table.ts';

describe('parseLabelTable', () => {
  it('reads classes in the order asked for, patients where there are any, any line ends', () => {
    const text = '\uFEFFrecord,split,patient,B,A\r\nR1,train,p1,0,1\r\nR2,train,,1,1\r\n\r\n';
    expect(parseLabelTable(text, ['A', 'B'])).toEqual([
      { record: 'R1', labels: Uint8Array.of(1, 0), patient: 'p1' },
      { record: 'R2', labels: Uint8Array.of(1, 1) },
    ]);
  });

  it.each([
    ['no record column', 'id,A\nR1,1', 'record'],
    ['a class without column', 'record,B\nR1,1', 'no column'],
    ['a label that is not 0 or 1', 'record,A\nR1,1\nR2,yes', 'Line 3'],
    ['a missing cell', 'record,A\nR1', 'Line 2'],
    ['a record twice', 'record,A\nR1,1\nR1,0', 'Line 3'],
    ['a record that is a path', 'record,A\n../R1,1', 'Line 2'],
    ['no records', 'record,A\n', 'no records'],
  ])('refuses %s', (_, text, detail) => {
    expect(() => parseLabelTable(text, ['A'])).toThrow(
      expect.objectContaining({ reason: 'labels_invalid', detail: expect.stringContaining(detail) }),
    );
  });

  it.each([5, Date.now() & 0x7fffffff])('survives any text (seed %i)', (seed) => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: fc.constantFrom(...'record,AR01\n\r"; ') }), (text) => {
        try {
          for (const row of parseLabelTable(`record,A\n${text}`, ['A'])) expect(row.labels).toHaveLength(1);
        } catch (error) {
          expect(error).toBeInstanceOf(SystoleError);
        }
      }),
      { seed },
    );
  });
});
