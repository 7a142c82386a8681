import { challengeDocument } from '../../shared/learning/challenge-document.ts';
import { evaluateChallenge } from '../../shared/learning/challenge-evaluation.ts';
import { readChallengeAnswers } from '../../shared/scoring/challenge-answers.ts';

/** The evaluation program on files of this machine, in the challenge's form: its six figures as one JSON object. */
export async function evaluateFiles(args: readonly string[]): Promise<void> {
  const [labels, outputs, ...rest] = args;
  if (labels === undefined || outputs === undefined || rest.length > 0)
    throw new Error('expected LABELS OUTPUTS');
  const { answers, unreadable } = await readChallengeAnswers(labels, outputs);
  for (const { record, error } of unreadable) process.stderr.write(`${record}.csv: ${error.message}\n`);
  process.stdout.write(`${JSON.stringify(challengeDocument(evaluateChallenge(answers)))}\n`);
}
