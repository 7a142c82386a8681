import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanMask } from '../../../../shared/echo/measurement/clean-mask.ts';
import { components } from '../../../../shared/echo/measurement/components.ts';
import { hullMask } from '../../../../shared/echo/measurement/hull-mask.ts';
import { seeds } from '../../../seeds.ts';

/** A mask from lines of `#` and `.`. */
function drawn(...lines: string[]) {
  const pixels = Uint8Array.from(lines.join(''), (mark) => (mark === '#' ? 1 : 0));
  return { rows: lines.length, columns: lines[0]!.length, pixels };
}

const shown = ({ columns, pixels }: { columns: number; pixels: Uint8Array }): string[] =>
  Array.from({ length: pixels.length / columns }, (_, row) =>
    Array.from(pixels.subarray(row * columns, (row + 1) * columns), (pixel) => (pixel ? '#' : '.')).join(''),
  );

describe('a cleaned mask', () => {
  it('is the largest piece, holes filled', () => {
    const clean = cleanMask(drawn('........', '.####.#.', '.#..#...', '.####...', '....#.##'))!;
    expect(shown(clean)).toEqual(['........', '.####...', '.####...', '.####...', '....#...']);
    expect(clean).toMatchObject({ area: 13, fragments: 3, largestShare: 11 / 14, holeShare: 2 / 13 });
  });

  it('holds pixels together that touch at a corner, but not across the sides of the picture', () => {
    expect(components(drawn('#..#', '.#..', '..##', '....')).map((piece) => piece.length)).toEqual([4, 1]);
    expect(components(drawn('...#', '#...'))).toHaveLength(2);
  });

  it('tells what lies on the edge of the picture', () => {
    expect(cleanMask(drawn('.##.', '.##.', '....'))!.borderShare).toBe(0.5);
    expect(cleanMask(drawn('....', '.##.', '....'))!.borderShare).toBe(0);
    expect(cleanMask(drawn('####', '####', '####'))!.borderShare).toBe(1);
  });

  it('is not there for an empty one', () => {
    expect(cleanMask(drawn('...', '...'))).toBeUndefined();
    expect(hullMask(drawn('...', '...'))).toBeUndefined();
  });

  it.each(seeds)('has one piece without holes and nothing that was not enclosed (seed %i)', (seed) => {
    const mask = fc
      .array(fc.boolean(), { minLength: 150, maxLength: 150 })
      .map((all) => ({ rows: 10, columns: 15, pixels: Uint8Array.from(all, Number) }));
    fc.assert(
      fc.property(mask, (one) => {
        const clean = cleanMask(one);
        if (clean === undefined) return;
        expect(components(clean)).toHaveLength(1);
        expect(cleanMask(clean)).toMatchObject({ area: clean.area, fragments: 1, holeShare: 0 });
        const hull = hullMask(one)!;
        expect(clean.pixels.every((pixel, at) => pixel <= hull.pixels[at]!)).toBe(true);
        expect(hullMask(hull)!.pixels).toEqual(hull.pixels);
      }),
      { seed, numRuns: 200 },
    );
  });
});

describe('a hull', () => {
  it('fills the bays of a mask', () => {
    const hull = hullMask(drawn('......', '.#..#.', '.####.', '..##..', '......'))!;
    expect(shown(hull)).toEqual(['......', '.####.', '.####.', '..##..', '......']);
  });
});
