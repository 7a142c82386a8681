/**
 * The one description of what Systole consists of: buckets, queues, functions, programs and who may do what. The CDK
 * stacks and the embedded cloud are both made from it, so that they cannot drift apart. It holds no AWS SDK and no
 * CDK types; sizes are in MiB, times in seconds.
 */

export type BucketName = 'uploads' | 'results' | 'work' | 'models';
export type QueueName = 'ingest' | 'score' | 'wake';
export type FunctionName = 'ingest' | 'dispatch' | 'track' | 'score' | 'migrate';
export type ProgramName = 'preprocess' | 'import' | 'infer' | 'train' | 'evaluate';
export type JobQueueName = 'cpu' | 'gpu';
export type Principal = FunctionName | `job-${ProgramName}`;

export interface BucketDescription {
  /** What a reader of the console should know. */
  readonly purpose: string;
  /** Queue that receives s3:ObjectCreated:* events. */
  readonly eventsTo?: QueueName;
  /** Days after which current objects are removed; absent: kept. */
  readonly expireAfterDays?: number;
  /** Current objects move to colder storage classes as they age. */
  readonly archive?: boolean;
}

export interface QueueDescription {
  readonly visibilityTimeout: number;
  /** Deliveries after which a message goes to the queue's dead-letter queue (`<name>-dead`). */
  readonly maxReceiveCount: number;
  readonly retentionDays: number;
}

export interface QueueSource {
  readonly queue: QueueName;
  /** Messages an invocation takes at most; above 10 AWS demands a window of at least one second. */
  readonly batchSize: number;
  readonly window: number;
  readonly maxConcurrency: number;
}

export interface FunctionDescription {
  readonly entry: string;
  readonly memory: number;
  readonly timeout: number;
  readonly sources: readonly QueueSource[];
  /** Period in seconds of a schedule that invokes it. */
  readonly every?: number;
  /** Receives AWS Batch "Job State Change" events of EventBridge. */
  readonly jobStateChanges?: boolean;
  /** Packages that cannot be bundled and are laid beside the bundle. */
  readonly external: readonly string[];
  /** Lambda's processor: arm64 costs a fifth less, and ONNX Runtime fails to find its cores there. */
  readonly architecture: 'arm64' | 'x64';
  /** Folders of the checkout that lie in the package. */
  readonly carries?: readonly string[];
  /** Concurrent executions set aside, which also caps them and so protects the database. */
  readonly reservedConcurrency?: number;
}

export interface ProgramDescription {
  readonly entry: string;
  readonly jobQueue: JobQueueName;
  readonly vcpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly timeout: number;
  readonly attempts: number;
  /** Share of its queue's instances, relative to the other programs of that queue. */
  readonly share: number;
  readonly external: readonly string[];
}

/** One permission: the actions that a principal may use on one resource. */
export type Grant =
  | { readonly actions: readonly S3Action[]; readonly bucket: BucketName; readonly prefix: string }
  | { readonly actions: readonly SqsAction[]; readonly queue: QueueName }
  | { readonly actions: readonly DataAction[]; readonly database: true }
  | { readonly actions: readonly BatchAction[]; readonly programs: readonly ProgramName[] };

export type S3Action =
  | 's3:GetObject'
  | 's3:GetObjectVersion'
  | 's3:PutObject'
  | 's3:ListBucket'
  | 's3:AbortMultipartUpload';
export type SqsAction = 'sqs:SendMessage';
export type DataAction =
  | 'rds-data:ExecuteStatement'
  | 'rds-data:BatchExecuteStatement'
  | 'rds-data:BeginTransaction'
  | 'rds-data:CommitTransaction'
  | 'rds-data:RollbackTransaction';
export type BatchAction = 'batch:SubmitJob' | 'batch:TagResource' | 'batch:DescribeJobs';

export const databaseName = 'systole';

export const buckets: Record<BucketName, BucketDescription> = {
  uploads: { purpose: 'What users drop: recordings, labels, experiments', eventsTo: 'ingest', archive: true },
  results: { purpose: 'Pages, notes and pictures of results' },
  work: { purpose: 'Manifests, preprocessed tensors and checkpoints', expireAfterDays: 30 },
  models: { purpose: 'Trained models with their cards' },
};

export const queues: Record<QueueName, QueueDescription> = {
  ingest: { visibilityTimeout: 360, maxReceiveCount: 5, retentionDays: 14 },
  score: { visibilityTimeout: 360, maxReceiveCount: 5, retentionDays: 14 },
  wake: { visibilityTimeout: 360, maxReceiveCount: 5, retentionDays: 1 },
};

