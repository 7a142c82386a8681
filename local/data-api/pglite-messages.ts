import type { DatabaseReport, Limits, Outcome, Row } from './session.ts';

/** What the owner of the PGlite thread asks of it. */
export type Order =
  | { readonly kind: 'open'; readonly folder: string; readonly templates: string }
  | { readonly kind: 'execute'; readonly sql: string; readonly values: Row; readonly limits: Limits }
  | { readonly kind: 'batch'; readonly statements: readonly { sql: string; values: Row }[] }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'close' };

export interface Demand {
  readonly id: number;
  readonly order: Order;
}

/** The answer to a demand: a result, an error of the database, an oversized result, or the end of the thread. */
export interface Answer {
  readonly id: number;
  readonly result?: Outcome;
  readonly report?: DatabaseReport;
  readonly tooLarge?: 'row' | 'result';
  readonly broken?: true;
}
