import { describe, expect, it } from 'vitest';
import { augmentPicture } from '../../../../shared/learning/pictures/augment-picture.ts';
import type { PictureAugmentation } from '../../../../shared/learning/pictures/picture-experiment.ts';
import { Random } from '../../../../shared/random.ts';

const size = 33;
const middle = 16;

/** A square of grey 200 and label 1 from (8, 12) to (20, 16). */
function square() {
  const grey = new Uint8Array(size * size);
  const labels = new Uint8Array(size * size);
  for (let row = 8; row <= 20; row++)
    for (let column = 12; column <= 16; column++) {
      grey[row * size + column] = 200;
      labels[row * size + column] = 1;
    }
  return { grey, labels };
}

const still = { kind: 'affine', degrees: 0, scale: 0, shift: 0, mirror: 0 } as const;
const every: PictureAugmentation[] = [
  { ...still, degrees: 20, scale: 0.2, shift: 0.1, mirror: 0.5 },
  { kind: 'gamma', spread: 0.4 },
  { kind: 'gain', contrast: 0.3, brightness: 0.1 },
  { kind: 'speckle', deviation: 0.4, probability: 1 },
  { kind: 'shadow', depth: 0.9, probability: 1 },
];

describe('augmentPicture', () => {
  it('draws the same from the same seed, stays grey, and leaves what it was given', () => {
    const given = square();
    const [one, again, other] = [1, 1, 2].map((seed) => augmentPicture(given, size, every, new Random(seed)));
    expect(one).toEqual(again);
    expect(one!.grey).not.toEqual(other!.grey);
    expect(given).toEqual(square());
    for (const value of one!.grey) expect(value >= 0 && value <= 255).toBe(true);
  });

  it('keeps the mask on the picture, however it is turned', () => {
    for (let seed = 0; seed < 30; seed++) {
      const { grey, labels } = augmentPicture(square(), size, [every[0]!], new Random(seed));
      const wrong = labels.filter((label, i) => (label === 1 ? grey[i]! < 40 : grey[i]! > 160)).length;
      expect(wrong, `seed ${seed}`).toBe(0);
      expect(labels.filter((label) => label === 1).length).toBeGreaterThan(20);
    }
  });

  it('mirrors left and right about the middle', () => {
    const { labels } = augmentPicture(square(), size, [{ ...still, mirror: 1 }], new Random(1));
    const columns = new Set<number>();
    labels.forEach((label, i) => {
      if (label === 1) columns.add(i % size);
    });
    expect([...columns].sort((a, b) => a - b)).toEqual(
      [12, 13, 14, 15, 16].map((c) => 2 * middle - c).sort(),
    );
  });

  it('passes the class of a picture on', () => {
    const { labels } = augmentPicture({ ...square(), labels: Uint8Array.of(7) }, size, every, new Random(1));
    expect([...labels]).toEqual([7]);
  });
});
