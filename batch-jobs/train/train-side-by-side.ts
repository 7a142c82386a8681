import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { type AnyExperiment, runCount } from '../../shared/learning/any-experiment.ts';
import type { TrainOptions } from '../../shared/learning/train.ts';
import { trainAny } from '../../shared/learning/train-any.ts';
import type { Progress } from '../../shared/learning/train-run.ts';

/** What a process says to the one that started it: an epoch is done, or the training cannot go on. */
type Word = Progress | 'failed';

/**
 * Trains an experiment whose members or folds are independent of one another in processes side by side: this program
 * once more for each, with the same arguments. They share nothing but the place of the checkpoints, which they bring to
 * their ends; then this process goes through the trainings one after the other as ever, finds them done, and measures and
 * writes the model. So the weights are those of one process, bit for bit, and whatever a process leaves undone, because it
 * was killed or failed, is done or met again here, from its checkpoint on.
 *
 * There are as many processes as the engine's threads go into the machine's cores, each with the memory of a training:
 * an experiment needs `threads` for it. TensorFlow takes what cores and GPU there are by itself and trains in one.
 * @param processes at most so many
 * @returns undefined when it was aborted, and in a process that was started here
 * @throws SystoleError as `trainAny`
 */
export async function trainSideBySide(
  experiment: AnyExperiment,
  options: TrainOptions,
  processes = Number.POSITIVE_INFINITY,
): Promise<Awaited<ReturnType<typeof trainAny>>> {
  const share = process.env.SYSTOLE_TRAIN_RUNS;
  if (share !== undefined) {
    await trainShare(experiment, { ...options, runs: share.split(',').map(Number) });
    return undefined;
  }
  const { engine, signal } = options;
  const native = engine.name.startsWith('onnxruntime');
  const room = native ? Math.max(1, Math.floor(availableParallelism() / engine.threads)) : 1;
  const shares = sharedOut(runCount(experiment), Math.min(room, processes));
  if (shares.length > 1) await allEnded(shares, options);
  return signal?.aborted ? undefined : trainAny(experiment, options);
}

/** Trainings 0 to `runs` - 1, dealt out to at most so many processes. */
function sharedOut(runs: number, processes: number): number[][] {
  const shares: number[][] = Array.from({ length: Math.min(runs, processes) }, () => []);
  for (let run = 0; run < runs; run++) shares[run % shares.length]!.push(run);
  return shares;
}

/** Starts the processes; resolves when all have ended. The first that fails, and an abort, stop the others. */
async function allEnded(
  shares: readonly (readonly number[])[],
  { signal, onProgress }: TrainOptions,
): Promise<void> {
  const children: ChildProcess[] = [];
  const stop = () => {
    for (const child of children) child.kill('SIGTERM');
  };
  const ends = shares.map((share) => {
    const child = fork(process.argv[1]!, process.argv.slice(2), {
      env: { ...process.env, SYSTOLE_TRAIN_RUNS: share.join(',') },
      // What it has to say comes by messages; what it fails of is met again, and told, in this process.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    children.push(child);
    child.on('message', (word: Word) => {
      if (word === 'failed') stop();
      else onProgress?.(word);
    });
    return new Promise<void>((resolve) => {
      const ended = (status: number | null) => {
        if (status !== 0) stop();
        resolve();
      };
      child.once('exit', ended).once('error', () => ended(null));
    });
  });
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  await Promise.all(ends);
  signal?.removeEventListener('abort', stop);
}

/** In a process that was started: its share, stopped when the process that started it is gone. */
async function trainShare(experiment: AnyExperiment, options: TrainOptions): Promise<void> {
  const alone = new AbortController();
  const left = () => alone.abort();
  process.once('disconnect', left);
  const say = (word: Word) => process.connected && process.send!(word);
  try {
    await trainAny(experiment, {
      ...options,
      signal: AbortSignal.any([alone.signal, ...(options.signal === undefined ? [] : [options.signal])]),
      onProgress: (progress) => progress.epochDone !== undefined && say(progress),
    });
  } catch {
    say('failed');
  } finally {
    process.off('disconnect', left);
    // An open channel would keep the process alive.
    if (process.connected) process.disconnect();
  }
}
