import { evaluatedClasses, evaluatedEcgs, storeEcgEvaluation } from '../../shared/catalog/ecg-evaluations.ts';
import { evaluateEcgs } from '../../shared/learning/ecg-evaluation.ts';
import { evaluationPage } from '../../shared/reports/evaluation-page.ts';
import type { Evaluate } from './evaluated.ts';
import { figureRows } from './figure-rows.ts';
import { sourceOf } from './source-of.ts';

/** Any constant: the same recordings give the same intervals. */
const seed = 20_200_401;

/** Evaluates the classes of electrocardiograms. */
export const evaluateEcg: Evaluate = async (database, evaluation, signal) => {
  const rows = [];
  for await (const page of evaluatedEcgs(database, evaluation)) {
    signal.throwIfAborted();
    rows.push(...page);
  }
  const source = sourceOf(rows.map(({ key }) => key));
  const figures = evaluateEcgs(
    rows.map(({ key, present, predictions }) => ({ source: source(key), present, predictions })),
    await evaluatedClasses(database, evaluation),
    { seed },
  );
  await storeEcgEvaluation(database, evaluation.id, figureRows(figures));
  const { id, dataSet, modelName: name, modelVersion: version } = evaluation;
  return {
    recordings: rows.length,
    page: evaluationPage({ evaluationId: id, dataSet, model: { name, version }, evaluation: figures }),
  };
};
