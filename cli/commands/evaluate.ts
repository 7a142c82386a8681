import { parseArgs } from 'node:util';
import { labelTitle } from '../../shared/ecg/labels.ts';
import { challengeDocument } from '../../shared/learning/challenge-document.ts';
import { evaluateChallenge } from '../../shared/learning/challenge-evaluation.ts';
import { readChallengeAnswers } from '../../shared/scoring/challenge-answers.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { UsageError } from '../usage-error.ts';

export const evaluate: Command = {
  name: 'evaluate',
  usage: 'LABELS OUTPUTS [--json]',
  summary: "Scores a classifier's outputs as the 2020 challenge's official scorer does.",
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const [labels, outputs, ...rest] = positionals;
    if (labels === undefined || outputs === undefined || rest.length > 0)
      throw new UsageError('expected a folder of headers (or a label table) and a folder of outputs');
    const { answers, unreadable } = await readChallengeAnswers(labels, outputs);
    for (const { record, error } of unreadable)
      process.stderr.write(`${record}.csv: ${error.message} It counts as nothing called.\n`);
    const { classes, ...overall } = challengeDocument(evaluateChallenge(answers));
    if (values.json) {
      process.stdout.write(`${JSON.stringify({ recordings: answers.length, ...overall, classes })}\n`);
      return 0;
    }
    const shown = (figure: number | null) => (figure === null ? 'not defined' : figure.toFixed(3));
    process.stdout.write(
      table(
        [
          'recordings',
          'AUROC',
          'AUPRC',
          'accuracy',
          'F-measure',
          'F-beta (2)',
          'G-beta (2)',
          'challenge metric',
        ],
        [
          [
            String(answers.length),
            shown(overall.auroc),
            shown(overall.auprc),
            shown(overall.accuracy),
            shown(overall.fMeasure),
            shown(overall.fBeta2),
            shown(overall.gBeta2),
            shown(overall.challengeMetric),
          ],
        ],
      ),
    );
    const rows = classes.map(({ code, auroc, auprc, fMeasure }) => [
      code,
      labelTitle(code),
      shown(auroc),
      shown(auprc),
      shown(fMeasure),
    ]);
    process.stdout.write(`\n${table(['class', '', 'AUROC', 'AUPRC', 'F-measure'], rows)}`);
    return 0;
  },
};
