import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromLayout, toLayout } from '../../../../shared/engine/recording/permutation.ts';

/** A shape and an order of its axes, with fillers between. */
const layouts = fc
  .array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray([...shape.map((_, axis) => axis), -1], { minLength: shape.length + 1 }),
    ),
  );

const randomSeed = Date.now() % 2 ** 31;

describe.each([7, randomSeed])('values under a layout (seed %d)', (seed) => {
  it('lie where the layout says, and come back', () => {
    fc.assert(
      fc.property(layouts, ([shape, layout]) => {
        const values = Float32Array.from({ length: shape.reduce((p, q) => p * q, 1) }, (_, i) => i);
        const laid = toLayout(values, shape, layout);
        expect(fromLayout(laid, shape, layout)).toEqual(values);
        const order = layout.filter((axis) => axis !== -1);
        for (const [at, value] of laid.entries()) {
          const index = shape.map(() => 0);
          let rest = at;
          for (const axis of order.toReversed()) {
            index[axis] = rest % shape[axis]!;
            rest = Math.floor(rest / shape[axis]!);
          }
          expect(value).toBe(index.reduce((sum, place, axis) => sum * shape[axis]! + place, 0));
        }
      }),
      { seed, numRuns: 100 },
    );
  });
});
