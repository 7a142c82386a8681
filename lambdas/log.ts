import { SystoleError } from '../shared/errors.ts';

/**
 * Fields of a log line: counts, sizes, states, reasons and the ids of recordings, by which one upload can be followed
 * from its event to its rows; never anything out of a file, and no object names.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** One JSON line for CloudWatch Logs. */
export function log(level: 'info' | 'warn' | 'error', event: string, fields: LogFields = {}): void {
  process.stdout.write(`${JSON.stringify({ level, event, ...fields })}\n`);
}

/** What a log may say of an error: its reason or class, since messages may quote input. */
export function errorName(error: unknown): string {
  if (error instanceof SystoleError) return error.reason;
  return error instanceof Error ? error.name : typeof error;
}
