import { createInterface } from 'node:readline/promises';
import { UsageError } from '../usage-error.ts';

/** Asks a question on the terminal. @throws UsageError where nobody can answer, naming the option that answers it */
export async function ask(question: string, otherwise: string, stop: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError(`nobody is there to answer '${question}': give ${otherwise}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question} `, { signal: stop })).trim();
  } finally {
    terminal.close();
  }
}
