import type { Database } from '../../shared/catalog/database.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';

/** How the recordings of one modality are scored by the models of a run, which it holds. */
export interface Scorer<Scored> {
  /** Recordings under way at once: while one is computed, the next is read. */
  readonly concurrency: number;
  /** Recordings whose rows are written in one statement. */
  readonly group: number;
  /** @throws SystoleError for what is in the file, any other error for what lies outside of it */
  score(line: ManifestLine): Promise<Scored>;
  /** Stores rows under the run's claim. @returns the ids that were scored by this call */
  record(database: Database, scored: readonly Scored[]): Promise<string[]>;
  dispose(): Promise<void>;
}
