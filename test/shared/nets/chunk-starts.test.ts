import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkStarts } from '../../../shared/nets/chunk-starts.ts';

const published = { length: 2048, stride: 1536 };

describe('chunkStarts', () => {
  it.each([
    [0, [0]],
    [1, [0]],
    [2048, [0]],
    [2049, [0, 1]],
    [3584, [0, 1536]],
    [5000, [0, 1536, 2952]],
    [5120, [0, 1536, 3072]],
  ])('cuts %i samples as published', (samples, starts) => {
    expect(chunkStarts(samples, published)).toEqual(starts);
  });

  it('covers every sample once at least, with whole chunks inside the recording', () => {
    const cuts = fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }))
      .map(([length, stride]) => ({ length, stride: Math.min(length, stride) }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), cuts, (samples, cut) => {
        const starts = chunkStarts(samples, cut);
        let covered = 0;
        for (const start of starts) {
          if (start > covered) return false;
          covered = start + cut.length;
        }
        return covered >= samples && (samples < cut.length || covered === samples);
      }),
      { seed: 7 },
    );
  });
});
