import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { challengeRewards } from '../../../shared/ecg/challenge-rewards.ts';
import { readChallengeOutput } from '../../../shared/ecg/formats/challenge-output.ts';
import { readComments } from '../../../shared/ecg/formats/wfdb/comments.ts';
import { parseHeader } from '../../../shared/ecg/formats/wfdb/header.ts';
import { canonicalDiagnosis, challengeClasses } from '../../../shared/ecg/labels.ts';
import { evaluateChallenge } from '../../../shared/learning/challenge-evaluation.ts';
import { hasReference, readReference, referenceFolder } from '../../reference.ts';

const folder = join(referenceFolder, 'challenge-metric');

describe.skipIf(!hasReference)(
  'evaluateChallenge against the official scorer (needs ../shared/reference)',
  () => {
    it('agrees in all figures, per class too, to 1e-9', () => {
      const answers = readdirSync(join(folder, 'labels')).map((name) => ({
        diagnoses: readComments(parseHeader(readFileSync(join(folder, 'labels', name))).comments).diagnoses,
        output: readChallengeOutput(readFileSync(join(folder, 'outputs', name.replace('.hea', '.csv')))),
      }));
      expect(answers).toHaveLength(40);
      const evaluation = evaluateChallenge(answers);
      const expected = readReference<Record<string, number | (number | null)[]> & { classes: string[] }>(
        'challenge-metric/expected.json',
      );
      expect(evaluation.classes).toEqual(expected.classes);
      for (const figure of [
        'auroc',
        'auprc',
        'accuracy',
        'fMeasure',
        'fBeta2',
        'gBeta2',
        'challengeMetric',
      ] as const)
        expect(Math.abs(evaluation[figure] - (expected[figure] as number)), figure).toBeLessThan(1e-9);
      for (const figure of ['aurocPerClass', 'auprcPerClass', 'fMeasurePerClass'] as const)
        for (const [c, value] of (expected[figure] as (number | null)[]).entries()) {
          const message = `${figure} of ${expected.classes[c]}`;
          if (value === null) expect(evaluation[figure][c], message).toBeNaN();
          else expect(Math.abs(evaluation[figure][c]! - value), message).toBeLessThan(1e-9);
        }
    });

    it('has the rewards of the published table', () => {
      const [header, ...rows] = readFileSync(join(folder, 'weights.csv'), 'utf8')
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','));
      for (const [code, ...cells] of rows)
        for (const [k, cell] of cells.entries()) {
          const from = challengeClasses.indexOf(canonicalDiagnosis(code!));
          const to = challengeClasses.indexOf(canonicalDiagnosis(header![k + 1]!));
          expect(challengeRewards[from]![to]).toBe(Number(cell));
        }
    });
  },
);

describe('evaluateChallenge', () => {
  const output = (calls: number[]) => ({
    record: 'r',
    classes: ['426783006', '59118001', '713427006', 'unscored'],
    calls: Uint8Array.from(calls),
    scores: Float64Array.from(calls, (call) => call * 0.8 + 0.1),
  });

  it('gives 1 to a classifier that is right, also by an equivalent class, and 0 to one that calls all normal', () => {
    const truth = [['Normal'], ['RBBB'], ['426783006', '713427006']];
    const right = [
      [1, 0, 0, 0],
      [0, 0, 1, 1],
      [1, 1, 0, 1],
    ];
    const evaluation = evaluateChallenge(
      truth.map((diagnoses, i) => ({ diagnoses, output: output(right[i]!) })),
    );
    expect(evaluation).toMatchObject({ challengeMetric: 1, accuracy: 1, fMeasure: 1, auroc: 1 });
    const normal = evaluateChallenge(truth.map((diagnoses) => ({ diagnoses, output: output([1, 0, 0, 0]) })));
    expect(normal.challengeMetric).toBe(0);
  });

  it('refuses an empty set', () => {
    expect(() => evaluateChallenge([])).toThrow(expect.objectContaining({ reason: 'labels_invalid' }));
  });
});
