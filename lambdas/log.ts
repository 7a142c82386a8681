/** Fields of a log line: counts, sizes, states and reasons; never anything out of a file, and no object names. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One JSON line for CloudWatch Logs. An error is logged by its class alone, since messages may quote input. */
export function log(level: 'info' | 'warn' | 'error', event: string, fields: LogFields = {}): void {
  process.stdout.write(`${JSON.stringify({ level, event, ...fields })}\n`);
}

export const errorName = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
