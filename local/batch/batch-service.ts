import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Access } from '../access.ts';
import { Journal } from '../journal.ts';
import { killLeftover } from '../process-identity.ts';
import { type CloudEvent, cloudEvent } from '../pump/cloud-event.ts';
import { handleBatchRequest } from './batch-protocol.ts';
import { Dependencies } from './dependencies.ts';
import { Job, type JobAttempt, type JobSpecification, type JobState, type StatusChange } from './job.ts';
import { jobDefinitionSchema } from './job-definition.ts';
import {
  batchArn,
  commandOf,
  describeJob,
  hostName,
  type JobDescription,
  logStreamOf,
} from './job-description.ts';
import { JobProcess, type ProgramExit } from './job-process.ts';
import { isRetried } from './retry-rules.ts';
import { RunnableJobs } from './runnable-jobs.ts';
import { clientError, nameOf, parseSubmission } from './submission.ts';

/** How long AWS Batch keeps what it knows of a finished job. */
const retention = 7 * 86_400_000;
const sweepPeriod = 600_000;
/** Milliseconds that programs get to stop when the service is closed. */
const closeGrace = 5000;
const hostLost = `Host EC2 (instance ${hostName}) terminated.`;
const dependencyFailed = 'Dependent Job failed';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);
const optionsSchema = z.strictObject({
  /** Folder for the journal; made when it is not there. */
  root: z.string().min(1),
  /** Folder for one log file a job. */
  logs: z.string().min(1),
  region: z.string().min(1),
  account: z.string().regex(/^\d{12}$/),
  /** Where the AWS SDK in the programs finds the embedded services. */
  endpoint: z.url(),
  jobQueues: z.record(name, z.strictObject({ priority: z.number().int().min(0).default(1) })),
  jobDefinitions: z.record(name, jobDefinitionSchema),
  /** Attempts at once. */
  concurrency: z.number().int().min(1).default(availableParallelism),
  /** Seconds between SIGTERM and SIGKILL for a job that is terminated or has timed out. */
  stopGrace: z.number().positive().default(30),
  /** Accepts a "Batch Job State Change" event; resolves when it is durable. */
  stateChanged: z.custom<(event: CloudEvent<JobDescription>) => Promise<void>>(),
  access: z.custom<Access>().optional(),
  /** Path of tether.mjs, where this module is bundled away from it. */
  tether: z.string().default(() => fileURLToPath(new URL('./tether.mjs', import.meta.url))),
});

export type BatchServiceOptions = z.input<typeof optionsSchema>;
type CheckedOptions = z.output<typeof optionsSchema>;

/** `state` says the whole state, so that replaying one twice changes nothing. */
type Entry =
  | { readonly o: 'submit'; readonly s: JobSpecification }
  | {
      readonly o: 'state';
      readonly id: string;
      readonly s: JobState;
      /** Changes of status made so far, and those to be told. */
      readonly n: number;
      readonly c: readonly StatusChange[];
    }
  | { readonly o: 'told'; readonly id: string; readonly n: number }
  | { readonly o: 'forget'; readonly id: string };

/**
 * The embedded AWS Batch: job queues, job definitions, array jobs, dependencies, retries and timeouts. Programs run on
 * this machine, so many at once as `concurrency` says. All state is in one journal: after kill -9, an attempt that ran
 * counts as lost with its host, and the retry rules say what follows. Every change of status is told at least once,
 * in no particular order.
 */
export class BatchService {
  readonly options: CheckedOptions;
  readonly #journal: Journal<Entry>;
  /** Plain and array jobs, in the order of submission. */
  readonly #jobs: Map<string, Job>;
  readonly #dependencies = new Dependencies((id) => this.job(id));
  readonly #runnable: RunnableJobs;
  readonly #running = new Map<Job, JobProcess>();
  readonly #telling = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #started = false;
  #sweep: NodeJS.Timeout | undefined;
  #compacting = false;
  /** Jobs and children that are known. */
  #size = 0;

