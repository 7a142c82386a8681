/** Where a ready recording is scored. */
export type Lane = 'edge' | 'batch';

/** Ready ECGs above which the edge would be slower than packed jobs. */
export const edgeBacklogLimit = 2000;

/** Members of an ensemble above which a single scoring no longer fits the edge function's memory and time. */
export const edgeEnsembleLimit = 3;

/**
 * The one rule of routing: a single ECG is scored at once in the score function; echo, large ensembles and backlogs go
 * to Batch, where they are packed.
 *
 * @param modality what the recording is
 * @param ready ECGs that wait at the moment, this one included
 * @param ensemble nets in the promoted model
 */
export function route(modality: 'ecg' | 'echo', ready: number, ensemble: number): Lane {
  return modality === 'ecg' && ready <= edgeBacklogLimit && ensemble <= edgeEnsembleLimit ? 'edge' : 'batch';
}
