import { describe, expect, it } from 'vitest';
import { evaluateMeasurements, evaluateViews } from '../../../shared/learning/echo-evaluation.ts';
import { type EchoEvaluationPage, echoEvaluationPage } from '../../../shared/reports/echo-evaluation-page.ts';

const nothing: EchoEvaluationPage = {
  evaluationId: 'e1',
  dataSet: 'a<b/',
  model: { name: 'm', version: '1' },
  instances: 0,
  studies: 0,
  draws: 1000,
  views: null,
  chambers: [],
  methods: [],
  leftOut: [],
};

const methodOf = (
  pairs: readonly { truth: number; measured: number }[],
): EchoEvaluationPage['methods'][number] => {
  const { quantities, recommendation } = evaluateMeasurements(
    pairs.map((pair, study) => ({ ...pair, study, quantity: 'EF' as const })),
    { seed: 1 },
  );
  return { method: 'disks', recommendation, quantities: quantities.map((one) => ({ ...one, pairs })) };
};

describe('echoEvaluationPage', () => {
  it('says so when there is nothing to compare, and escapes the name of the folder', () => {
    const html = echoEvaluationPage(nothing);
    expect(html).toContain('No instance has both a label in the export and an answer of this model.');
    expect(html).toContain('a&lt;b/');
    expect(html).not.toContain('a<b');
    expect(html).toContain('Not a medical device');
  });

  it('draws a confusion for each mapping and says what was left out', () => {
    const views = evaluateViews([{ study: 1, truth: 'a4c', dev: 'a4c', seg: 'other' }], { seed: 1 });
    const html = echoEvaluationPage({
      ...nothing,
      instances: 1,
      studies: 1,
      views,
      leftOut: [['Cut off', 3]],
    });
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).toContain('Accuracy 1.000.');
    expect(html).toContain('none: they need more than one study');
    expect(html).toMatch(/Cut off<\/th><td>3</);
  });

  it('draws Bland-Altman limits where there are any', () => {
    const two = methodOf([
      { truth: 60, measured: 50 },
      { truth: 40, measured: 44 },
    ]);
    const html = echoEvaluationPage({ ...nothing, instances: 2, studies: 2, methods: [two] });
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).toContain('limits of agreement');
    expect(html).toContain('accuracy of the recommendation 0.500');

    const one = methodOf([{ truth: 60, measured: 50 }]);
    const alone = echoEvaluationPage({ ...nothing, instances: 1, studies: 1, methods: [one] });
    expect(alone.match(/<svg/g)).toHaveLength(1);
    expect(alone).not.toContain('NaN');
  });
});
