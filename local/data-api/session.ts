/** One column of a result as the server describes it (RowDescription of the wire protocol). */
export interface Column {
  readonly name: string;
  /** Object identifier of the table the column comes from, 0 for an expression. */
  readonly table: number;
  /** Number of the column in its table, 0 for an expression. */
  readonly attribute: number;
  /** Object identifier of the type. */
  readonly type: number;
  readonly modifier: number;
}

export type Row = readonly (string | null)[];

/** What one statement gave: `columns` is absent when it returns no result set. Values are PostgreSQL's text. */
export interface Outcome {
  readonly columns?: readonly Column[];
  readonly rows: readonly Row[];
  /** Command tag without its counts, for example `INSERT`. */
  readonly command: string;
  /** Rows the statement changed, 0 for one that returns rows. */
  readonly changed: number;
}

/** An error that the database itself reported. */
export interface DatabaseReport {
  readonly severity: string;
  readonly message: string;
  /** SQLSTATE, five characters. */
  readonly state: string;
  readonly position: string | undefined;
}

export class DatabaseError extends Error {
  readonly report: DatabaseReport;

  constructor(report: DatabaseReport) {
    super(report.message);
    this.name = 'DatabaseError';
    this.report = report;
  }
}

/** A result larger than the limits: nothing of it is handed on. */
export class ResultTooLargeError extends Error {
  readonly of: 'row' | 'result';

  constructor(of: 'row' | 'result') {
    super(`${of} too large`);
    this.name = 'ResultTooLargeError';
    this.of = of;
  }
}

/** Bytes of text that a row and a whole result may have. */
export interface Limits {
  readonly row: number;
  readonly result: number;
}

/** A connection in the hands of one caller. */
export interface Session {
  /**
   * Runs one statement. Outside a transaction it commits by itself, and whatever it changed of the session's
   * settings is undone, as on AWS, where the next call meets another connection.
   * @throws DatabaseError | ResultTooLargeError
   */
  execute(sql: string, values: Row, limits: Limits): Promise<Outcome>;
  /** Runs the statements, in order, all or none (within a transaction: as part of it). */
  executeBatch(statements: readonly { sql: string; values: Row }[]): Promise<void>;
  begin(): Promise<void>;
  /** @throws DatabaseError when the transaction had failed and was rolled back instead. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Where sessions come from. */
export interface Sessions {
  /** Resolves in the order of the calls; `signal` takes a waiting caller out of the queue. */
  acquire(signal: AbortSignal): Promise<Session>;
  release(session: Session): void;
  /** Nobody else can change the database. */
  readonly exclusive: boolean;
  /** Callers that wait for a session. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** Commands that leave nothing in a session and no table's shape changed. */
const plain = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'FETCH',
  'MOVE',
  'DECLARE CURSOR',
  'CLOSE CURSOR',
  'EXPLAIN',
  'SHOW',
  'LOCK TABLE',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT',
  'RELEASE',
  'ANALYZE',
  'VACUUM',
  'CHECKPOINT',
]);

/** Whether a command may change the shape of tables, or bring an earlier shape back. */
export function changesTables(command: string): boolean {
  return !plain.has(command) || command === 'ROLLBACK';
}

/**
 * Whether a statement may leave something behind in its session (settings, temporary tables, advisory locks, prepared
 * plans that no longer fit), so that the session must be cleaned before another caller gets it.
 */
export function leavesTraces(command: string, sql: string): boolean {
  return !plain.has(command) || /set_config|advisory_lock/i.test(sql);
}
