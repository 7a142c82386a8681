import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readChallengeOutput,
  writeChallengeOutput,
} from '../../../../shared/ecg/formats/challenge-output.ts';
import { SystoleError } from '../../../../shared/errors.ts';
import { seeds } from '../../../seeds.ts';

const read = (text: string) => readChallengeOutput(new TextEncoder().encode(text));

describe('challenge output', () => {
  it('comes back as it was written', () => {
    const output = {
      classes: ['426783006', '164889003', '10370003'],
      calls: Uint8Array.of(0, 1, 0),
      scores: Float64Array.of(0.1, 1 / 3, Number.NaN),
    };
    const text = '#T0001\n426783006,164889003,10370003\n0,1,0\n0.1,0.3333333333333333,nan\n';
    expect(writeChallengeOutput('T0001', output)).toBe(text);
    expect(read(text)).toEqual(output);
  });

  // As the 2020 challenge's evaluation code reads them.
  it.each([
    ['#Record ID\r\na, b\r\nTrue, false\r\n0.5, .25\r\n', ['a', 'b'], [1, 0], [0.5, 0.25]],
    ['a,b,c,d,e\nt,T,true,1.0,yes\n1,2,3,4,5\n', ['a', 'b', 'c', 'd', 'e'], [1, 1, 1, 0, 0], [1, 2, 3, 4, 5]],
    ['#T1\n\n# by hand\na\n1\nhigh\n\n', ['a'], [1], [0]],
    ['a\n1\nNaN\nmore\n', ['a'], [1], [Number.NaN]],
    ['\uFEFF#T1\na\n0\n1e-3\n', ['a'], [0], [0.001]],
  ])('reads %j', (text, classes, calls, scores) => {
    expect(read(text)).toEqual({
      classes,
      calls: Uint8Array.from(calls),
      scores: Float64Array.from(scores),
    });
  });

  it.each([
    ['', 'empty'],
    ['#T1\n', 'labels_invalid'],
    ['#T1\na\n0\n', 'labels_invalid'],
    ['#T1\na,b\n0\n0.5\n', 'labels_invalid'],
    ['#T1\na,b\n0,1\n0.5\n', 'labels_invalid'],
  ])('refuses %j with %s', (text, reason) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ reason }));
  });

  it.each(seeds)(
    'answers anything with as many calls and scores as classes, or a named reason (seed %i)',
    (seed) => {
      const piece = fc.constantFrom('#', ',', '\n', '"', '0', '1', 'nan', 'true', '164889003', ' ', '\r\n');
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
          try {
            const { classes, calls, scores } = read(pieces.join(''));
            expect([calls.length, scores.length]).toEqual([classes.length, classes.length]);
          } catch (error) {
            if (!(error instanceof SystoleError)) throw error;
          }
        }),
        { seed, numRuns: 500 },
      );
    },
  );
});
