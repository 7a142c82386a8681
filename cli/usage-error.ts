/** Wrong use of the command line: the message and the command's usage are shown, and the exit status is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
