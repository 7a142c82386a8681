import { setTimeout as sleep } from 'node:timers/promises';
import { type Overview, overview } from '../shared/catalog/overview.ts';
import { Progress } from './progress.ts';
import type { Target } from './target.ts';

/** Recordings that will change by themselves. */
const moving = ({ recordings, prepared }: Overview): number =>
  recordings.received + recordings.ready - prepared + recordings.dispatched;

/** Recordings and files that have come to an end, or to one that only another upload changes. */
const settled = ({ recordings, prepared, files }: Overview): number =>
  prepared +
  recordings.scored +
  recordings.rejected +
  recordings.failed +
  recordings.waiting +
  files.rejected;

/**
 * Waits until the uploads below a prefix have settled: each file seen by ingest, nothing on its way to a score. Echo
 * recordings without a promoted model stay ready and count as settled once preprocessed.
 * @param files how many files were uploaded
 */
export async function waitForScores(
  target: Target,
  prefix: string,
  files: number,
  stop: AbortSignal,
): Promise<Overview> {
  const progress = new Progress('Scoring');
  for (;;) {
    const now = await overview(target.database, prefix);
    progress.show(Math.min(settled(now), files), Math.max(settled(now) + moving(now), 1), 'recordings');
    if (now.seen >= files && moving(now) === 0) {
      progress.end();
      return now;
    }
    await sleep(200, undefined, { signal: stop });
  }
}
