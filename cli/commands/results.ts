import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ecgFigures } from '../../shared/catalog/ecg-evaluations.ts';
import { findingsOf } from '../../shared/catalog/ecg-findings.ts';
import { echoFigures } from '../../shared/catalog/echo-evaluations.ts';
import { type ListedEvaluation, listEvaluations } from '../../shared/catalog/evaluations.ts';
import { outcomeOf, outcomes } from '../../shared/catalog/overview.ts';
import { reasons } from '../../shared/errors.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import type { Command } from '../command.ts';
import { echoTable } from '../echo-table.ts';
import { echoFigureTable, evaluationTable, figureTable } from '../evaluation-table.ts';
import { findingsTable } from '../findings-table.ts';
import { openTarget } from '../open-target.ts';
import { showOutcomes } from '../outcome-table.ts';
import { recordingId } from '../recording-id.ts';
import type { Target } from '../target.ts';
import { UsageError } from '../usage-error.ts';

export const results: Command = {
  name: 'results',
  usage: '[ID] [--page FILE.html] [--json] [--stage NAME]',
  summary: 'Scores of one recording or figures of one evaluation (--page saves its page), or all scores.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, page: { type: 'string' }, stage: { type: 'string' } },
    });
    const id = recordingId(positionals);
    if (id === undefined && values.page !== undefined) throw new UsageError('--page wants an identifier');
    const target = await openTarget(values.stage);
    try {
      if (id === undefined) {
        await showOutcomes(outcomes(target.database, ''), values.json === true);
        return 0;
      }
      const outcome = await outcomeOf(target.database, id);
      if (outcome === undefined) {
        const [evaluation] = await listEvaluations(target.database, id);
        if (evaluation === undefined) throw new Error(`there is no recording and no evaluation ${id}`);
        if (values.page !== undefined) {
          if (evaluation.reportKey === null) throw new Error(`evaluation ${id} has no page yet`);
          await savePage(target, evaluation.reportKey, values.page);
        }
        await showEvaluation(target, evaluation, values.json === true);
        return 0;
      }
      if (values.page !== undefined) await savePage(target, pageKey(id), values.page);
      const findings = await findingsOf(target.database, id);
      await showOutcomes(
        (async function* () {
          yield { ...outcome, ...findings };
        })(),
        values.json === true,
      );
      if (!values.json) {
        if (outcome.reason !== null) process.stdout.write(`\n${reasons[outcome.reason]}\n`);
        if (findings !== undefined) process.stdout.write(`\n${findingsTable(findings)}`);
        if (outcome.echo !== null) process.stdout.write(`\n${echoTable(outcome.echo)}`);
      }
      return 0;
    } finally {
      await target.close();
    }
  },
};

async function savePage(target: Target, key: string, file: string): Promise<void> {
  const page = await target.objects.bytes({ bucket: target.names.bucket('results'), key });
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(file, page);
}

async function showEvaluation(target: Target, evaluation: ListedEvaluation, json: boolean): Promise<void> {
  const { figures, shown } = await figuresOf(target, evaluation);
  if (json) process.stdout.write(`${JSON.stringify({ ...evaluation, figures })}\n`);
  else process.stdout.write(`${evaluationTable([evaluation])}${figures.length === 0 ? '' : `\n${shown}`}`);
}

async function figuresOf({ database }: Target, { domain, id }: ListedEvaluation) {
  if (domain === 'ecg') {
    const figures = await ecgFigures(database, id);
    return { figures, shown: figureTable(figures) };
  }
  const figures = await echoFigures(database, id);
  return { figures, shown: echoFigureTable(figures) };
}
