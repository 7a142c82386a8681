import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { identify, killGroup } from '../process-identity.ts';
import { FunctionError, type FunctionFailure } from './function-error.ts';
import type { RotatingLog } from './rotating-log.ts';

/** Seconds that Lambda gives a function's initialisation before it counts against the invocation's time. */
const initSeconds = 10;

export interface FunctionProcessOptions {
  readonly name: string;
  readonly arn: string;
  /** The .mjs bundle that exports `handler`. */
  readonly bundle: string;
  /** Path of runtime.mjs. */
  readonly runtime: string;
  /** MiB; bounds V8's heap. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: RotatingLog;
  /** Folder where running processes are noted, one file each. */
  readonly notes: string;
}

interface Invocation {
  readonly requestId: string;
  readonly resolve: (payload: string) => void;
  readonly reject: (error: Error) => void;
}

/** One process of Node that runs a function, one invocation at a time. */
export class FunctionProcess {
  readonly #options: FunctionProcessOptions;
  readonly #child: ChildProcess;
  readonly #link: Duplex;
  readonly #note: string;
  readonly #ready: Promise<void>;
  /** Resolves when the process has ended and its note is gone. */
  readonly ended: Promise<void>;
  #isReady: () => void = () => {};
  #failed: (failure: FunctionFailure) => void = () => {};
  #invocation: Invocation | undefined;
  #alive = true;
  #parts: Buffer[] = [];
  #kind: string | undefined;

  constructor(options: FunctionProcessOptions) {
    this.#options = options;
    const { name, memory, environment, log } = options;
    this.#child = spawn(
      process.execPath,
      [`--max-old-space-size=${memory}`, options.runtime, options.bundle],
      {
        cwd: dirname(options.bundle),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        env: {
          ...environment,
          PATH: process.env.PATH ?? '',
          HOME: tmpdir(),
          TZ: 'UTC',
          AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
          AWS_LAMBDA_FUNCTION_NAME: name,
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
          AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
          AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
          LAMBDA_TASK_ROOT: dirname(options.bundle),
        },
      },
    );
    this.#child.stdout!.on('data', (output: Buffer) => log.write(output));
    this.#child.stderr!.on('data', (output: Buffer) => log.write(output));
    this.#link = this.#child.stdio[3] as Duplex;
    this.#link.on('data', (data: Buffer) => this.#read(data));
    this.#link.on('error', () => {}); // The exit that goes with it is what counts.
    this.#ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#failed = (failure) => reject(failure);
    });
    this.#ready.catch(() => {});
    this.#note = join(options.notes, String(this.#child.pid));
    const noted = this.#writeNote();
    this.ended = new Promise<void>((resolve) => {
      this.#child.on('error', (error) => {
        this.#end({
          errorType: 'Runtime.ExitError',
          errorMessage: `Runtime could not start: ${error.message}`,
        });
        resolve();
      });
      this.#child.on('exit', (code, signal) => {
        this.#end({ errorType: 'Runtime.ExitError', errorMessage: exitMessage(code, signal) });
        resolve();
      });
    }).then(async () => {
      await noted;
      await rm(this.#note, { force: true });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Runs one invocation; `event` and the outcome are JSON.
   * @throws FunctionError when the function fails, times out or its process ends; after the latter two, and after
   * an initialisation that fails, the process is not `alive`.
   */
  async invoke(requestId: string, event: string): Promise<string> {
    const { timeout, arn } = this.#options;
    const timedOut = () => {
      this.#log(requestId, `Task timed out after ${timeout.toFixed(2)} seconds`);
      this.#end({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeout.toFixed(2)} seconds`,
      });
      this.kill();
    };
    let timer = setTimeout(timedOut, (initSeconds + timeout) * 1000);
    try {
      await this.#ready.catch((failure: FunctionFailure) => {
        throw new FunctionError(requestId, about(requestId, failure));
      });
      clearTimeout(timer);
      timer = setTimeout(timedOut, timeout * 1000);
      return await new Promise((resolve, reject) => {
        this.#invocation = { requestId, resolve, reject };
        if (!this.#alive)
          this.#end({ errorType: 'Runtime.ExitError', errorMessage: exitMessage(null, null) });
        const particulars = JSON.stringify({ requestId, deadline: Date.now() + timeout * 1000, arn });
        this.#link.write(`${particulars}\n${event}\n`);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  kill(): void {
    this.#alive = false;
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      killGroup(this.#child.pid, 'SIGKILL');
  }

  #read(data: Buffer): void {
    let start = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      const part = data.subarray(start, end);
      const line = (this.#parts.length > 0 ? Buffer.concat([...this.#parts, part]) : part).toString();
      this.#parts = [];
      start = end + 1;
      if (this.#kind === undefined) this.#kind = line;
      else {
        const kind = this.#kind;
        this.#kind = undefined;
        this.#take(kind, line);
      }
    }
    if (start < data.length) this.#parts.push(data.subarray(start));
  }

  #take(kind: string, json: string): void {
    if (kind === 'ready') {
      this.#isReady();
      return;
    }
    if (kind === 'initError') {
      this.#end(JSON.parse(json) as FunctionFailure);
      this.kill();
      return;
    }
    const invocation = this.#invocation;
    this.#invocation = undefined;
    if (kind === 'result') invocation?.resolve(json);
    else invocation?.reject(new FunctionError(invocation.requestId, JSON.parse(json) as FunctionFailure));
  }

  #end(failure: FunctionFailure): void {
    this.#alive = false;
    this.#failed(failure);
    const invocation = this.#invocation;
    this.#invocation = undefined;
    invocation?.reject(new FunctionError(invocation.requestId, about(invocation.requestId, failure)));
  }

  #log(requestId: string, text: string): void {
    this.#options.log.write(Buffer.from(`${new Date().toISOString()} ${requestId} ${text}\n`));
  }

  async #writeNote(): Promise<void> {
    const identity = this.#child.pid === undefined ? undefined : identify(this.#child.pid);
    // Not noted for want of disk: then the closing pipe alone ends it.
    if (identity) await writeFile(this.#note, JSON.stringify(identity)).catch(() => {});
  }
}

/** Names the request in a failure of the process, as Lambda does. */
function about(requestId: string, failure: FunctionFailure): FunctionFailure {
  return failure.errorType === 'Runtime.ExitError'
    ? { ...failure, errorMessage: `RequestId: ${requestId} Error: ${failure.errorMessage}` }
    : failure;
}

function exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'Runtime exited with error: signal: killed';
  if (signal !== null) return `Runtime exited with error: signal: ${signal.slice(3).toLowerCase()}`;
  if (code === null || code === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${code}`;
}