export const functions: Record<FunctionName, FunctionDescription> = {
  ingest: {
    entry: 'lambdas/ingest/handler.ts',
    memory: 512,
    timeout: 60,
    sources: [{ queue: 'ingest', batchSize: 10, window: 0, maxConcurrency: 10 }],
    external: [],
    architecture: 'arm64',
    reservedConcurrency: 10,
  },
  score: {
    entry: 'lambdas/score/handler.ts',
    memory: 1769,
    timeout: 60,
    sources: [{ queue: 'score', batchSize: 4, window: 0, maxConcurrency: 20 }],
    external: ['onnxruntime-node', 'onnxruntime-web'],
    architecture: 'x64',
    reservedConcurrency: 20,
  },
  dispatch: {
    entry: 'lambdas/dispatch/handler.ts',
    memory: 512,
    timeout: 60,
    sources: [{ queue: 'wake', batchSize: 10, window: 0, maxConcurrency: 2 }],
    // Only the safety net: ingest and track call it when there is work, and each call wakes a paused database.
    every: 21_600,
    external: [],
    architecture: 'arm64',
    reservedConcurrency: 3,
  },
  track: {
    entry: 'lambdas/track/handler.ts',
    memory: 512,
    timeout: 60,
    sources: [],
    jobStateChanges: true,
    external: [],
    architecture: 'arm64',
    reservedConcurrency: 5,
  },
  migrate: {
    entry: 'lambdas/migrate/handler.ts',
    memory: 512,
    timeout: 300,
    sources: [],
    external: [],
    architecture: 'arm64',
    carries: ['models'],
    reservedConcurrency: 1,
  },
};

export const programs: Record<ProgramName, ProgramDescription> = {
  preprocess: {
    entry: 'batch-jobs/preprocess/main.ts',
    jobQueue: 'cpu',
    vcpu: 2,
    memory: 4096,
    gpu: 0,
    timeout: 3600,
    attempts: 5,
    share: 1,
    external: [],
  },
  // A table of a million rows needs more than a function's time: it is written at some ten thousand rows a second.
  import: {
    entry: 'batch-jobs/import/main.ts',
    jobQueue: 'cpu',
    vcpu: 1,
    memory: 2048,
    gpu: 0,
    timeout: 10_800,
    attempts: 5,
    share: 1,
    external: [],
  },
  infer: {
    entry: 'batch-jobs/infer/main.ts',
    jobQueue: 'gpu',
    vcpu: 4,
    memory: 14336,
    gpu: 1,
    timeout: 3600,
    attempts: 5,
    share: 4,
    external: ['onnxruntime-node', 'onnxruntime-web'],
  },
  train: {
    entry: 'batch-jobs/train/main.ts',
    jobQueue: 'gpu',
    vcpu: 4,
    memory: 14336,
    gpu: 1,
    timeout: 86_400,
    attempts: 10,
    share: 1,
    external: ['onnxruntime-node', 'onnxruntime-web'],
  },
  evaluate: {
    entry: 'batch-jobs/evaluate/main.ts',
    jobQueue: 'cpu',
    vcpu: 2,
    memory: 4096,
    gpu: 0,
    timeout: 3600,
    attempts: 3,
    share: 1,
    external: [],
  },
};

/** Exit statuses of a job program: done, try again, bad input (do not try again). */
export const exitStatus = { done: 0, again: 1, badInput: 65 } as const;

/**
 * Batch's retry rules, first match wins: a reclaimed spot host and an image that could not be pulled are tried again,
 * bad input is not, anything else is until the attempts are used up.
 */
export const retryRules = [
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onReason: 'CannotPullContainerError:*', action: 'RETRY' },
  { onExitCode: String(exitStatus.badInput), action: 'EXIT' },
  { onExitCode: '*', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
] as const;

const read: readonly S3Action[] = ['s3:GetObject', 's3:GetObjectVersion'];
/** Who may list is told that an object is absent (404); who may not, that it is forbidden to ask (403). */
const list: readonly S3Action[] = ['s3:ListBucket'];
const write: readonly S3Action[] = ['s3:PutObject', 's3:AbortMultipartUpload'];
const data: readonly DataAction[] = [
  'rds-data:ExecuteStatement',
  'rds-data:BatchExecuteStatement',
  'rds-data:BeginTransaction',
  'rds-data:CommitTransaction',
  'rds-data:RollbackTransaction',
];
const database: Grant = { actions: data, database: true };

