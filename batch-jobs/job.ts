import { exitStatus } from '../shared/deployment/description.ts';
import { SystoleError } from '../shared/errors.ts';
import { emitMetrics } from '../shared/metrics.ts';

/** What the frame hands a program. */
export interface JobContext {
  /** Manifest object and the index of this child (0 for a plain job). */
  readonly manifest: { readonly bucket: string; readonly key: string };
  readonly child: number;
  /** Aborted on SIGTERM (a spot host is reclaimed, a job is terminated) and SIGINT. */
  readonly signal: AbortSignal;
}

/**
 * Structured line on stdout, which Batch sends to CloudWatch Logs. Counts, states, durations and the ids of runs and
 * recordings only.
 */
export function report(
  event: string,
  fields: Readonly<Record<string, string | number | boolean | readonly string[]>> = {},
): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/**
 * Reports the failure of one recording for a reason outside its file. It stays with its run, whose end gives it back to be
 * tried again; the others of the slice go on.
 */
export function reportFailure(error: unknown): void {
  report('recording-failed', { error: error instanceof Error ? error.name : typeof error });
  process.stderr.write(`${stackOf(error)}\n`);
}

/** A job program in its two forms. */
export interface Program {
  readonly name: string;
  /** Under Batch: works on the child's slice of the manifest. */
  readonly job: (context: JobContext) => Promise<void>;
  /** From the command line, on files of this machine: with arguments, as `usage` says. */
  readonly alone: (args: readonly string[], signal: AbortSignal) => Promise<void>;
  readonly usage: string;
}

/**
 * The frame of every job program: without arguments it reads its environment as a Batch job, with arguments it works
 * on local files. It turns SIGTERM into an abort and ends with the exit status that Batch's retry rules know: 0 done,
 * 65 bad input (not to be tried again), 1 anything else.
 */
export async function runProgram({ name, job, alone, usage }: Program): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => stop.abort(new Error(signal)));
  const args = process.argv.slice(2);
  try {
    if (args.includes('--help')) process.stdout.write(`${usage}\n`);
    else if (args.length > 0) await alone(args, stop.signal);
    else await job({ ...readEnvironment(), signal: stop.signal });
    // Interrupted work is not done, even where it stopped cleanly.
    process.exitCode = stop.signal.aborted ? exitStatus.again : exitStatus.done;
    if (args.length === 0) report(stop.signal.aborted ? 'interrupted' : 'done', { program: name });
  } catch (error) {
    const reason = error instanceof SystoleError ? error.reason : undefined;
    process.exitCode = reason !== undefined && !stop.signal.aborted ? exitStatus.badInput : exitStatus.again;
    if (args.length > 0) {
      // The person at the terminal named the files.
      process.stderr.write(`${name}: ${(error as Error).message}\n`);
      return;
    }
    report('failed', { program: name, reason: reason ?? (error as Error).name });
    // A stack names code, not data; messages of libraries may quote input and stay out.
    if (reason === undefined) process.stderr.write(`${stackOf(error)}\n`);
  } finally {
    // Set by the image whose programs have a GPU to themselves.
    if (process.env.SYSTOLE_GPU === 'required') emitMetrics({ GpuSeconds: process.uptime() });
  }
}

function readEnvironment(): { manifest: { bucket: string; key: string }; child: number } {
  const url = process.env.SYSTOLE_MANIFEST ?? '';
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(url);
  if (match === null) throw new Error('SYSTOLE_MANIFEST must name an object: s3://BUCKET/KEY');
  const child = Number(process.env.AWS_BATCH_JOB_ARRAY_INDEX ?? '0');
  if (!Number.isInteger(child) || child < 0) throw new Error('AWS_BATCH_JOB_ARRAY_INDEX must be an index');
  return { manifest: { bucket: match[1]!, key: match[2]! }, child };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return [error.name, ...frames].join('\n');
}
