import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildAll } from '../../shared/deployment/build.ts';
import type { ProgramName } from '../../shared/deployment/description.ts';

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A job program's bundle as a process, as Batch and people run it, with no more environment than it is given. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = '';
  err = '';

  private constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.on('data', (bytes: Buffer) => {
      this.out += bytes.toString();
    });
    child.stderr!.on('data', (bytes: Buffer) => {
      this.err += bytes.toString();
    });
    this.ended = once(child, 'close').then(([status]) => ({
      status: status as number | null,
      out: this.out,
      err: this.err,
    }));
  }

  static async start(
    name: ProgramName,
    args: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<Program> {
    const file = (await buildAll()).programFile(name);
    const { PATH = '' } = process.env;
    return new Program(
      spawn(process.execPath, [file, ...args], {
        env: { PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  static async run(...given: Parameters<typeof Program.start>): Promise<Ended> {
    return (await Program.start(...given)).ended;
  }
}
