import { describe, expect, it } from 'vitest';
import { challengeClasses } from '../../../shared/ecg/labels.ts';
import { type EvaluatedEcg, evaluateEcgs } from '../../../shared/learning/ecg-evaluation.ts';

const answer = (
  source: string,
  present: readonly string[],
  probabilities: Readonly<Record<string, number>>,
): EvaluatedEcg => ({
  source,
  present,
  predictions: Object.entries(probabilities).map(([label, probability]) => ({
    label,
    probability,
    threshold: 0.5,
    positive: probability > 0.5,
  })),
});

describe('evaluateEcgs', () => {
  it("counts equivalent codes and a hospital's words as the model's class", () => {
    const crbbb = '713427006';
    const { classes, challenge, unknown } = evaluateEcgs(
      [
        answer('a', ['RBBB'], { [crbbb]: 0.9, '164889003': 0.1 }),
        answer('a', ['59118001', '251146004'], { [crbbb]: 0.8, '164889003': 0.2 }),
        answer('a', ['Normal'], { [crbbb]: 0.6, '164889003': 0.3 }),
      ],
      null,
      { seed: 1 },
    );
    // Nobody was found to have atrial fibrillation, and nobody was found not to.
    expect(unknown).toEqual(['164889003']);
    expect(classes).toHaveLength(1);
    expect(classes[0]).toMatchObject({
      name: crbbb,
      positives: 2,
      auroc: { value: 1 },
      sensitivity: { value: 1 },
      specificity: { value: 0 },
      ppv: { value: 2 / 3 },
    });
    expect(challenge!.perClass.classes).toEqual(challengeClasses);
    expect(challenge!.overall.challengeMetric.value).toBeLessThan(1);
  });

  it('gives figures by source where there is more than one, NaN where a figure is not defined', () => {
    const result = evaluateEcgs(
      [
        answer('north', ['MI'], { MI: 0.9, HYP: 0.2 }),
        answer('north', [], { MI: 0.1, HYP: 0.6 }),
        answer('south', ['MI'], { MI: 0.3, HYP: 0.2 }),
      ],
      ['MI', 'HYP'],
      { seed: 1 },
    );
    expect(result.unknown).toEqual([]);
    expect(result.challenge).toBeNull();
    expect(result.confusion).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(result.classes[1]).toMatchObject({ name: 'HYP', positives: 0, specificity: { value: 2 / 3 } });
    expect(result.classes[1]!.auroc.value).toBeNaN();
    expect(result.macro.auroc.value).toBe(1);
    expect(result.sources.map(({ source, recordings }) => [source, recordings])).toEqual([
      ['north', 2],
      ['south', 1],
    ]);
    expect(result.sources[1]!.macro.auroc.value).toBeNaN();
  });

  it('knows the complement of a class', () => {
    const { classes } = evaluateEcgs(
      [answer('a', ['PE'], { 'not PE': 0.2, PE: 0.8 }), answer('a', [], { 'not PE': 0.9, PE: 0.1 })],
      ['PE'],
      { seed: 1 },
    );
    expect(classes.map(({ name, positives, f1 }) => [name, positives, f1.value])).toEqual([
      ['not PE', 1, 1],
      ['PE', 1, 1],
    ]);
  });

  it.each([
    ['no recordings', []],
    ['labels that name none of the classes', [answer('a', ['AF'], { MI: 0.4 })]],
  ])('refuses %s', (_, recordings) => {
    expect(() => evaluateEcgs(recordings, null, { seed: 1 })).toThrow(
      expect.objectContaining({ reason: 'labels_invalid' }),
    );
  });
});
