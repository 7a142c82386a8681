import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { root } from '../../shared/deployment/bundle.ts';
import {
  type BucketName,
  environmentOf,
  functions,
  type Grant,
  grants,
  type Principal,
  programs,
} from '../../shared/deployment/description.ts';

/** Actions that IAM asks for a call of an SDK client. */
const actionsOfCommand: Readonly<Record<string, readonly string[]>> = {
  SendMessageCommand: ['sqs:SendMessage'],
  SendMessageBatchCommand: ['sqs:SendMessage'],
  SubmitJobCommand: ['batch:SubmitJob', 'batch:TagResource'],
  DescribeJobsCommand: ['batch:DescribeJobs'],
  ExecuteStatementCommand: ['rds-data:ExecuteStatement'],
  BatchExecuteStatementCommand: ['rds-data:BatchExecuteStatement'],
  BeginTransactionCommand: ['rds-data:BeginTransaction'],
  CommitTransactionCommand: ['rds-data:CommitTransaction'],
  RollbackTransactionCommand: ['rds-data:RollbackTransaction'],
};

/** Actions that IAM asks for a method of shared/storage/objects.ts, the one place that calls S3. */
const actionsOfMethod: Readonly<Record<string, readonly string[]>> = {
  range: ['s3:GetObject', 's3:GetObjectVersion'],
  bytes: ['s3:GetObject', 's3:GetObjectVersion'],
  text: ['s3:GetObject', 's3:GetObjectVersion'],
  size: ['s3:GetObject', 's3:GetObjectVersion'],
  put: ['s3:PutObject'],
  putFile: ['s3:PutObject'],
};

/** Variables that the runtimes set: Lambda, AWS Batch, and the submission of a job. */
const setByRuntime = [
  'SYSTOLE_MANIFEST',
  'AWS_BATCH_JOB_ARRAY_INDEX',
  'LAMBDA_TASK_ROOT',
  'SYSTOLE_GPU',
  // Set by the training program for the processes that it starts.
  'SYSTOLE_TRAIN_RUNS',
];

interface Used {
  readonly actions: ReadonlySet<string>;
  readonly buckets: ReadonlySet<BucketName>;
  readonly variables: ReadonlySet<string>;
}

/** Our own code in an entry's bundle, without what the bundler found unused. */
async function codeOf(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}/${entry}`],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    loader: { '.wasm': 'empty' },
    treeShaking: true,
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}

function usedIn(code: string): Used {
  // S3 by the methods that are called, since a class is bundled whole.
  const outside = code.replace(/var Objects = class \{[\s\S]*?\n\};/, '');
  const actions = new Set<string>();
  for (const [, command] of outside.matchAll(/new (\w+Command)\(/g)) {
    const known = actionsOfCommand[command!];
    if (known === undefined) throw new Error(`${command} is in no table of this test`);
    for (const action of known) actions.add(action);
  }
  for (const [, method] of outside.matchAll(/\bobjects\d*\.(\w+)\(/g))
    for (const action of actionsOfMethod[method!] ?? []) actions.add(action);
  const matches = (pattern: RegExp) => new Set([...outside.matchAll(pattern)].map((match) => match[1]!));
  const variables = matches(/process\.env\.(\w+)/g);
  for (const [, kind, name] of outside.matchAll(
    /environment\.(bucket|queueUrl|jobQueue|jobDefinition)\("(\w+)"\)/g,
  ))
    variables.add(`SYSTOLE_${prefixes[kind as keyof typeof prefixes]}_${name!.toUpperCase()}`);
  return {
    actions,
    buckets: matches(/environment\.bucket\("(\w+)"\)/g) as Set<BucketName>,
    variables,
  };
}

const prefixes = {
  bucket: 'BUCKET',
  queueUrl: 'QUEUE',
  jobQueue: 'JOB_QUEUE',
  jobDefinition: 'JOB_DEFINITION',
};

/** What of it the grants do not cover. */
function missing(used: Used, given: readonly Grant[], variables: readonly string[]): string[] {
  const actions = new Set<string>(given.flatMap((grant) => grant.actions));
  const buckets = new Set(given.flatMap((grant) => ('bucket' in grant ? [grant.bucket] : [])));
  return [
    ...[...used.actions].filter((action) => !actions.has(action)),
    ...[...used.buckets].filter((bucket) => !buckets.has(bucket)),
    ...[...used.variables].filter((name) => !variables.includes(name) && !setByRuntime.includes(name)),
  ];
}

const entries: readonly (readonly [Principal, string])[] = [
  ...Object.entries(functions).map(([name, { entry }]) => [name as Principal, entry] as const),
  ...Object.entries(programs).map(([name, { entry }]) => [`job-${name}` as Principal, entry] as const),
];

const variablesOf = (principal: Principal): string[] =>
  Object.keys(
    environmentOf(principal, {
      stage: '-',
      bucket: () => '-',
      queueUrl: () => '-',
      jobQueue: () => '-',
      jobDefinition: () => '-',
      clusterArn: '-',
      secretArn: '-',
    }),
  );

describe('every call, bucket, queue and variable in a bundle is granted and set', () => {
  it.each(entries)('%s', async (principal, entry) => {
    const used = usedIn(await codeOf(entry));
    // A scan that finds nothing proves nothing: every principal at least asks the database.
    expect(used.actions).toContain('rds-data:ExecuteStatement');
    expect(missing(used, grants[principal], variablesOf(principal))).toEqual([]);
  });

  it.each(entries)(
    '%s is granted no action on S3, SQS or Batch that it does not use',
    async (principal, entry) => {
      const { actions } = usedIn(await codeOf(entry));
      // S3 demands these beside those of the calls: for a HEAD of what is not there, and to end a failed upload.
      const implied = ['s3:ListBucket', 's3:AbortMultipartUpload'];
      const granted = grants[principal].flatMap((grant) => ('database' in grant ? [] : grant.actions));
      expect(granted.filter((action) => !actions.has(action) && !implied.includes(action))).toEqual([]);
    },
  );

  it('a call that is not granted is found', () => {
    const code = `queue.send(new SendMessageCommand({ QueueUrl: environment.queueUrl("score") }));
      objects2.put({ bucket: environment.bucket("work"), key });
      process.env.SYSTOLE_NEW;`;
    expect(missing(usedIn(code), grants.migrate, variablesOf('migrate'))).toEqual([
      'sqs:SendMessage',
      'work',
      'SYSTOLE_NEW',
      'SYSTOLE_QUEUE_SCORE',
      'SYSTOLE_BUCKET_WORK',
    ]);
    expect(() => usedIn('client.send(new DeleteObjectCommand({}))')).toThrow('DeleteObjectCommand');
  });
});
