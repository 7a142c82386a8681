import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxChildren, pack, secondsOf, targetSeconds } from '../../../shared/catalog/pack.ts';

const random = Math.floor(Math.random() * 2 ** 31);

describe('pack', () => {
  it('makes no child of nothing, and one of little', () => {
    expect(pack([])).toEqual({ children: 0, child: [] });
    expect(pack(['ecg'])).toEqual({ children: 1, child: [0] });
  });

  it.each([1, random])('fills children in order, none empty, none far above its share (seed %i)', (seed) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('ecg', 'echo'), fc.integer({ min: 1, max: 3000 })), {
          maxLength: 12,
        }),
        (groups) => {
          const modalities = groups.flatMap(([modality, count]) =>
            Array<'ecg' | 'echo'>(count).fill(modality),
          );
          const { children, child } = pack(modalities);
          expect(child).toHaveLength(modalities.length);
          const seconds = new Float64Array(children);
          let before = 0;
          for (const [index, own] of child.entries()) {
            if (own !== before && own !== before + 1) throw new Error(`child ${own} after ${before}`);
            before = own;
            seconds[own] = seconds[own]! + secondsOf[modalities[index]!];
          }
          expect(children).toBe(modalities.length === 0 ? 0 : before + 1);
          expect(children).toBeLessThanOrEqual(maxChildren);
          for (const work of seconds) expect(work).toBeLessThanOrEqual(targetSeconds + 1e-6);
        },
      ),
      { seed, numRuns: 40 },
    );
  });

  it('keeps to the limit of children where there is more work than that', () => {
    const { children, child } = pack(Array(200_000).fill('echo'));
    expect(children).toBeLessThanOrEqual(maxChildren);
    expect(children).toBeGreaterThan(maxChildren * 0.9);
    expect(child.at(-1)).toBe(children - 1);
  });
});
