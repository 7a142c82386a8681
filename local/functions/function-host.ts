import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { killLeftover, type ProcessIdentity } from '../process-identity.ts';
import { ServiceError } from '../service-error.ts';
import { FunctionProcess } from './function-process.ts';
import { RotatingLog } from './rotating-log.ts';

/** Lambda's limit of a synchronous invocation's event, 6 MB. */
const maxEventBytes = 6 * 1024 * 1024;
/** Milliseconds without work after which a warm process is let go. */
const idleTime = 600_000;

const functionSchema = z.strictObject({
  /** The .mjs bundle that exports `handler`. */
  bundle: z.string().min(1),
  /** MiB. */
  memory: z.number().int().min(128).max(10_240),
  /** Seconds. */
  timeout: z.number().positive().max(900),
  /** Processes at most, each of which runs one invocation at a time. */
  concurrency: z.number().int().min(1),
  environment: z.record(z.string(), z.string()),
  credentials: z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) }),
});

const optionsSchema = z.strictObject({
  /** Folder of this service's files; made when it is not there. */
  root: z.string().min(1),
  /** Folder of the log files, `<function>.log` and `<function>.log.1`. */
  logs: z.string().min(1),
  region: z.string().min(1),
  account: z.string().regex(/^\d{12}$/),
  /** Where the AWS SDK in the functions finds the embedded services. */
  endpoint: z.url(),
  functions: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), functionSchema),
  /** Path of runtime.mjs, where this module is bundled away from it. */
  runtime: z.string().default(() => fileURLToPath(new URL('./runtime.mjs', import.meta.url))),
});

export type FunctionHostOptions = z.input<typeof optionsSchema>;
type HostedFunction = z.output<typeof functionSchema>;

interface Pool {
  readonly description: HostedFunction;
  readonly log: RotatingLog;
  /** All processes; those that work on something are not in `idle`. */
  readonly processes: Set<FunctionProcess>;
  readonly idle: { readonly process: FunctionProcess; readonly since: number }[];
  readonly waiting: (() => void)[];
}

/**
 * The embedded Lambda: runs functions' bundles in processes of their own, which are started when first needed and
 * kept warm. No process gets more of this one's environment than PATH.
 */
export class FunctionHost {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #pools = new Map<string, Pool>();
  readonly #notes: string;
  readonly #reaper: NodeJS.Timeout;
  #closed = false;

  private constructor(options: z.output<typeof optionsSchema>, notes: string) {
    this.#options = options;
    this.#notes = notes;
    for (const [name, description] of Object.entries(options.functions))
      this.#pools.set(name, {
        description,
        log: new RotatingLog(join(options.logs, `${name}.log`)),
        processes: new Set(),
        idle: [],
        waiting: [],
      });
    this.#reaper = setInterval(() => this.#letGo(), idleTime / 10);
    this.#reaper.unref();
  }

  /**
   * Opens the host and ends processes that one before it has left behind.
   * @throws ZodError when the options do not hold.
   */
  static async open(options: FunctionHostOptions): Promise<FunctionHost> {
    const checked = optionsSchema.parse(options);
    if (!existsSync(checked.runtime)) throw new Error(`no function runtime at ${checked.runtime}`);
    const notes = join(checked.root, 'processes');
    await mkdir(notes, { recursive: true });
    await mkdir(checked.logs, { recursive: true });
    for (const note of await readdir(notes)) {
      const identity = parseNote(await readFile(join(notes, note), 'utf8'));
      if (identity) killLeftover(identity);
      await rm(join(notes, note), { force: true });
    }
    return new FunctionHost(checked, notes);
  }

  names(): string[] {
    return [...this.#pools.keys()];
  }

  /** Processes of a function that exist now. */
  processes(name: string): number {
    return this.#pool(name).processes.size;
  }

  arn(name: string): string {
    return `arn:aws:lambda:${this.#options.region}:${this.#options.account}:function:${name}`;
  }

  /**
   * Invokes a function with an event (any JSON value), waiting for a process when all are at work, and resolves with
   * what its handler returned.
   * @throws FunctionError when it fails; ServiceError ResourceNotFoundException, RequestTooLargeException
   */
  async invoke(name: string, event: unknown): Promise<unknown> {
    const pool = this.#pool(name);
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > maxEventBytes)
      throw new ServiceError(
        'RequestTooLargeException',
        `Request must be smaller than ${maxEventBytes} bytes for the InvokeFunction operation`,
        413,
      );
    const runner = await this.#acquire(name, pool);
    try {
      return JSON.parse(await runner.invoke(randomUUID(), payload));
    } finally {
      this.#release(pool, runner);
    }
  }

  /** Kills every process; invocations under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#reaper);
    const ended: Promise<void>[] = [];
    for (const pool of this.#pools.values()) {
      for (const runner of pool.processes) {
        runner.kill();
        ended.push(runner.ended);
      }
      for (const wake of pool.waiting.splice(0)) wake();
    }
    await Promise.all(ended);
    for (const { log } of this.#pools.values()) await log.settled();
  }

  #pool(name: string): Pool {
    const pool = this.#pools.get(name);
    if (!pool)
      throw new ServiceError('ResourceNotFoundException', `Function not found: ${this.arn(name)}`, 404);
    return pool;
  }

  async #acquire(name: string, pool: Pool): Promise<FunctionProcess> {
    for (;;) {
      if (this.#closed) throw new ServiceError('ServiceException', 'The function host is closed.', 500);
      // The one that worked last is the warmest.
      const idle = pool.idle.pop();
      if (idle?.process.alive) return idle.process;
      if (!idle && pool.processes.size < pool.description.concurrency) return this.#start(name, pool);
      if (!idle) await new Promise<void>((resolve) => pool.waiting.push(resolve));
    }
  }

  #start(name: string, pool: Pool): FunctionProcess {
    const { description } = pool;
    const runner = new FunctionProcess({
      name,
      arn: this.arn(name),
      bundle: description.bundle,
      runtime: this.#options.runtime,
      memory: description.memory,
      timeout: description.timeout,
      environment: {
        ...description.environment,
        AWS_REGION: this.#options.region,
        AWS_DEFAULT_REGION: this.#options.region,
        AWS_ENDPOINT_URL: this.#options.endpoint,
        AWS_ACCESS_KEY_ID: description.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: description.credentials.secretAccessKey,
      },
      log: pool.log,
      notes: this.#notes,
    });
    pool.processes.add(runner);
    void runner.ended.then(() => {
      pool.processes.delete(runner);
      const place = pool.idle.findIndex(({ process }) => process === runner);
      if (place >= 0) pool.idle.splice(place, 1);
      pool.waiting.shift()?.();
    });
    return runner;
  }

  #release(pool: Pool, runner: FunctionProcess): void {
    // One that has ended makes room when its exit is seen.
    if (!runner.alive) {
      runner.kill();
      return;
    }
    pool.idle.push({ process: runner, since: Date.now() });
    pool.waiting.shift()?.();
  }

  #letGo(): void {
    for (const { idle } of this.#pools.values())
      while (idle[0] && Date.now() - idle[0].since > idleTime) idle.shift()!.process.kill();
  }
}

/** A note may be torn by a crash. */
function parseNote(text: string): ProcessIdentity | undefined {
  const schema = z.strictObject({ pid: z.number().int().positive(), started: z.string().min(1) });
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
