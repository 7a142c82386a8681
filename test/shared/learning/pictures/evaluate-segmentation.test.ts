import { describe, expect, it } from 'vitest';
import { evaluateSegmentation } from '../../../../shared/learning/pictures/evaluate-segmentation.ts';
import { labelOverlap } from '../../../../shared/learning/pictures/label-overlap.ts';
import type { SegmentationCard } from '../../../../shared/learning/pictures/picture-card.ts';
import type { LabelledPicture } from '../../../../shared/learning/pictures/picture-dataset.ts';
import type { PictureModel } from '../../../../shared/learning/pictures/picture-model.ts';

describe('labelOverlap', () => {
  it('counts by label, and is not defined where neither map has it', () => {
    const overlap = labelOverlap(Uint8Array.of(0, 1, 1, 1), Uint8Array.of(0, 0, 1, 1), 3);
    expect(overlap[0]).toEqual({ dice: 2 / 3, iou: 1 / 2 });
    expect(overlap[1]).toEqual({ dice: 4 / 5, iou: 2 / 3 });
    expect(overlap[2]).toEqual({ dice: Number.NaN, iou: Number.NaN });
  });
});

const [rows, columns, size] = [64, 64, 32];

/** A ventricle of half axes `a` and `b` above an atrium; grey is the label, which the model below reads. */
function heart(a: number, b: number): LabelledPicture {
  const labels = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [y, x] = [row - 38, column - 32];
      if (y <= 0 && (y / a) ** 2 + (x / b) ** 2 < 1) labels[row * columns + column] = 1;
      else if (y > 0 && Math.hypot(y - 8, x) < 9) labels[row * columns + column] = 2;
    }
  return { rows, columns, grey: labels.map((label) => 100 * label), labels };
}

/** Answers with the label that the grey stands for. */
const seeing = {
  card: { classes: ['background', 'lv', 'la'], chambers: { lv: 1, la: 2, lvo: 1 }, net: { size } },
  probabilities: async (frames: Uint8Array) =>
    Float32Array.from({ length: frames.length * 3 }, (_, i) =>
      Math.max(0, 1 - Math.abs(frames[Math.floor(i / 3)]! / 100 - (i % 3))),
    ),
} as unknown as PictureModel<SegmentationCard>;

describe('evaluateSegmentation', () => {
  it('measures overlap at the size of the pictures and ejection fractions against the table', async () => {
    // Half ellipsoids: the ejection fraction follows from their axes.
    const [diastole, systole] = [heart(30, 12), heart(27, 9)];
    const percent = 100 * (1 - (27 * 9 ** 2) / (30 * 12 ** 2));
    const truth = { moment: 'end-diastole', percent } as const;
    const evaluation = await evaluateSegmentation(
      seeing,
      {
        pictures: [
          { patient: 'A', ejectionFraction: truth },
          { patient: 'A', ejectionFraction: { ...truth, moment: 'end-systole' } },
          { patient: 'B', ejectionFraction: truth },
        ],
        picture: async (index) => [diastole, systole, diastole][index]!,
      },
      1,
    );
    expect(evaluation).toMatchObject({ frames: 3, patients: 2 });
    for (const { frames, dice } of evaluation.classes) {
      expect(frames).toBe(3);
      expect(dice.value).toBeGreaterThan(0.93);
      expect(dice.value).toBeLessThan(1);
    }
    const { patients, unmeasurable, errorOfTrue, errorOfPredicted } = evaluation.ejectionFraction!;
    expect([patients, unmeasurable]).toEqual([1, 0]);
    expect(errorOfTrue.value).toBeLessThan(3);
    expect(errorOfPredicted.value).toBeLessThan(5);
  });
});