/** Least privilege, by action and resource. A job sees its own prefixes of the work bucket only. */
export const grants: Record<Principal, readonly Grant[]> = {
  ingest: [
    { actions: [...read, ...list], bucket: 'uploads', prefix: '' },
    { actions: write, bucket: 'results', prefix: 'notes/' },
    { actions: ['sqs:SendMessage'], queue: 'score' },
    { actions: ['sqs:SendMessage'], queue: 'wake' },
    database,
  ],
  score: [
    { actions: [...read, ...list], bucket: 'uploads', prefix: '' },
    { actions: read, bucket: 'models', prefix: '' },
    { actions: write, bucket: 'results', prefix: 'notes/' },
    { actions: write, bucket: 'results', prefix: 'pages/' },
    database,
  ],
  dispatch: [
    { actions: write, bucket: 'work', prefix: 'manifests/' },
    { actions: write, bucket: 'results', prefix: 'notes/' },
    {
      actions: ['batch:SubmitJob', 'batch:TagResource', 'batch:DescribeJobs'],
      programs: ['preprocess', 'import', 'infer', 'train', 'evaluate'],
    },
    // To look again at evaluations whose recordings are on their way.
    { actions: ['sqs:SendMessage'], queue: 'wake' },
    database,
  ],
  track: [{ actions: ['sqs:SendMessage'], queue: 'wake' }, database],
  migrate: [{ actions: [...read, ...write, 's3:ListBucket'], bucket: 'models', prefix: '' }, database],
  'job-preprocess': [
    { actions: [...read, ...list], bucket: 'uploads', prefix: '' },
    { actions: read, bucket: 'work', prefix: 'manifests/' },
    { actions: [...read, ...write], bucket: 'work', prefix: 'tensors/' },
    { actions: list, bucket: 'work', prefix: '' },
    { actions: write, bucket: 'results', prefix: 'pages/' },
    { actions: write, bucket: 'results', prefix: 'notes/' },
    database,
  ],
  'job-import': [
    { actions: [...read, ...list], bucket: 'uploads', prefix: '' },
    { actions: read, bucket: 'work', prefix: 'manifests/' },
    { actions: write, bucket: 'results', prefix: 'notes/' },
    database,
  ],
  'job-infer': [
    { actions: [...read, ...list], bucket: 'uploads', prefix: '' },
    { actions: read, bucket: 'work', prefix: 'manifests/' },
    { actions: read, bucket: 'work', prefix: 'tensors/' },
    { actions: read, bucket: 'models', prefix: '' },
    { actions: write, bucket: 'results', prefix: 'notes/' },
    { actions: write, bucket: 'results', prefix: 'pages/' },
    { actions: write, bucket: 'results', prefix: 'masks/' },
    { actions: write, bucket: 'results', prefix: 'pictures/' },
    database,
  ],
  'job-train': [
    { actions: [...read, ...list], bucket: 'uploads', prefix: '' },
    { actions: read, bucket: 'work', prefix: 'manifests/' },
    { actions: [...read, ...write], bucket: 'work', prefix: 'checkpoints/' },
    { actions: list, bucket: 'work', prefix: '' },
    { actions: [...read, ...write], bucket: 'models', prefix: '' },
    { actions: write, bucket: 'results', prefix: 'runs/' },
    database,
  ],
  'job-evaluate': [
    { actions: read, bucket: 'work', prefix: 'manifests/' },
    { actions: write, bucket: 'results', prefix: 'evaluations/' },
    { actions: read, bucket: 'results', prefix: 'masks/' },
    { actions: [...read, ...write], bucket: 'results', prefix: 'ground-truths/' },
    database,
  ],
};

/** Where one deployment's resources are: real names and ARNs, of AWS or of the embedded cloud. */
export interface Names {
  /** Name of the deployment, which its metrics carry. */
  readonly stage: string;
  readonly bucket: (name: BucketName) => string;
  readonly queueUrl: (name: QueueName) => string;
  readonly jobQueue: (name: JobQueueName) => string;
  readonly jobDefinition: (name: ProgramName) => string;
  readonly clusterArn: string;
  readonly secretArn: string;
}

/**
 * The environment variables of a function or job, made from the same grants that give it its rights: it is told of
 * exactly what it may touch. `shared/deployment/environment.ts` reads them back.
 */
export function environmentOf(principal: Principal, names: Names): Record<string, string> {
  const variables: Record<string, string> = { SYSTOLE_STAGE: names.stage };
  for (const grant of grants[principal]) {
    if ('bucket' in grant)
      variables[`SYSTOLE_BUCKET_${grant.bucket.toUpperCase()}`] = names.bucket(grant.bucket);
    else if ('queue' in grant)
      variables[`SYSTOLE_QUEUE_${grant.queue.toUpperCase()}`] = names.queueUrl(grant.queue);
    else if ('programs' in grant) {
      for (const program of grant.programs) {
        const { jobQueue } = programs[program];
        variables[`SYSTOLE_JOB_QUEUE_${jobQueue.toUpperCase()}`] = names.jobQueue(jobQueue);
        variables[`SYSTOLE_JOB_DEFINITION_${program.toUpperCase()}`] = names.jobDefinition(program);
      }
    } else {
      variables.SYSTOLE_DATABASE = databaseName;
      variables.SYSTOLE_CLUSTER_ARN = names.clusterArn;
      variables.SYSTOLE_SECRET_ARN = names.secretArn;
    }
  }
  return variables;
}
