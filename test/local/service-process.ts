import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { identify } from '../../local/process-identity.ts';

/** A test's TypeScript program in a process of its own, to be killed; it tells by lines of JSON on stdout. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #received: unknown[] = [];
  #wake: () => void = () => {};

  /** `program` is a path relative to this folder; `argument` is passed as JSON. */
  constructor(program: string, argument: unknown) {
    const path = fileURLToPath(new URL(program, import.meta.url));
    this.#child = spawn(process.execPath, ['--import', 'tsx', path, JSON.stringify(argument)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#lines.on('line', (line) => {
      this.#received.push(JSON.parse(line));
      this.#wake();
    });
    this.#child.once('exit', () => this.#wake());
  }

  /** The next line that it printed. */
  async next<T>(): Promise<T> {
    while (this.#received.length === 0) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`the process ended with ${this.#child.exitCode ?? this.#child.signalCode}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift() as T;
  }

  /** Lines that it printed and nobody has read yet. */
  rest<T>(): T[] {
    return this.#received.splice(0) as T[];
  }

  say(value: unknown): void {
    this.#child.stdin!.write(`${JSON.stringify(value)}\n`);
  }

  /** kill -9; resolves when it is dead. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** Whether a process lives; one that has ended and that nobody has waited for yet does not. */
export function isAlive(pid: number): boolean {
  return identify(pid) !== undefined;
}
