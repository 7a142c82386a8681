import { setMaxListeners } from 'node:events';
import type { Command } from './command.ts';
import { bench } from './commands/bench.ts';
import { compare } from './commands/compare.ts';
import { cost } from './commands/cost.ts';
import { deploy } from './commands/deploy.ts';
import { destroy } from './commands/destroy.ts';
import { driver } from './commands/driver.ts';
import { evaluate } from './commands/evaluate.ts';
import { labels } from './commands/labels.ts';
import { models } from './commands/models.ts';
import { results } from './commands/results.ts';
import { score } from './commands/score.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { train } from './commands/train.ts';
import { trainModel } from './commands/train-model.ts';
import { up } from './commands/up.ts';
import { UsageError } from './usage-error.ts';

const commands: readonly Command[] = [
  start,
  up,
  score,
  status,
  results,
  labels,
  train,
  compare,
  models,
  bench,
  trainModel,
  driver,
  evaluate,
  deploy,
  destroy,
  cost,
];

/** The `systole` command. @returns the exit status: 0, 1 (failed), 2 (wrong use), 130 (stopped by Ctrl-C) */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    process.stderr.write(`systole: there is no command '${name}'\n\n${help()}`);
    return 2;
  }
  if (rest.includes('--help')) {
    process.stdout.write(`systole ${command.name} ${command.usage}\n\n${command.summary}\n`);
    return 0;
  }
  const stop = new AbortController();
  // Each upload under way listens.
  setMaxListeners(0, stop.signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const abort = (signal: NodeJS.Signals) => stop.abort(new Error(signal));
  for (const signal of signals) process.once(signal, abort);
  try {
    return await command.run(rest, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 130;
    const { code } = error as { code?: unknown };
    if (error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS'))) {
      process.stderr.write(
        `systole ${command.name}: ${(error as Error).message}\n\n  systole ${command.name} ${command.usage}\n`,
      );
      return 2;
    }
    process.stderr.write(`systole ${command.name}: ${wordsOf(error as NodeJS.ErrnoException)}\n`);
    if (process.env.SYSTOLE_DEBUG !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
    return 1;
  } finally {
    for (const signal of signals) process.removeListener(signal, abort);
  }
}

/** What Node says of a path that somebody has mistyped is for programmers. */
function wordsOf({ code, path, message }: NodeJS.ErrnoException): string {
  if (path === undefined) return message;
  if (code === 'ENOENT') return `there is no file or folder '${path}'`;
  if (code === 'ENOTDIR') return `'${path}' is no folder`;
  if (code === 'EISDIR') return `'${path}' is a folder`;
  if (code === 'EACCES' || code === 'EPERM') return `'${path}' may not be read or written`;
  return message;
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'systole: scores electrocardiograms and echocardiograms. Not a medical device.',
    '',
    ...lines,
    '',
    'systole COMMAND --help shows its arguments.',
    'Commands talk to the embedded cloud on this machine (started when needed), or, with --stage NAME, to a deployment.',
    '',
  ].join('\n');
}
