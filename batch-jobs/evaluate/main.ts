import { Database } from '../../shared/catalog/database.ts';
import {
  type Evaluation,
  type EvaluationDomain,
  finishEvaluation,
} from '../../shared/catalog/evaluations.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { SystoleError } from '../../shared/errors.ts';
import { evaluationKey } from '../../shared/reports/page-key.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { type JobContext, report, runProgram } from '../job.ts';
import { evaluateEcg } from './evaluate-ecg.ts';
import { evaluateEcho } from './evaluate-echo.ts';
import { evaluateFiles } from './evaluate-files.ts';
import type { Evaluate } from './evaluated.ts';

/** How each domain is evaluated. */
const domains: Record<EvaluationDomain, Evaluate> = { ecg: evaluateEcg, echo: evaluateEcho };

/**
 * The evaluation program: holds what a model said of a data set against its labels. Rows come first, then the page, then
 * the word that it is finished; each step may be repeated.
 */
async function evaluateDataSet({ manifest, signal }: JobContext): Promise<void> {
  const objects = new Objects();
  const database = new Database(environment.database());
  const evaluation = JSON.parse(await objects.text(manifest)) as Evaluation;
  const { id, domain } = evaluation;
  try {
    const { recordings, page } = await domains[domain](database, evaluation, signal);
    const reportKey = evaluationKey(id);
    await objects.put(
      { bucket: environment.bucket('results'), key: reportKey },
      page,
      'text/html; charset=utf-8',
    );
    await finishEvaluation(database, id, { state: 'finished', recordings, reportKey });
    report('evaluated', { domain, recordings });
  } catch (error) {
    if (error instanceof SystoleError)
      await finishEvaluation(database, id, { state: 'failed', reason: error.reason, detail: error.detail });
    throw error;
  }
}

await runProgram({
  name: 'evaluate',
  job: evaluateDataSet,
  alone: evaluateFiles,
  usage: 'evaluate LABELS OUTPUTS',
});
