import type { Database } from '../shared/catalog/database.ts';
import { releaseRun } from '../shared/catalog/recordings.ts';
import { emitMetrics } from '../shared/metrics.ts';

/** Ends a run whose jobs have ended: what it still holds is given back, or has failed for good, which is counted. */
export async function closeRun(database: Database, runId: string): Promise<void> {
  emitMetrics({ RecordingsFailed: await releaseRun(database, runId) });
}
