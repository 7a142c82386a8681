/** Ready echo recordings at which the dispatcher is called at once: several minutes of work, enough for a pack. */
export const enoughForBatch = 50;

/** Seconds for which fewer of them wait for others. A schedule instead would never let the database pause. */
export const waitForOthers = 60;

/** Seconds for which the first one waits, when nothing is on its way: for the rest of its study. */
const waitForStudy = 2;

/**
 * Whether the delay depends on what is on its way, which costs a question to the database: not where enough wait, nor
 * where others wait already, for which the dispatcher is called and takes these along.
 */
export const dependsOnRuns = (ready: number, arrived: number): boolean =>
  ready < enoughForBatch && ready <= arrived;

/**
 * Seconds until the dispatcher is called for what has just become ready for Batch. What comes while a run is on its way
 * goes with the next one, when that ends or `waitForOthers` has passed.
 *
 * @param ready echo recordings that wait at the moment, those just arrived included
 * @param arrived those just arrived
 * @param running whether a run of echo recordings is on its way; looked at where `dependsOnRuns` says so
 */
export function dispatchDelay(ready: number, arrived: number, running: boolean): number {
  if (ready >= enoughForBatch) return 0;
  return dependsOnRuns(ready, arrived) && !running ? waitForStudy : waitForOthers;
}