  private constructor(options: CheckedOptions, journal: Journal<Entry>, jobs: Map<string, Job>) {
    this.options = options;
    this.#journal = journal;
    this.#jobs = jobs;
    this.#runnable = new RunnableJobs(options.jobQueues);
    for (const job of jobs.values()) this.#size += sizeOf(job);
  }

  /**
   * Opens the service on its journal in `root`; nothing runs before `start`.
   * @throws ZodError when the options do not hold; Error when the journal is broken.
   */
  static async open(options: BatchServiceOptions): Promise<BatchService> {
    const checked = optionsSchema.parse(options);
    if (!existsSync(checked.tether)) throw new Error(`no job tether at ${checked.tether}`);
    await mkdir(checked.root, { recursive: true });
    await mkdir(checked.logs, { recursive: true });
    const jobs = new Map<string, Job>();
    const journal = await Journal.open<Entry>(join(checked.root, 'jobs.ndjson'), (entry) =>
      replay(jobs, entry),
    );
    return new BatchService(checked, journal, jobs);
  }

  /** Kills what a service before this one has left running, tells what it had not told, and begins to run jobs. */
  start(): void {
    this.#started = true;
    for (const job of this.#leaves()) if (job.state.process) killLeftover(job.state.process);
    for (const root of this.#jobs.values()) {
      for (const job of root.children ? [root, ...root.children] : [root]) this.#tellAgain(job);
      // Submitted in the last moment before a crash.
      if (root.changes === 0) this.#change(root, { status: 'SUBMITTED' });
    }
    for (const job of this.#leaves()) this.#resume(job);
    for (const root of this.#jobs.values()) if (root.children && this.#finishArray(root)) this.#settle(root);
    this.#schedule();
    this.#sweep = setInterval(() => this.#forgetOld(), sweepPeriod);
    this.#sweep.unref();
  }

  /** A job or child of an array job by its id (or ARN). */
  job(id: string): Job | undefined {
    const [rootId, index] = nameOf(id).split(':');
    const root = this.#jobs.get(rootId!);
    return index === undefined ? root : root?.children?.[Number(index)];
  }

  /** Plain and array jobs, in the order of submission. */
  jobs(): IterableIterator<Job> {
    return this.#jobs.values();
  }

  describe(job: Job, state = job.state): JobDescription {
    return describeJob(job, state, this.options.jobDefinitions[job.specification.definition], this.options);
  }

  /**
   * Submits a job by a SubmitJob request; resolves when it is durable.
   * @throws ServiceError ClientException
   */
  async submit(request: unknown): Promise<Job> {
    const { jobQueues, jobDefinitions } = this.options;
    const specification = parseSubmission(request, {
      queues: new Set(Object.keys(jobQueues)),
      definitions: new Map(Object.entries(jobDefinitions)),
    });
    for (const { jobId, type } of specification.dependsOn) {
      if (jobId === undefined) continue;
      const other = this.job(jobId);
      if (!other) throw clientError(`Dependency job ${jobId} does not exist.`);
      if (type === 'N_TO_N' && other.children?.length !== specification.arraySize)
        throw clientError(`Dependency job ${jobId} is no array of the same size.`);
    }
    await this.#journal.append({ o: 'submit', s: specification });
    const job = new Job(specification);
    this.#jobs.set(job.id, job);
    this.#size += sizeOf(job);
    this.#change(job, { status: 'SUBMITTED' });
    if (job.children) this.#change(job, { status: 'PENDING' });
    for (const leaf of job.children ?? [job]) this.#await(leaf);
    this.#schedule();
    return job;
  }

  /**
   * Ends a job, or all children of an array job: what has not started fails at once, and what runs gets SIGTERM and
   * later SIGKILL, unless it was to be cancelled only. Resolves when that is durable; a finished job stays as it is.
   * @throws ServiceError ClientException when there is no such job.
   */
  async end(id: string, reason: string, by: 'cancel' | 'terminate'): Promise<void> {
    const job = this.job(id);
    if (!job) throw clientError(`Job ${id} does not exist.`);
    const saved: Promise<void>[] = [];
    for (const leaf of job.children ?? [job]) {
      if (leaf.finished || leaf.state.ending) continue;
      const runs = leaf.state.status === 'STARTING' || leaf.state.status === 'RUNNING';
      if (runs && by === 'cancel') continue;
      leaf.setState({ ...leaf.state, ending: { reason, by } });
      saved.push(this.#journal.append(stateEntry(leaf, [])));
      if (runs) this.#running.get(leaf)?.stop();
      else this.#finish(leaf, 'FAILED', reason);
    }
    await Promise.all(saved);
  }

  /** Answers a request of the Batch protocol (REST JSON). */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return handleBatchRequest(this, request, response);
  }

  /** Stops what runs and closes the journal; attempts that did not finish are lost with their host, as after kill -9. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#sweep);
    const running = [...this.#running.values()];
    for (const attempt of running) attempt.stop();
    const ended = Promise.all(running.map((attempt) => attempt.ended));
    await Promise.race([ended, sleep(closeGrace, undefined, { ref: false })]);
    for (const attempt of running) attempt.kill();
    await ended;
    await Promise.all(this.#telling);
    await this.#journal.close();
  }

  *#leaves(): Generator<Job> {
    for (const job of this.#jobs.values()) yield* job.children ?? [job];
  }

  /** Takes up a job that was not finished when the service before this one ended. */
  #resume(job: Job): void {
    switch (job.state.status) {
      case 'SUBMITTED':
      case 'PENDING':
      case 'RUNNABLE':
        if (job.state.ending) this.#finish(job, 'FAILED', job.state.ending.reason);
        else if (job.state.status === 'RUNNABLE') this.#runnable.push(job);
        else this.#await(job);
        break;
      case 'STARTING':
      case 'RUNNING':
        this.#attemptEnded(job, { statusReason: hostLost, startedAt: job.state.startedAt ?? Date.now() });
    }
  }

  /** Makes a job runnable, or has it wait for its dependencies; one whose dependency has failed fails. */
  #await(job: Job): void {
    const found = this.#dependencies.add(job);
    if (found === 'failed') this.#finish(job, 'FAILED', dependencyFailed);
    else if (found === 'satisfied') this.#makeRunnable(job);
    else if (job.state.status !== 'PENDING') this.#change(job, { status: 'PENDING' });
  }

  #makeRunnable(job: Job): void {
    this.#change(job, { status: 'RUNNABLE' });
    this.#runnable.push(job);
  }

