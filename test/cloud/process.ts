import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Endpoint, runningEndpoint } from '../../local/cloud.ts';
import { root } from '../../shared/deployment/bundle.ts';

/** The embedded cloud in a process of its own, as `systole up` runs it, so that a test can kill it. */
export class CloudProcess {
  readonly folder: string;
  readonly #preload: string | undefined;
  #child: ChildProcess | undefined;

  /** @param preload a module that the process loads first, to make its disk refuse for instance */
  constructor(folder: string, preload?: string) {
    this.folder = folder;
    this.#preload = preload;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<Endpoint> {
    const child = spawn(
      process.execPath,
      [
        ...(this.#preload === undefined ? [] : ['--import', this.#preload]),
        join(root, 'cli', 'systole.mjs'),
        'up',
        '--port',
        '0',
      ],
      { env: { ...process.env, SYSTOLE_HOME: this.folder }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr!.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    this.#child = child;
    for (;;) {
      const endpoint = await runningEndpoint(this.folder);
      if (endpoint !== undefined && endpoint.pid === child.pid) return endpoint;
      if (child.exitCode !== null)
        throw new Error(`the embedded cloud ended with ${child.exitCode}: ${said}`);
      await sleep(50);
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
  }

  /** Process ids of its functions and jobs. */
  children(): number[] {
    const parent = String(this.#child!.pid);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
          return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === parent;
        } catch {
          return false;
        }
      })
      .map(Number);
  }
}
