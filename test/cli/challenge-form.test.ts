import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../cli/command.ts';
import { driver } from '../../cli/commands/driver.ts';
import { evaluate } from '../../cli/commands/evaluate.ts';
import { trainModel } from '../../cli/commands/train-model.ts';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import { readChallengeOutput } from '../../shared/ecg/formats/challenge-output.ts';
import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { generateEcg } from '../../shared/ecg/generator.ts';
import type { Card } from '../../shared/learning/card.ts';
import type { ChallengeDocument } from '../../shared/learning/challenge-document.ts';
import { challengeFigures } from '../../shared/learning/challenge-evaluation.ts';
import { Random } from '../../shared/random.ts';
import { spoken } from '../cloud/embedded.ts';
import { generatedRecord } from '../cloud/records.ts';
import { hasReference, readReference, referenceFolder } from '../reference.ts';
import { smallExperiment, smallSet } from '../shared/learning/small-set.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-challenge-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(command: Command, args: readonly string[], stop = new AbortController().signal) {
  let status = -1;
  const said = await spoken(async () => {
    status = await command.run(args, stop);
  });
  return { status, ...said };
}

async function put(name: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), bytes);
}

describe('systole driver', () => {
  const shipped = shippedModels().find(({ task }) => task === 'ecg')!;
  const card = shipped.card as unknown as Card;

  it('writes an output for each record, without an answer where there is none, and says why', async () => {
    for (const seed of [1, 2])
      for (const [name, body] of generatedRecord(`R${seed}`, seed)) await put(`in/${name}`, body);
    await put('in/R3.hea', 'R3 12 500 5000\n');
    await put('in/R4.hea', 'R4 1 500 5000\nR4.mat 16 1000/mV 16 0 0 0 0 I\n');
    const random = new Random(5);
    const noise = generateEcg({ kind: 'sinus-rhythm', seed: 3 }).recording;
    const leads = noise.leads.map((lead) => ({
      ...lead,
      samples: lead.samples.map(() => Math.round(1200 * random.normal())),
    }));
    const form = { record: 'R5', format: 16, container: 'mat' } as const;
    for (const [name, body] of writeRecord({ ...noise, leads }, form)) await put(`in/${name}`, body);
    await put('in/._R1.hea', 'what macOS puts beside a file');
    await put('in/notes.txt', 'of somebody');
    const { status, err } = await run(driver, [shipped.folder, join(folder, 'in'), join(folder, 'out')]);
    expect(status, err).toBe(0);
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(
      ['R1', 'R2', 'R3', 'R4', 'R5'].map((record) => `${record}.csv`),
    );
    const text = await readFile(join(folder, 'out', 'R2.csv'), 'utf8');
    expect(text.startsWith(`#R2\n${card.classes.join(',')}\n`)).toBe(true);
    const output = readChallengeOutput(Buffer.from(text));
    card.classes.forEach((_, c) => {
      expect(output.calls[c]).toBe(output.scores[c]! > card.thresholds[c]! ? 1 : 0);
    });
    expect(err).toMatch(/^R3: unrecognised: /m);
    expect(err).toMatch(/^R4: half_absent: /m);
    expect(err).toMatch(/^R5: not_readable: /m);
    expect(err).toContain('3 of 5 records have no answer');
    const none = readChallengeOutput(await readFile(join(folder, 'out', 'R5.csv')));
    expect(none.classes).toEqual(card.classes);
    expect([...none.calls]).toEqual(card.classes.map(() => 0));
    expect([...none.scores]).toEqual(card.classes.map(() => Number.NaN));
  });

  it('fails where nothing can be read', async () => {
    await put('in/R3.hea', 'R3 12 500 5000\n');
    const { status } = await run(driver, [shipped.folder, join(folder, 'in'), join(folder, 'out')]);
    expect(status).toBe(1);
    await expect(run(driver, [shipped.folder, folder, join(folder, 'out')])).rejects.toThrow('no header');
  });
});