  #schedule(): void {
    if (!this.#started || this.#closing.signal.aborted) return;
    while (this.#running.size < this.options.concurrency) {
      const job = this.#runnable.next();
      if (!job) return;
      this.#run(job);
    }
  }

  #run(job: Job): void {
    const { specification } = job;
    const { jobDefinitions, tether, stopGrace, region, endpoint } = this.options;
    const definition = jobDefinitions[specification.definition];
    if (!definition) {
      const statusReason = `JobDefinition ${specification.definition} not found.`;
      this.#change(job, { status: 'FAILED', statusReason, stoppedAt: Date.now() });
      this.#settle(job);
      return;
    }
    const startedAt = Date.now();
    this.#change(job, { status: 'STARTING', process: undefined });
    const attempt = new JobProcess({
      tether,
      program: definition.program,
      command: commandOf(job, definition),
      environment: {
        ...definition.environment,
        ...specification.environment,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: definition.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: definition.credentials.secretAccessKey,
        AWS_BATCH_JOB_ID: job.id,
        AWS_BATCH_JOB_ATTEMPT: String(job.state.attempts.length + 1),
        AWS_BATCH_JQ_NAME: specification.queue,
        AWS_BATCH_CE_NAME: 'local',
        ...(job.index !== undefined && {
          AWS_BATCH_JOB_ARRAY_INDEX: String(job.index),
          AWS_BATCH_JOB_ARRAY_SIZE: String(specification.arraySize),
        }),
      },
      log: this.#log(job),
      stopGrace,
    });
    this.#running.set(job, attempt);
    void this.#watch(job, attempt, startedAt);
  }

  async #watch(job: Job, attempt: JobProcess, startedAt: number): Promise<void> {
    if (await attempt.started)
      this.#change(job, { status: 'RUNNING', startedAt: Date.now(), process: attempt.identity });
    const { timeout } = job.specification;
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(
            () => {
              if (!job.state.ending)
                job.setState({
                  ...job.state,
                  ending: { reason: 'Job attempt duration exceeded timeout', by: 'timeout' },
                });
              attempt.stop();
            },
            Math.min(timeout * 1000, 2 ** 31 - 1),
          );
    const exit = await attempt.ended;
    clearTimeout(timer);
    this.#running.delete(job);
    // When the service ends, what it stopped is lost with the host: the next service finds it as RUNNING.
    if (this.#closing.signal.aborted && exit.exitCode !== 0 && !job.state.ending) return;
    this.#attemptEnded(job, {
      ...exit,
      startedAt: job.state.startedAt ?? startedAt,
      statusReason: 'Essential container in task exited',
    });
    this.#schedule();
  }

  /** Records how an attempt ended, and what follows: success, another attempt, or failure. */
  #attemptEnded(job: Job, outcome: ProgramExit & { statusReason: string; startedAt: number }): void {
    const { ending, attempts } = job.state;
    const { attempts: allowed, retryRules } = job.specification;
    const attempt: JobAttempt = {
      ...outcome,
      statusReason: ending?.reason ?? outcome.statusReason,
      stoppedAt: Date.now(),
    };
    const state = { attempts: [...attempts, attempt], process: undefined };
    if (outcome.exitCode === 0) this.#finish(job, 'SUCCEEDED', outcome.statusReason, state);
    else if (!ending && attempts.length + 1 < allowed && isRetried(retryRules, attempt)) {
      this.#change(job, { ...state, status: 'RUNNABLE', statusReason: attempt.statusReason });
      this.#runnable.push(job);
    } else this.#finish(job, 'FAILED', attempt.statusReason, state);
  }

  #finish(
    job: Job,
    status: 'SUCCEEDED' | 'FAILED',
    statusReason: string,
    state: Partial<JobState> = {},
  ): void {
    this.#change(job, { ...state, status, statusReason, stoppedAt: Date.now() });
    this.#settle(job);
    this.#schedule();
  }

  /**
   * Lets the jobs that waited for a finished one run, or fails them with it, and so on. Works through a list, since a
   * chain may be thousands of jobs long.
   */
  #settle(job: Job): void {
    const finished = [job];
    for (let next = finished.pop(); next; next = finished.pop()) {
      for (const dependent of this.#dependencies.settle(next)) {
        if (dependent.finished) continue;
        if (next.state.status === 'FAILED') {
          this.#change(dependent, {
            status: 'FAILED',
            statusReason: dependencyFailed,
            stoppedAt: Date.now(),
          });
          finished.push(dependent);
        } else if (dependent.waitingFor === 0) this.#makeRunnable(dependent);
      }
      if (next.parent && this.#finishArray(next.parent)) finished.push(next.parent);
    }
  }

  /** Ends an array job when its last child has; says whether it did. */
  #finishArray(array: Job): boolean {
    const { SUCCEEDED, FAILED } = array.summary;
    if (array.finished || SUCCEEDED + FAILED < array.children!.length) return false;
    this.#change(array, {
      status: FAILED > 0 ? 'FAILED' : 'SUCCEEDED',
      statusReason: FAILED > 0 ? 'Array Child Job failed' : undefined,
      stoppedAt: Date.now(),
    });
    return true;
  }

  /** Changes a job's status in memory; the change is journaled and then told in the background. */
  #change(job: Job, change: Partial<JobState> & Pick<JobState, 'status'>): void {
    job.setState({ ...job.state, ...change });
    job.changes += 1;
    const told: StatusChange = { n: job.changes, status: job.state.status, at: Date.now() };
    job.untold.push(told);
    const { state } = job;
    this.#background(async () => {
      await this.#persist(() => this.#journal.append(stateEntry(job, [told])));
      await this.#tell(job, state, told);
    });
  }

  /** Tells what the service before this one may not have told. */
  #tellAgain(job: Job): void {
    for (const change of job.untold)
      this.#background(() => this.#tell(job, { ...job.state, status: change.status }, change));
  }

  async #tell(job: Job, state: JobState, change: StatusChange): Promise<void> {
    const event = cloudEvent(this.options, {
      type: 'Batch Job State Change',
      source: 'aws.batch',
      resources: [batchArn(this.options, `job/${job.id}`)],
      detail: this.describe(job, state),
      at: change.at,
    });
    await this.#persist(() => this.options.stateChanged(event));
    job.untold = job.untold.filter(({ n }) => n !== change.n);
    // Unsaved, it is told once more after a crash.
    await this.#journal.append({ o: 'told', id: job.id, n: change.n }).catch(() => {});
    this.#compact();
  }

  /** Repeats a write until the disk takes it or the service ends. */
  async #persist(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) throw error;
        await sleep(1000, undefined, { ref: false });
      }
    }
  }

  #background(work: () => Promise<void>): void {
    // Fails only when the service ends; the next one then finds the state before.
    const telling = work()
      .catch(() => {})
      .finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }

  #log(job: Job): string {
    return join(this.options.logs, `${logStreamOf(job)}.log`);
  }

  #forgetOld(): void {
    const before = Date.now() - retention;
    for (const root of this.#jobs.values()) {
      if (!root.finished || (root.state.stoppedAt ?? 0) > before || root.untold.length > 0) continue;
      this.#jobs.delete(root.id);
      this.#size -= sizeOf(root);
      this.#journal.append({ o: 'forget', id: root.id }).catch(() => {});
      for (const leaf of root.children ?? [root]) void rm(this.#log(leaf), { force: true });
    }
  }

  #compact(): void {
    if (this.#compacting || this.#closing.signal.aborted) return;
    if (this.#journal.lines < 4 * this.#size + 20_000) return;
    this.#compacting = true;
    this.#journal
      .rewrite(() => snapshot(this.#jobs))
      .catch(() => {}) // A full disk: the long journal stays and is as good.
      .finally(() => {
        this.#compacting = false;
      });
  }
}

function sizeOf(job: Job): number {
  return 1 + (job.children?.length ?? 0);
}

function stateEntry(job: Job, changes: readonly StatusChange[]): Entry {
  return { o: 'state', id: job.id, s: job.state, n: job.changes, c: changes };
}

function replay(jobs: Map<string, Job>, entry: Entry): void {
  if (entry.o === 'submit') {
    const job = new Job(entry.s);
    jobs.set(job.id, job);
    return;
  }
  const [rootId, index] = entry.id.split(':');
  const root = jobs.get(rootId!);
  const job = index === undefined ? root : root?.children?.[Number(index)];
  if (!job) return;
  switch (entry.o) {
    case 'state': {
      job.setState(entry.s);
      job.changes = Math.max(job.changes, entry.n);
      const known = new Set(job.untold.map(({ n }) => n));
      job.untold.push(...entry.c.filter(({ n }) => !known.has(n)));
      break;
    }
    case 'told':
      job.untold = job.untold.filter(({ n }) => n !== entry.n);
      break;
    case 'forget':
      jobs.delete(job.id);
  }
}

function* snapshot(jobs: Map<string, Job>): Generator<Entry> {
  for (const root of jobs.values()) {
    yield { o: 'submit', s: root.specification };
    for (const job of root.children ? [root, ...root.children] : [root])
      if (job.changes > 0) yield stateEntry(job, job.untold);
  }
}
