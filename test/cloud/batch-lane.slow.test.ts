import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeJobsCommand, ListJobsCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { models } from '../../cli/commands/models.ts';
import { trainingRun } from '../../shared/catalog/experiments.ts';
import { listModels } from '../../shared/catalog/models.ts';
import type { Outcome } from '../../shared/catalog/overview.ts';
import { edgePatience, maxRuns } from '../../shared/catalog/recordings.ts';
import type { FunctionName } from '../../shared/deployment/description.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { smallExperiment, smallSet } from '../shared/learning/small-set.ts';
import { spoken, TestCloud } from './embedded.ts';
import { generatedRecord } from './records.ts';

/** All functions but the edge's. */
const withoutEdge: readonly FunctionName[] = ['ingest', 'dispatch', 'track', 'migrate'];
const count = 12;
/** Seconds that a machine with two busy cores may take for one step. */
const patience = 240;

let cloud: TestCloud;
afterEach(() => cloud?.close());

async function uploadRecords(prefix: string): Promise<void> {
  for (let seed = 0; seed < count; seed += 1)
    for (const [name, body] of generatedRecord(`r${seed}`, seed)) await cloud.put(prefix + name, body);
}

/** Makes ready recordings as old as those that the edge has left lying. */
const leftByTheEdge = () =>
  cloud.query(
    `update catalog.recordings set ready_at = now() - make_interval(secs => :seconds) where state = 'ready'`,
    { seconds: edgePatience + 1 },
  );

/** Both halves of each record have come. */
const allReady = (prefix: string, recordings: number) =>
  cloud.until(
    prefix,
    (all) => all.length === recordings && all.every(({ state }) => state === 'ready'),
    patience,
  );

const allScored = (prefix: string) =>
  cloud.until(
    prefix,
    (all) => all.length === count && all.every(({ state }) => state === 'scored'),
    patience,
  );
const scoresBy = (all: readonly Outcome[]) =>
  new Map(all.map(({ key, scores }) => [key.slice(key.indexOf('/') + 1), scores]));

async function jobs(program: string, ...statuses: string[]): Promise<{ jobId: string; pid?: number }[]> {
  const found: { jobId: string }[] = [];
  for (const jobQueue of ['cpu', 'gpu'] as const)
    for (const jobStatus of statuses) {
      const { jobSummaryList } = await cloud.target.batch.send(
        new ListJobsCommand({
          jobQueue: cloud.target.names.jobQueue(jobQueue),
          jobStatus: jobStatus as 'RUNNING',
        }),
      );
      for (const { jobName, jobId } of jobSummaryList ?? [])
        if (jobName!.startsWith(`systole-${program}-`)) found.push({ jobId: jobId! });
    }
  return found;
}

/** Process ids of this cloud's running jobs of a program; others on the machine have another endpoint. */
async function processes(program: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const words = async (file: string) =>
      (await readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')).split('\0');
    if (!(await words('cmdline')).some((word) => word.endsWith(`/${program}.mjs`))) continue;
    if ((await words('environ')).includes(`AWS_ENDPOINT_URL=${cloud.embedded.cloud.endpoint.url}`))
      found.push(Number(name));
  }
  return found;
}

