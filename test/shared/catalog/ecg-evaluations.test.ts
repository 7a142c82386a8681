import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ecgFigures,
  evaluatedClasses,
  evaluatedEcgs,
  storeEcgEvaluation,
} from '../../../shared/catalog/ecg-evaluations.ts';
import {
  type Evaluation,
  listEvaluations,
  requestEvaluationsOf,
} from '../../../shared/catalog/evaluations.ts';
import { storeLabels } from '../../../shared/catalog/labels.ts';
import { registerModel } from '../../../shared/catalog/models.ts';
import { type Finding, indexObjects } from '../../../shared/catalog/objects.ts';
import { recordScores, rejectRecordings } from '../../../shared/catalog/recordings.ts';
import { Catalog, finding, scoresOf } from './catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(async () => {
  await catalog.empty();
  const model = { name: 'm', version: '1', task: 'ecg', prefix: 'm/', card: {}, promote: true } as const;
  await registerModel(catalog.database, model);
});

/** A header whose signals are there. */
const header = (key: string, ...diagnoses: string[]): Finding =>
  finding(key, {
    kind: 'wfdb-header',
    state: 'indexed',
    recording: { modality: 'ecg', format: 'wfdb', facts: { rate: 500, diagnoses } },
  });

/** @returns the ids of the recordings, in the order of the findings */
async function index(...findings: Finding[]): Promise<string[]> {
  const rows = await indexObjects(catalog.database, findings);
  return findings.map(({ versionId }) => rows.find((row) => row.version_id === versionId)!.recording_id!);
}

async function all(dataSet: string) {
  const evaluation = { dataSet, modelName: 'm', modelVersion: '1' } as Evaluation;
  const rows = [];
  for await (const page of evaluatedEcgs(catalog.database, evaluation)) rows.push(...page);
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const score = (...ids: string[]) =>
  recordScores(
    catalog.database,
    ids.map((id) => scoresOf(id)),
  );

describe('evaluatedEcgs', () => {
  it("gives a folder's recordings with their own diagnoses and the model's answers", async () => {
    const [first, second, elsewhere] = await index(
      header('s/a/R1.hea', 'MI', '59118001'),
      header('s/R2.hea'),
      header('t/R1.hea', 'MI'),
    );
    await score(first!, second!, elsewhere!);
    expect((await requestEvaluationsOf(catalog.database, [first!, second!], 9)).asked).toBe(true);
    expect((await listEvaluations(catalog.database)).map(({ dataSet }) => dataSet)).toEqual(['s/']);
    expect(await all('s/')).toEqual([
      {
        id: first,
        key: 's/a/R1.hea',
        present: ['MI', '59118001'],
        predictions: [
          { label: 'MI', probability: 0.75, threshold: 0.5, positive: true },
          { label: 'NORM', probability: 0.25, threshold: 0.5, positive: false },
        ],
      },
    ]);
  });

  it('takes the newest version of a recording that was not refused, scored by this very model', async () => {
    const [old] = await index(header('s/R1.hea', 'old'));
    await score(old!);
    const [newer] = await index(header('s/R1.hea', 'newer'));
    // It is on its way: the old one is no answer to it.
    expect(await all('s/')).toEqual([]);
    await score(newer!);
    const [refused] = await index(header('s/R1.hea', 'refused'));
    await rejectRecordings(catalog.database, [{ id: refused!, runId: null, reason: 'signal_value' }]);
    const [others] = await index(header('s/R2.hea', 'MI'));
    await recordScores(catalog.database, [scoresOf(others!, null, 'another')]);
    expect((await all('s/')).map(({ id, present }) => [id, present])).toEqual([[newer, ['newer']]]);
  });

  it('knows the classes of a table, and that a list has none', async () => {
    const table = finding('s/l.csv', { kind: 'labels', state: 'indexed' });
    await index(table);
    await storeLabels(catalog.database, table, [{ record: 'R1', present: ['MI'], absent: ['NORM'] }]);
    const of = (dataSet: string) => evaluatedClasses(catalog.database, { dataSet } as Evaluation);
    expect(await of('s/l.csv')).toEqual(['MI', 'NORM']);
    expect(await of('s/')).toBeNull();
  });
});

it('figures are stored once, however often an attempt repeats them', async () => {
  const [id] = await index(header('s/R1.hea', 'MI'));
  await requestEvaluationsOf(catalog.database, [id!], 9);
  const [evaluation] = await listEvaluations(catalog.database);
  const row = (source: string | null, label: string | null, value: number | null) => ({
    source,
    metric: 'auroc',
    label,
    value,
    low: null,
    high: null,
  });
  const rows = [row(null, null, 0.5), row(null, 'MI', null), row('a', null, 1)];
  await storeEcgEvaluation(catalog.database, evaluation!.id, rows);
  await storeEcgEvaluation(catalog.database, evaluation!.id, rows);
  expect(await ecgFigures(catalog.database, evaluation!.id)).toEqual(rows);
});