describe('systole evaluate', () => {
  it.skipIf(!hasReference)(
    "says what the challenge's official scorer says, to 1e-9 (needs ../shared/reference)",
    async () => {
      const reference = join(referenceFolder, 'challenge-metric');
      const args = [join(reference, 'labels'), join(reference, 'outputs')];
      const { status, out } = await run(evaluate, [...args, '--json']);
      expect(status).toBe(0);
      const said = JSON.parse(out) as ChallengeDocument & { recordings: number };
      const expected = readReference<Record<string, number & (number | null)[]>>(
        'challenge-metric/expected.json',
      );
      for (const figure of challengeFigures) expect(said[figure], figure).toBeCloseTo(expected[figure]!, 9);
      said.classes.forEach((one, c) => {
        for (const figure of ['auroc', 'auprc', 'fMeasure'] as const) {
          const value = expected[`${figure}PerClass`]![c]!;
          if (value === null) expect(one[figure]).toBeNull();
          else expect(one[figure], `${figure} of ${one.code}`).toBeCloseTo(value, 9);
        }
      });
      expect((await run(evaluate, args)).out).toContain('challenge metric');
    },
  );

  const header = 'A1 1 500 10\nA1.mat 16\n#Dx: AF\n';
  it('takes a label table in place of headers, and says null where a figure is not defined', async () => {
    await put('labels.csv', 'record,dx\nA1,AF\n');
    await put('labels/A1.hea', header);
    await put('out/A1.csv', '#A1\n164889003\n1\n0.9\n');
    for (const labels of ['labels', 'labels.csv']) {
      const { out } = await run(evaluate, [join(folder, labels), join(folder, 'out'), '--json']);
      expect(JSON.parse(out)).toMatchObject({ recordings: 1, accuracy: 1, challengeMetric: 1, auroc: null });
    }
  });

  it('counts a broken output as nothing called and a score of none as 0, and passes over what else lies there', async () => {
    for (const record of ['A1', 'A2', 'A3'])
      await put(`labels/${record}.hea`, header.replaceAll('A1', record));
    await put('labels/._A1.hea', 'what macOS puts beside a file');
    await put('labels/RECORDS', 'A1\nA2\nA3\n');
    await put('out/A1.csv', '#A1\n164889003,426783006\nT,0\n0.9,nan\n');
    await put('out/A2.csv', '#A2\n164889003\n');
    // Another set of classes, one of them not scored.
    await put('out/A3.csv', '#A3\n164884008,164889003\n1,true\n0.4,0.3\n');
    await put('out/A9.csv', 'of another record');
    const { out, err, status } = await run(evaluate, [join(folder, 'labels'), join(folder, 'out'), '--json']);
    expect(status).toBe(0);
    expect(err).toMatch(/^A2.csv: .*nothing called/m);
    const said = JSON.parse(out) as ChallengeDocument & { recordings: number };
    expect(said).toMatchObject({ recordings: 3, accuracy: 2 / 3, auroc: null, auprc: 1 });
    expect(said.fMeasure).toBeCloseTo(0.8, 12);
  });

  it.each([
    ['a record without output', 'half_absent', {}],
    ['no records', 'no recordings', { 'labels/A1.hea': undefined }],
  ])('refuses %s', async (_, message, files: Record<string, string | undefined>) => {
    const all: Record<string, string | undefined> = { 'labels/A1.hea': header, ...files };
    for (const [name, text] of Object.entries(all)) if (text !== undefined) await put(name, text);
    await mkdir(join(folder, 'labels'), { recursive: true });
    await expect(run(evaluate, [join(folder, 'labels'), join(folder, 'out')])).rejects.toThrow(
      message === 'half_absent' ? '1 of 1 outputs are not there: A1.csv.' : message,
    );
  });
});

describe('systole train-model', () => {
  it('trains on headers with #Dx alone, goes on where it was stopped, and its model drives', async () => {
    const set = smallSet(40, 160, 1);
    const labels = new TextDecoder().decode(set.files.get('labels.csv')).trim().split('\n').slice(1);
    for (const line of labels) {
      const [record, , a, b] = line.split(',');
      const present = [...(a === '1' ? ['A'] : []), ...(b === '1' ? ['B'] : [])];
      const text = new TextDecoder().decode(set.files.get(`records/${record}.hea`));
      await put(
        `data/${record!.slice(-1)}/${record}.hea`,
        `${text}#Dx: ${[...present, 'none of ours'].join(', ')}\n`,
      );
      await put(`data/${record!.slice(-1)}/${record}.dat`, set.files.get(`records/${record}.dat`)!);
    }
    await put('data/unlabelled.hea', 'unlabelled 1 100 10\nu.dat 16\n');
    await put('data/broken.hea', 'broken 1 100 10\n');
    const first = new TextDecoder().decode(set.files.get('records/R0000.hea'));
    await put('data/cut.hea', `${first.replaceAll('R0000', 'cut')}#Dx: A\n`);
    await put('data/cut.dat', new Uint8Array(10));
    await put('data/alone.hea', `${first.replaceAll('R0000', 'alone')}#Dx: A\n`);
    await put(
      'experiment.yml',
      smallExperiment({ validation: 'folds: { count: 2 }', epochs: '6', threads: '1' }),
    );
    const args = [
      join(folder, 'data'),
      join(folder, 'model'),
      '--experiment',
      join(folder, 'experiment.yml'),
    ];

    const stop = new AbortController();
    const write = run(trainModel, args, stop.signal);
    // As soon as the first epoch has left a checkpoint.
    const seen = setInterval(() => {
      readdir(join(folder, 'model', 'checkpoints')).then(
        () => stop.abort(),
        () => undefined,
      );
    }, 20);
    const stopped = await write.finally(() => clearInterval(seen));
    expect(stopped.status).toBe(130);
    expect(stopped.err).toContain('1 records have no #Dx');
    expect(stopped.err).toMatch(/^broken.hea: /m);
    expect(stopped.err).toMatch(/^cut.hea: signal_length: /m);
    expect(stopped.err).toMatch(/^alone.hea: half_absent: /m);

    const trained = await run(trainModel, args);
    expect(trained.status, trained.err).toBe(0);
    expect(trained.out).toMatch(/^small [0-9a-f]{12}\n$/);
    const card = JSON.parse(await readFile(join(folder, 'model', 'card.json'), 'utf8')) as Card;
    expect(card).toMatchObject({
      classes: ['A', 'B'],
      evaluatedOn: 'held-out folds',
      data: { training: 40 },
    });
    expect(await readdir(join(folder, 'model'))).not.toContain('checkpoints');

    await cp(join(folder, 'data', '1'), join(folder, 'in'), { recursive: true });
    const driven = await run(driver, [join(folder, 'model'), join(folder, 'in'), join(folder, 'out')]);
    expect(driven.status, driven.err).toBe(0);
    expect(await readdir(join(folder, 'out'))).toHaveLength(4);
  });

  it('refuses a folder without diagnoses', async () => {
    await put('data/u.hea', 'u 1 100 10\nu.dat 16\n');
    await expect(run(trainModel, [join(folder, 'data'), join(folder, 'model')])).rejects.toThrow('#Dx');
  });
});