describe('what the edge leaves', () => {
  it('goes through Batch with the same predictions, also where a job is killed in the middle', async () => {
    cloud = await TestCloud.open();
    await uploadRecords('edge/');
    const edge = await allScored('edge/');
    const { folder } = cloud;
    await cloud.embedded.close();
    cloud = await TestCloud.open({ functions: withoutEdge });
    await rm(folder, { recursive: true, force: true });

    await uploadRecords('batch/');
    await allReady('batch/', count);
    await leftByTheEdge();
    const killed = await cloud.eventually(async () => {
      const [pid] = await processes('preprocess');
      if (pid === undefined) return undefined;
      try {
        process.kill(pid, 'SIGKILL');
        return pid;
      } catch {
        return undefined;
      }
    }, patience);
    expect(killed).toBeGreaterThan(0);
    const batch = await allScored('batch/');
    const expected = scoresBy(edge);
    for (const [key, scores] of scoresBy(batch)) {
      for (const [label, probability] of Object.entries(scores))
        expect(Math.abs(probability - expected.get(key)![label]!), `${key} ${label}`).toBeLessThan(1e-5);
    }
    const lanes = await cloud.query<{ lane: string }>('select distinct lane from catalog.recordings');
    expect(lanes).toEqual([{ lane: 'batch' }]);
    const [rows] = await cloud.query<{ count: number }>('select count(*) from ecg.predictions');
    expect(rows!.count).toBe(count * Object.keys(batch[0]!.scores).length);
    expect(await cloud.results('pages/')).toEqual(batch.map(({ id }) => pageKey(id!)).sort());
    const attempts = await cloud.target.batch.send(
      new DescribeJobsCommand({ jobs: (await jobs('preprocess', 'SUCCEEDED')).map(({ jobId }) => jobId) }),
    );
    expect(attempts.jobs!.flatMap((job) => job.attempts ?? []).length).toBeGreaterThan(attempts.jobs!.length);
  });

  it('is packed into array jobs whose children follow one another', async () => {
    cloud = await TestCloud.open({ functions: withoutEdge });
    await uploadRecords('array/');
    await allReady('array/', count);
    // Enough rows of no account for more than one child: they are taken over by nobody and simply rejected.
    await cloud.query(
      `insert into catalog.recordings (id, modality, format, object_id, signal_ids, facts, state, ready_at)
       select gen_random_uuid(), 'ecg', 'wfdb', r.object_id, array[o.id, n], '{}', 'ready', now() - interval '1 day'
       from (select object_id from catalog.recordings limit 1) r,
            (select id from catalog.objects where key like '%.dat' limit 1) o, generate_series(1, 2400) n`,
    );
    await cloud.eventually(async () => {
      const [parent] = await jobs('infer', 'PENDING', 'RUNNABLE', 'RUNNING', 'SUCCEEDED');
      return parent;
    }, patience);
    const [infer] = await jobs('infer', 'PENDING', 'RUNNABLE', 'RUNNING', 'SUCCEEDED');
    const [preprocess] = await jobs('preprocess', 'PENDING', 'RUNNABLE', 'RUNNING', 'SUCCEEDED');
    const { jobs: described } = await cloud.target.batch.send(
      new DescribeJobsCommand({ jobs: [infer!.jobId, preprocess!.jobId] }),
    );
    const parent = described!.find(({ jobId }) => jobId === infer!.jobId)!;
    expect(parent.arrayProperties?.size).toBe(2);
    expect(parent.dependsOn).toEqual([{ jobId: preprocess!.jobId, type: 'N_TO_N' }]);
  });

  it('is given up as failed after three runs, with a note', async () => {
    cloud = await TestCloud.open({ functions: withoutEdge });
    for (const [name, body] of generatedRecord('r', 1)) await cloud.put(`doomed/${name}`, body);
    await allReady('doomed/', 1);
    await leftByTheEdge();
    const ended = cloud.until('doomed/', (all) => all[0]!.state === 'failed', patience);
    let terminated = 0;
    const stop = new Set<string>();
    for (;;) {
      const outcome = await Promise.race([ended, sleep(100)]);
      if (outcome !== undefined) break;
      for (const { jobId } of await jobs(
        'preprocess',
        'SUBMITTED',
        'PENDING',
        'RUNNABLE',
        'STARTING',
        'RUNNING',
      )) {
        if (stop.has(jobId)) continue;
        stop.add(jobId);
        await cloud.target.batch.send(new TerminateJobCommand({ jobId, reason: 'for a test' }));
        terminated += 1;
      }
    }
    const [outcome] = await ended;
    expect(outcome).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
    expect(terminated).toBe(maxRuns);
    const [note] = await cloud.eventually(async () => {
      const keys = await cloud.results('notes/doomed/');
      return keys.length > 0 ? keys : undefined;
    }, patience);
    expect(await cloud.resultText(note!)).toContain('attempts_exhausted');
  });

  it('scores the rest when a file is gone', async () => {
    cloud = await TestCloud.open({ functions: withoutEdge });
    await uploadRecords('gone/');
    await allReady('gone/', count);
    const [lost] = await cloud.query<{ key: string; version: string }>(
      `select key, version_id as version from catalog.objects where key like 'gone/%.dat' order by key limit 1`,
    );
    await cloud.target.s3.send(
      new DeleteObjectCommand({
        Bucket: cloud.target.names.bucket('uploads'),
        Key: lost!.key,
        VersionId: lost!.version,
      }),
    );
    await leftByTheEdge();
    const all = await cloud.until(
      'gone/',
      (now) => now.every(({ state }) => state === 'scored' || state === 'rejected'),
      patience,
    );
    expect(all.filter(({ state }) => state === 'scored')).toHaveLength(count - 1);
    expect(all.find(({ state }) => state === 'rejected')).toMatchObject({
      key: lost!.key.replace('.dat', '.hea'),
      reason: 'object_absent',
    });
  });
});

