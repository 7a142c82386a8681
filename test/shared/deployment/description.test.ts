import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localNames } from '../../../local/names.ts';
import { root } from '../../../shared/deployment/bundle.ts';
import {
  type BucketName,
  buckets,
  environmentOf,
  exitStatus,
  functions,
  grants,
  type Principal,
  programs,
  queues,
  retryRules,
} from '../../../shared/deployment/description.ts';
import { jobName, parseJobName } from '../../../shared/deployment/job-name.ts';

const principals = Object.keys(grants) as Principal[];

describe('the description of the deployment', () => {
  it('grants rights to every function and program, and to nobody else, on things that there are', () => {
    expect([...principals].sort()).toEqual(
      [...Object.keys(functions), ...Object.keys(programs).map((name) => `job-${name}`)].sort(),
    );
    for (const grant of Object.values(grants).flat()) {
      expect(grant.actions.length).toBeGreaterThan(0);
      if ('bucket' in grant) expect(Object.keys(buckets)).toContain(grant.bucket);
      if ('queue' in grant) expect(Object.keys(queues)).toContain(grant.queue);
      if ('programs' in grant)
        for (const program of grant.programs) expect(Object.keys(programs)).toContain(program);
    }
  });

  it('names entries that there are', () => {
    for (const { entry } of [...Object.values(functions), ...Object.values(programs)])
      expect(existsSync(join(root, entry)), entry).toBe(true);
  });

  it('gives every queue a reader, a message time for its reader to fail, and uploads an ingest', () => {
    const sources = Object.values(functions).flatMap(({ sources: of, timeout }) =>
      of.map((source) => ({ ...source, timeout })),
    );
    expect(sources.map(({ queue }) => queue).sort()).toEqual(Object.keys(queues).sort());
    for (const { queue, timeout, batchSize, window } of sources) {
      // AWS asks for six times the function's timeout.
      expect(queues[queue].visibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
      if (batchSize > 10) expect(window).toBeGreaterThanOrEqual(1);
    }
    expect(buckets.uploads.eventsTo).toBe('ingest');
    const writers = principals.filter((principal) =>
      grants[principal].some(
        (grant) => 'bucket' in grant && grant.bucket === 'uploads' && grant.actions.includes('s3:PutObject'),
      ),
    );
    expect(writers, 'nobody of Systole writes uploads').toEqual([]);
  });

  it('tries a failed job again unless its input is bad', () => {
    expect(retryRules).toContainEqual({ onExitCode: String(exitStatus.badInput), action: 'EXIT' });
    const exit = retryRules.findIndex(({ action }) => action === 'EXIT');
    const any = retryRules.findIndex((rule) => 'onExitCode' in rule && rule.onExitCode === '*');
    expect(exit).toBeLessThan(any);
  });
});

describe('environmentOf', () => {
  const names = localNames('http://127.0.0.1:1');

  it.each(principals)('tells %s of what it may touch, and of nothing else', (principal) => {
    const variables = environmentOf(principal, names);
    const told = Object.keys(variables)
      .filter((name) => name.startsWith('SYSTOLE_BUCKET_'))
      .map((name) => name.slice('SYSTOLE_BUCKET_'.length).toLowerCase() as BucketName);
    const granted = grants[principal].flatMap((grant) => ('bucket' in grant ? [grant.bucket] : []));
    expect(told.sort()).toEqual([...new Set(granted)].sort());
    for (const value of Object.values(variables)) expect(value).not.toBe('');
  });
});

describe('jobName', () => {
  it('carries program and run, and is told from the names of others', () => {
    const run = '6f1c0a52-0000-4000-8000-00000000000a';
    expect(parseJobName(jobName('infer', run))).toEqual({ program: 'infer', runId: run });
    for (const other of ['', 'infer', `systole-sweep-${run}`, `systole-infer-${run}x`, 'systole-infer-1'])
      expect(parseJobName(other)).toBeUndefined();
  });
});
