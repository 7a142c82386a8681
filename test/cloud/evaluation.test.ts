import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { results } from '../../cli/commands/results.ts';
import { type ListedEvaluation, listEvaluations } from '../../shared/catalog/evaluations.ts';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import { spoken, TestCloud } from './embedded.ts';
import { generatedRecord } from './records.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await TestCloud.open();
});
afterAll(() => cloud.close());

const card = shippedModels().find(({ task }) => task === 'ecg')!.card;
const count = 6;

/** HYP is true of none, CD of all, the others of some. */
const tableOf = (names: readonly string[]) =>
  [
    'record,split,NORM,MI,STTC,CD,HYP',
    ...names.map((name, i) => `${name},val,${i % 2},${(i + 1) % 2},${i % 3 === 0 ? 1 : 0},1,0`),
    '',
  ].join('\n');

const upload = {
  recordings: async (prefix: string) => {
    for (let i = 0; i < count; i++)
      for (const [name, body] of generatedRecord(`e${i}`, i + 1))
        await cloud.put(`${prefix}${i % 2 === 0 ? 'a' : 'b'}/${name}`, body);
    await cloud.until(prefix, (all) => all.filter(({ state }) => state === 'scored').length === count);
  },
  // One record of it never comes.
  labels: (prefix: string) =>
    cloud.put(`${prefix}labels.csv`, tableOf([...Array.from({ length: count }, (_, i) => `e${i}`), 'e999'])),
};

/** The dispatcher is called as its schedule or a delayed message would. */
const wake = () =>
  cloud.target.sqs.send(
    new SendMessageCommand({ QueueUrl: cloud.target.names.queueUrl('wake'), MessageBody: '{}' }),
  );

/** The end of a data set's evaluation. */
const ended = (dataSet: string): Promise<ListedEvaluation> =>
  cloud.eventually(async () => {
    const [one] = (await listEvaluations(cloud.target.database)).filter((each) => each.dataSet === dataSet);
    if (one?.state === 'finished' || one?.state === 'failed') return one;
    if (one?.state === 'requested') await wake();
    return undefined;
  });

async function systoleResults(...args: string[]): Promise<void> {
  process.env.SYSTOLE_HOME = cloud.folder;
  try {
    expect(await results.run(args, new AbortController().signal)).toBe(0);
  } finally {
    delete process.env.SYSTOLE_HOME;
  }
}

describe('an uploaded label table', () => {
  it.each([
    ['after its recordings', ['recordings', 'labels'] as const],
    ['before its recordings', ['labels', 'recordings'] as const],
  ])('%s becomes ground truth, figures and a page', async (order, steps) => {
    const prefix = `${order.replaceAll(' ', '-')}/`;
    for (const step of steps) await upload[step](prefix);
    const evaluation = await ended(`${prefix}labels.csv`);
    expect(evaluation).toMatchObject({
      domain: 'ecg',
      modelName: card.name,
      modelVersion: card.version,
      state: 'finished',
      recordings: count,
      reportKey: `evaluations/${evaluation.id}.html`,
    });

    const truths = await cloud.query<{ key: string; labels: string[] }>(
      `select o.key, array_agg(g.label order by g.label) as labels from ecg.ground_truths g
       join catalog.recordings r on r.id = g.recording_id join catalog.objects o on o.id = r.object_id
       where starts_with(o.key, :prefix) group by 1 order by 1`,
      { prefix },
    );
    expect(truths).toHaveLength(count);
    // The table's, and the diagnosis of its own header.
    expect(truths[0]).toEqual({ key: `${prefix}a/e0.hea`, labels: ['426177001', 'CD', 'MI', 'STTC'] });
    // Nobody asked how the model does on diagnoses that it does not know.
    const all = await listEvaluations(cloud.target.database);
    expect(all.filter(({ dataSet, state }) => dataSet === prefix && state !== 'requested')).toEqual([]);

    const rows = await cloud.query<{
      source: string | null;
      metric: string;
      label: string | null;
      value: number | null;
    }>('select source, metric, label, value from ecg.evaluations where evaluation_id = :id::uuid', {
      id: evaluation.id,
    });
    const figure = (source: string | null, metric: string, label: string | null) =>
      rows.find((row) => row.source === source && row.metric === metric && row.label === label)?.value;
    expect(figure(null, 'recordings', null)).toBe(count);
    expect(figure('a', 'recordings', null)).toBe(3);
    expect(figure('b', 'positives', 'NORM')).toBe(3);
    expect(figure(null, 'auroc', 'NORM')).toBeGreaterThanOrEqual(0);
    // Neither a class that nobody has nor one that everybody has can be told apart from its opposite.
    expect(figure(null, 'auroc', 'HYP')).toBeNull();
    expect(figure(null, 'auroc', 'CD')).toBeNull();
    expect(figure(null, 'sensitivity', 'HYP')).toBeNull();
    expect(rows.every(({ value }) => value === null || Number.isFinite(value))).toBe(true);

    const page = await cloud.resultText(evaluation.reportKey!);
    expect(page).toContain('Receiver operating characteristic');
    expect(page).toContain('no recording has it');
    expect(page).toContain('Not a medical device.');
    expect(page).not.toMatch(/NaN|undefined/);
    const shown = await spoken(() => systoleResults(evaluation.id));
    expect(shown.out).toMatch(/^Normal ECG +\d\.\d{3} \(/m);
    const [, json] = (await spoken(() => systoleResults(evaluation.id, '--json'))).out.match(/^(.*)\n$/)!;
    expect(JSON.parse(json!)).toMatchObject({ ...evaluation, figures: expect.any(Array) });
  });

  it('is held against its recordings after all when its job has vanished without a word', async () => {
    const dataSet = 'after-its-recordings/labels.csv';
    const { id } = await ended(dataSet);
    await cloud.query(
      `update registry.evaluations set state = 'submitted', job_id = 'vanished', recordings = null, report_key = null,
              changed_at = now() - interval '11 minutes' where id = :id::uuid`,
      { id },
    );
    await wake();
    expect(await ended(dataSet)).toMatchObject({ id, state: 'finished', recordings: count });
    const [row] = await cloud.query<{ job: string; attempts: number }>(
      'select job_id as job, attempts from registry.evaluations where id = :id::uuid',
      { id },
    );
    expect(row).toEqual({ job: expect.not.stringMatching('vanished'), attempts: 1 });
  });

  it("that names none of the model's classes is answered so", async () => {
    for (const [name, body] of generatedRecord('e0', 1)) await cloud.put(`other/${name}`, body);
    await cloud.until('other/', (all) => all.some(({ state }) => state === 'scored'));
    await cloud.put('other/labels.csv', 'record,dx\ne0,"AF,RBBB"\n');
    expect(await ended('other/labels.csv')).toMatchObject({ state: 'failed', reason: 'labels_invalid' });
  });

  it('that cannot be read is refused', async () => {
    await cloud.put('broken/labels.csv', 'record,NORM\nr1,2\n');
    expect(await cloud.outcomeOf('broken/labels.csv', 'rejected')).toMatchObject({
      reason: 'labels_invalid',
    });
  });
});
