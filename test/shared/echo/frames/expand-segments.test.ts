import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandSegments } from '../../../../shared/echo/frames/expand-segments.ts';
import type { SystoleError } from '../../../../shared/errors.ts';
import { seeds } from '../../../seeds.ts';

describe('a segmented palette', () => {
  it('is listed, drawn in straight lines and repeated', () => {
    // Listed 0 and 10; a line of 2 to 30; both again: the line then runs from 10 once more.
    const data = [0, 2, 0, 10, 1, 2, 30, 2, 2, 0, 0];
    expect([...expandSegments(data, 2, 8)]).toEqual([0, 10, 20, 30, 0, 10, 20, 30]);
  });

  it('of bytes has offsets of four', () => {
    expect([...expandSegments([0, 1, 7, 0, 1, 9, 2, 1, 3, 0, 0, 0], 1, 3)]).toEqual([7, 9, 9]);
  });

  it('has offsets of more than 16 bits', () => {
    const far = [0, 0x8000, ...Array.from({ length: 0x8000 }, () => 1), 0, 1, 5];
    // The last segment begins at word 0x8002, byte 0x10004.
    const data = [...far, 2, 1, 4, 1];
    expect([...expandSegments(data, 2, 0x8002)].slice(-2)).toEqual([5, 5]);
  });

  it('that is longer than the table is cut off', () => {
    expect([...expandSegments([0, 3, 1, 2, 3], 2, 2)]).toEqual([1, 2]);
  });

  it.each([
    ['begins with a line', [1, 2, 9]],
    ['breaks off', [0, 4, 1, 2]],
    ['is of no known kind', [3, 1, 1]],
    ['repeats a repetition', [0, 1, 1, 2, 1, 0, 0, 2, 1, 6, 0]],
    ['repeats what comes after it', [0, 1, 1, 2, 1, 6, 0]],
    ['is too short', [0, 1, 1]],
    ['is empty', []],
    ['has an empty segment', [0, 0, 0, 1, 1]],
  ])('that %s is refused', (_, data) => {
    expect(() => expandSegments(data, 2, 16)).toThrow(
      expect.objectContaining({ reason: 'header_value' }) as SystoleError,
    );
  });
});

describe.each(seeds)('any bytes (seed %i)', (seed) => {
  it('are a table or refused', () => {
    const words = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 });
    fc.assert(
      fc.property(words, (data) => {
        try {
          expect(expandSegments(data, 2, 32)).toHaveLength(32);
        } catch (error) {
          expect((error as SystoleError).reason).toBe('header_value');
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
