import { describe, expect, it } from 'vitest';
import {
  readChallengeOutput,
  writeChallengeOutput,
} from '../../../../shared/ecg/formats/challenge-output.ts';

const read = (text: string) => readChallengeOutput(new TextEncoder().encode(text));

describe('challenge output', () => {
  it('comes back as it was written', () => {
    const output = {
      record: 'T0001',
      classes: ['426783006', '164889003'],
      calls: Uint8Array.of(0, 1),
      scores: Float64Array.of(0.1, 1 / 3),
    };
    expect(writeChallengeOutput(output)).toBe('#T0001\n426783006,164889003\n0,1\n0.1,0.3333333333333333\n');
    expect(read(writeChallengeOutput(output))).toEqual(output);
  });

  it.each([
    ['', 'empty'],
    ['T1\na\n0\n0.5\n', 'labels_invalid'],
    ['#T1\na\n0\n', 'labels_invalid'],
    ['#T1\na\n0\n0.5\n1\n', 'labels_invalid'],
    ['#T1\na,b\n0\n0.5\n', 'labels_invalid'],
    ['#T1\na\n2\n0.5\n', 'labels_invalid'],
    ['#T1\na\n0\nhigh\n', 'labels_invalid'],
    ['#T1\na\n0\nNaN\n', 'labels_invalid'],
  ])('refuses %j with %s', (text, reason) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ reason }));
  });
});
