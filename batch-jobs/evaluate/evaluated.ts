import type { Database } from '../../shared/catalog/database.ts';
import type { Evaluation } from '../../shared/catalog/evaluations.ts';

/** What an evaluation of either domain has made: its rows are stored already. */
export interface Evaluated {
  /** How many recordings it is of. */
  readonly recordings: number;
  /** Its page, HTML. */
  readonly page: string;
}

/**
 * Evaluates one domain: reads labels and answers from the catalog, stores its rows (again, where an attempt before this
 * one did) and makes the page.
 * @throws SystoleError when the labels cannot be held against the answers
 */
export type Evaluate = (
  database: Database,
  evaluation: Evaluation,
  signal: AbortSignal,
) => Promise<Evaluated>;
