import { describe, expect, it } from 'vitest';
import { comparisonPage } from '../../../shared/learning/comparison-page.ts';
import { type JudgedRecordings, recipeFigures } from '../../../shared/learning/recipe-figures.ts';
import { Random } from '../../../shared/random.ts';

const classes = ['426783006', '164889003', '164890007'];

/** Sixty recordings of two classes and one of a third; probabilities follow the labels as far as `skill` says. */
function judged(skill: number): JudgedRecordings {
  const random = new Random(1);
  const labels = classes.map((_, c) =>
    Uint8Array.from({ length: 60 }, (__, r) => Number(c === 2 ? r === 0 : r % 2 === c)),
  );
  const probabilities = labels.map((truth) =>
    Float32Array.from(truth, (label) => 0.5 * (1 - skill) * random.uniform() * 2 + skill * label),
  );
  const calls = probabilities.map((values) => Uint8Array.from(values, (value) => Number(value > 0.5)));
  return { labels, probabilities, calls };
}

describe('recipeFigures', () => {
  const [blind, good, perfect] = [judged(0), judged(0.5), judged(1)];

  it('holds recipes against the first on the same draws', () => {
    const { figures, gains } = recipeFigures(classes, [blind, good, perfect], 1);
    expect(figures[2]!.auroc).toEqual({ value: 1, low: 1, high: 1 });
    expect(figures[2]!.challenge!.value).toBe(1);
    for (const figure of ['auroc', 'f1', 'challenge'] as const) {
      const gain = gains[2]![figure]!;
      expect(gain.value).toBeCloseTo(figures[2]![figure]!.value - figures[0]![figure]!.value, 12);
      expect(gain.low).toBeGreaterThan(0);
      expect(gain.high).toBeGreaterThan(gain.value);
    }
    expect(recipeFigures(classes, [good, good], 1).gains[1]!.auroc).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('leaves classes with hardly a positive recording out of the means', () => {
    const { classes: perClass } = recipeFigures(classes, [good], 1);
    expect(perClass[0]).toHaveLength(2);
  });

  it('has no score of the challenge for other classes', () => {
    const { figures } = recipeFigures(['NORM', ...classes.slice(1)], [good], 1);
    expect(figures[0]!.challenge).toBeUndefined();
  });

  it('is read on a page', () => {
    const { figures, gains, classes: perClass } = recipeFigures(classes, [blind, perfect], 1);
    const recipe = (name: string, index: number) => ({
      name,
      all: figures[index]!,
      ...(index === 0 ? {} : { gain: gains[index]! }),
      bySource: [],
      classes: perClass[index]!,
      leftOut: [{ source: 'CPSC', inside: figures[index]!, outside: figures[0]! }],
    });
    const page = comparisonPage({
      folds: 5,
      classes: classes.map((name, c) => ({ name, positives: c === 2 ? 1 : 30 })),
      measured: classes.slice(0, 2),
      recipes: [recipe('blind', 0), recipe('perfect', 1)],
    });
    expect(page).toContain('60 recordings, 5 folds');
    expect(page).toContain(
      '| perfect | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) |',
    );
    expect(page).toContain('| perfect less blind |');
    expect(page).toContain('| CPSC (60) | blind |');
    expect(page).toContain('Not measured, for want of positives: Atrial flutter 164890007 (1).');
  });
});
