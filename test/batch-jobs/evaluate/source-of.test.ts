import { expect, it } from 'vitest';
import { sourceOf } from '../../../batch-jobs/evaluate/source-of.ts';

it.each([
  [
    ['set/training/georgia/g1/E1.hea', 'set/training/cpsc/A1.hea'],
    ['georgia', 'cpsc'],
  ],
  [
    ['set/E1.hea', 'set/b/E2.hea'],
    ['.', 'b'],
  ],
  [
    ['E1.hea', 'E2.hea'],
    ['.', '.'],
  ],
  [
    ['a/b/c/E1.hea', 'a/b/c/E2.hea'],
    ['.', '.'],
  ],
])('tells the sources of %j', (keys, sources) => {
  expect(keys.map(sourceOf(keys))).toEqual(sources);
});
