import { UsageError } from './usage-error.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The recording that a command's arguments name, if they name one.
 * @throws UsageError for anything else
 */
export function recordingId(positionals: readonly string[]): string | undefined {
  const [id, ...rest] = positionals;
  if (rest.length > 0 || (id !== undefined && !uuid.test(id)))
    throw new UsageError('expected an identifier, as `systole results` shows them');
  return id;
}
