import { expect, it } from 'vitest';
import { drawMixing, mixingMatrix } from '../../../shared/learning/mixup.ts';
import { Random } from '../../../shared/random.ts';

it('mixes each record with its partner, and the matrix says the same', () => {
  const mixing = drawMixing(4, 0.4, new Random(9));
  expect([...mixing.partners].sort()).toEqual([0, 1, 2, 3]);
  const matrix = mixingMatrix(mixing);
  for (let i = 0; i < 4; i++) {
    const row = matrix.subarray(i * 4, i * 4 + 4);
    expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    expect(row[i]).toBeCloseTo(mixing.partners[i] === i ? 1 : mixing.lambda, 6);
  }
});