describe('a recording that fails for a reason outside its file', () => {
  it('stops no other of its job, and is given up after three runs', async () => {
    cloud = await TestCloud.open({ functions: withoutEdge });
    await uploadRecords('mixed/');
    await allReady('mixed/', count);
    // A bucket that the job may not read uploads from.
    await cloud.query(`update catalog.objects set bucket = :bucket where key = 'mixed/r3.hea'`, {
      bucket: cloud.target.names.bucket('models'),
    });
    await leftByTheEdge();
    const all = await cloud.until(
      'mixed/',
      (now) => now.every(({ state }) => state === 'scored' || state === 'failed'),
      patience,
    );
    expect(all.filter(({ state }) => state === 'scored')).toHaveLength(count - 1);
    expect(all.find(({ state }) => state === 'failed')).toMatchObject({
      key: 'mixed/r3.hea',
      reason: 'attempts_exhausted',
    });
    const runs = await cloud.query<{ recordings: number }>(
      'select recordings from catalog.runs order by created_at',
    );
    expect(runs.map(({ recordings }) => recordings)).toEqual([count, 1, 1]);
  });
});

describe('a training', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'systole-training-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('goes from an uploaded experiment to a model that scores what comes next', async () => {
    cloud = await TestCloud.open();
    const set = smallSet(24, 200, 1);
    for (const [name, bytes] of set.files) await cloud.put(`made/${name}`, bytes);
    const experiment = smallExperiment({ epochs: '2' })
      .replace('prefix: made', 'prefix: made')
      .replace(
        '{ step: scale, method: standard }',
        '{ step: scale, method: standard }, { step: resample, rate: 100 }',
      );
    await cloud.put('experiments/small.yml', experiment);
    const run = await cloud.eventually(async () => {
      const now = await trainingRun(cloud.target.database, 'experiments/small.yml');
      return now !== undefined && ('refusal' in now || now.state === 'finished' || now.state === 'failed')
        ? now
        : undefined;
    }, patience);
    expect(run).toMatchObject({ name: 'small', state: 'finished', epoch: 2, reason: null });
    const trained = (await listModels(cloud.target.database)).find(({ name }) => name === 'small')!;
    expect(trained).toMatchObject({ task: 'ecg', promotedAt: null, ensemble: 1 });
    const metrics = await cloud.query<{ epoch: number }>(
      `select distinct epoch from registry.metrics order by epoch`,
    );
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2]);

    process.env.SYSTOLE_HOME = cloud.folder;
    try {
      const { out } = await spoken(() =>
        models.run(['promote', 'small', trained.version, '--json'], new AbortController().signal),
      );
      const listed = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string; inForce: boolean });
      expect(listed.find(({ inForce }) => inForce)!.name).toBe('small');
    } finally {
      delete process.env.SYSTOLE_HOME;
    }
    // The edge looks for another model twice a minute.
    await sleep(31_000);
    for (const [name, body] of generatedRecord('r', 2)) await cloud.put(`after/${name}`, body);
    const [outcome] = await cloud.until(
      'after/',
      (all) => all.some(({ state }) => state === 'scored'),
      patience,
    );
    expect(outcome!.model).toBe(`small ${trained.version}`);
    expect(Object.keys(outcome!.scores).sort()).toEqual(['A', 'B']);
  });

  it('is refused, with the key named, when its experiment has a wrong one', async () => {
    cloud = await TestCloud.open();
    await cloud.put('experiments/wrong.yml', smallExperiment().replace('batch: 16', 'batch: 16\nbatches: 2'));
    const refused = await cloud.outcomeOf('experiments/wrong.yml', 'rejected');
    expect(refused).toMatchObject({ reason: 'experiment_invalid' });
    expect(refused.detail).toContain('batches');
    expect(await trainingRun(cloud.target.database, 'experiments/wrong.yml')).toEqual({
      refusal: expect.stringContaining('batches'),
    });
    expect(await cloud.query('select 1 from registry.runs')).toEqual([]);
  });

  it('fails, with the reason, when its labels are not there', async () => {
    cloud = await TestCloud.open();
    await cloud.put('experiments/empty.yml', smallExperiment());
    const run = await cloud.eventually(async () => {
      const now = await trainingRun(cloud.target.database, 'experiments/empty.yml');
      return now !== undefined && 'state' in now && now.state === 'failed' ? now : undefined;
    }, patience);
    expect(run).toMatchObject({ reason: 'labels_invalid' });
  });
});
