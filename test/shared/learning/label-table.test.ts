import { describe, expect, it } from 'vitest';
import { readLabelTable } from '../../../shared/learning/label-table.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('readLabelTable', () => {
  it('orders classes as asked, and takes the patient where there is one', () => {
    const text = 'record,split,patient,B,A\nR1,train,p1,0,1\nR2,train,,1,1\n';
    expect(readLabelTable(bytes(text), ['A', 'B'])).toEqual([
      { record: 'R1', labels: Uint8Array.of(1, 0), patient: 'p1' },
      { record: 'R2', labels: Uint8Array.of(1, 1) },
    ]);
  });

  it('reads the headless form and lists of diagnoses', () => {
    expect(readLabelTable(bytes('a.xml;0\nb.xml;1\n'), ['PE'])).toEqual([
      { record: 'a', labels: Uint8Array.of(0) },
      { record: 'b', labels: Uint8Array.of(1) },
    ]);
    expect(
      readLabelTable(bytes('a.xml;0\nb.xml;1\n'), ['not PE', 'PE']).map(({ labels }) => [...labels]),
    ).toEqual([
      [1, 0],
      [0, 1],
    ]);
    const codes = readLabelTable(bytes('record,dx\nR1,"AF,63593006"\nR2,284470004\n'), [
      '164889003',
      '284470004',
    ]);
    expect(codes.map(({ labels }) => [...labels])).toEqual([
      [1, 1],
      [0, 1],
    ]);
    const [one] = readLabelTable(bytes('record,dx\nR1,"AF,RBBB"\nR2,LBBB\n'), ['RBBB', 'LBBB', 'AF']);
    expect(one!.labels).toEqual(Uint8Array.of(1, 0, 1));
  });

  it.each([
    ['a class that it does not know', 'record,B\nR1,1'],
    ['diagnoses that are none of the classes', 'record,dx\nR1,AF'],
    ['a record twice', 'record,A\nR1,1\nR1,0'],
    ['no records', 'record,A\n'],
  ])('refuses %s', (_, text) => {
    expect(() => readLabelTable(bytes(text), ['A'])).toThrow(
      expect.objectContaining({ reason: 'labels_invalid' }),
    );
  });
});
