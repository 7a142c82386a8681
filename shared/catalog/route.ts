/** Where a ready recording is scored. */
export type Lane = 'edge' | 'batch';

/** Ready ECGs above which the edge would be slower than packed jobs. */
export const edgeBacklogLimit = 2000;

/**
 * Nets in a model above which it is Batch's: the edge keeps the whole model in memory, and ten folds of a published net
 * (14 MB each) would cost it seconds at every cold start.
 */
export const edgeEnsembleLimit = 8;

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
