/** Errors after which a call has certainly not been carried out. */
const refused = new Set([
  'DatabaseResumingException',
  'DatabaseUnavailableException',
  'ServiceUnavailableError',
  'ThrottlingException',
  'TooManyRequestsException',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Errors that leave it open whether a call was carried out: its answer did not come. */
const lost = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'TimeoutError', 'InternalServerErrorException']);

/** SQLSTATEs of statements that the database gave up, with their effects undone, and that may succeed when repeated. */
const undone = [
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '57P01', // admin_shutdown
  '57P03', // cannot_connect_now
];

/** Whether a call was refused or undone for a reason that passes. */
export function wasRefused(error: unknown): boolean {
  const state = sqlStateOf(error);
  return namesOf(error).some((name) => refused.has(name)) || (state !== undefined && undone.includes(state));
}

/** Whether the answer to a call was lost, so that it may have been carried out. */
export function wasLost(error: unknown): boolean {
  return namesOf(error).some((name) => lost.has(name));
}

/** SQLSTATE of an error of the database, which the Data API puts at the end of its message. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof Error ? /SQLState: ([0-9A-Z]{5})$/.exec(error.message)?.[1] : undefined;
}

function namesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? [error.name] : [error.name, code];
}
