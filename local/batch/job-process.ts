import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { identify, killGroup, type ProcessIdentity } from '../process-identity.ts';

export interface JobProcessOptions {
  /** Path of tether.mjs. */
  readonly tether: string;
  readonly program: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopGrace: number;
}

/** How the program ended: with a status (128 + signal number, as a container tells it) or not even started. */
export interface ProgramExit {
  readonly exitCode?: number;
  readonly reason?: string;
}

/** One attempt's process: it leads a group of its own, and ends with the service that started it. */
export class JobProcess {
  readonly #child: ChildProcess;
  readonly #stopGrace: number;
  #killing: NodeJS.Timeout | undefined;
  /** Resolves with whether the program runs. */
  readonly started: Promise<boolean>;
  readonly ended: Promise<ProgramExit>;

  constructor(options: JobProcessOptions) {
    this.#stopGrace = options.stopGrace;
    const log = openLog(options.log);
    this.#child = spawn(process.execPath, [options.tether, options.program, ...options.command], {
      cwd: tmpdir(),
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
      env: { PATH: process.env.PATH ?? '', HOME: tmpdir(), TZ: 'UTC', ...options.environment },
    });
    if (typeof log === 'number') closeSync(log);
    this.#child.stdio[3]!.on('error', () => {}); // The exit that goes with it is what counts.
    this.started = new Promise((resolve) => {
      this.#child.once('spawn', () => resolve(true));
      this.#child.once('error', () => resolve(false));
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) resolve({ reason: `CannotStartContainerError: ${error.message}` });
      });
      this.#child.once('exit', (code, signal) => {
        clearTimeout(this.#killing);
        // Whatever the program has left behind ends with it, as in a container.
        killGroup(this.#child.pid!, 'SIGKILL');
        resolve({ exitCode: code ?? 128 + constants.signals[signal!] });
      });
    });
  }

  get identity(): ProcessIdentity | undefined {
    return this.#child.pid === undefined ? undefined : identify(this.#child.pid);
  }

  /** SIGTERM now, SIGKILL after the grace. */
  stop(): void {
    if (this.#killing || this.#child.pid === undefined || this.#child.exitCode !== null) return;
    killGroup(this.#child.pid, 'SIGTERM');
    this.#killing = setTimeout(() => this.kill(), this.#stopGrace * 1000);
  }

  kill(): void {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      killGroup(this.#child.pid, 'SIGKILL');
  }
}

/** Where the disk takes no log, the job runs without one. */
function openLog(path: string): number | 'ignore' {
  try {
    return openSync(path, 'a');
  } catch {
    return 'ignore';
  }
}
