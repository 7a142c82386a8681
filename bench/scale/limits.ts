/**
 * What the simulation supposes of AWS. Documented limits are named as such; the rest are suppositions, printed with the
 * results, that a first real deployment will correct.
 */
export const limits = {
  /** S3: "typically delivered in seconds but can sometimes take a minute or longer" (S3 User Guide, event notifications). */
  s3Event: { usual: 1, late: 60, shareLate: 0.01 },
  /** Lambda reads a queue with five batches at first and adds up to 300 a minute (Lambda Developer Guide, SQS scaling). */
  pollers: { first: 5, addedPerSecond: 5 },
  /** Aurora: "approximately 15 seconds" to resume; paused after the stack's five minutes. */
  database: { resume: 15, pauseAfter: 300 },
  /** Supposed: seconds from SubmitJob on an idle environment to the program's first line, image pull included. */
  hostStart: { cpu: 120, gpu: 240 },
  /** Supposed: seconds for which Batch keeps an idle host. */
  hostLinger: 120,
  /** Supposed: share of spot hosts taken back in an hour of work. */
  spotLossPerHour: 0.05,
  /** Supposed: seconds of one dispatch of a full run: claim, manifest, two submissions. */
  dispatch: 8,
} as const;

/** In words, for the report. */
export const suppositions: readonly string[] = [
  `${limits.s3Event.shareLate * 100} % of S3's events come ${limits.s3Event.late} s late`,
  `a paused database takes ${limits.database.resume} s to resume`,
  `hosts take ${limits.hostStart.cpu} s (CPU) and ${limits.hostStart.gpu} s (GPU) to start`,
  `${limits.spotLossPerHour * 100} % of spot hosts are taken back in an hour`,
  `a dispatch of a full run takes ${limits.dispatch} s`,
];
