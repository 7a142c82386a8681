/** One command of the command line: a file in cli/commands and a line in cli/main.ts. */
export interface Command {
  readonly name: string;
  /** Arguments as shown by `systole help`. */
  readonly usage: string;
  readonly summary: string;
  /** @returns the exit status */
  run(args: readonly string[], stop: AbortSignal): Promise<number>;
}
