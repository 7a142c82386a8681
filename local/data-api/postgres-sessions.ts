import pg from 'pg';
import { dataApiError } from './data-api-error.ts';
import {
  DatabaseError,
  type Limits,
  leavesTraces,
  type Outcome,
  ResultTooLargeError,
  type Row,
  type Session,
  type Sessions,
} from './session.ts';

/** Connections at a time; more callers wait. */
const maxConnections = 20;

/** Settings of every connection: the text forms that result.ts reads. */
const settings = ['timezone=UTC', 'datestyle=ISO', 'bytea_output=hex', 'extra_float_digits=1'];

/** Sessions of a PostgreSQL server. */
export class PostgresSessions implements Sessions {
  readonly exclusive = false;
  readonly #pool: pg.Pool;

  /** @param statementTimeout milliseconds after which the server cancels a statement */
  constructor(databaseUrl: string, statementTimeout: number) {
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      max: maxConnections,
      options: [...settings, `statement_timeout=${statementTimeout}`]
        .map((setting) => `-c ${setting}`)
        .join(' '),
    });
    // A connection that fails while nobody uses it is taken out by the pool itself.
    this.#pool.on('error', () => {});
  }

  get waiting(): number {
    return this.#pool.waitingCount;
  }

  async acquire(signal: AbortSignal): Promise<Session> {
    const client = await this.#pool.connect().catch((cause: unknown) => {
      throw dataApiError('ServiceUnavailableError', 'The database is not available.', cause);
    });
    if (signal.aborted) {
      client.release();
      throw signal.reason;
    }
    return new PostgresSession(client);
  }

  release(session: Session): void {
    (session as PostgresSession).end();
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** Values stay the text that PostgreSQL sent. */
const asText = { getTypeParser: () => (text: string) => text };

class PostgresSession implements Session {
  readonly #client: pg.PoolClient;
  #traces = false;
  #inTransaction = false;
  /** A statement began a transaction by itself. */
  #begun = false;
  #broken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async execute(sql: string, values: Row, limits: Limits): Promise<Outcome> {
    try {
      return await this.#run(sql, values, limits);
    } finally {
      if (!this.#inTransaction) await this.#tidy();
    }
  }

  async executeBatch(statements: readonly { sql: string; values: Row }[]): Promise<void> {
    const limits = { row: Number.POSITIVE_INFINITY, result: Number.POSITIVE_INFINITY };
    const within = this.#inTransaction;
    if (!within) await this.begin();
    try {
      for (const { sql, values } of statements) await this.#run(sql, values, limits);
      if (!within) await this.commit();
    } catch (error) {
      if (!within) await this.rollback();
      throw error;
    }
  }

  async begin(): Promise<void> {
    await this.#query('BEGIN', []);
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    this.#inTransaction = false;
    const { command } = await this.#query('COMMIT', []);
    await this.#tidy();
    if (command === 'ROLLBACK')
      throw new DatabaseError({
        severity: 'ERROR',
        message: 'the transaction had failed and was rolled back',
        state: '25P02',
        position: undefined,
      });
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    await this.#query('ROLLBACK', []);
    await this.#tidy();
  }

  /** Hands the connection back; one that is broken is closed instead. */
  end(): void {
    this.#client.release(this.#broken);
  }

  async #run(sql: string, values: Row, limits: Limits): Promise<Outcome> {
    const result = await this.#query(sql, values);
    const command = result.command ?? '';
    if (leavesTraces(command, sql)) this.#traces = true;
    if (command === 'BEGIN' || command === 'START') this.#begun = true;
    const rows = result.rows as Row[];
    let bytes = 0;
    for (const row of rows) {
      const size = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
      if (size > limits.row) throw new ResultTooLargeError('row');
      bytes += size;
      if (bytes > limits.result) throw new ResultTooLargeError('result');
    }
    if (result.fields.length === 0) return { rows, command, changed: result.rowCount ?? 0 };
    const columns = result.fields.map((field) => ({
      name: field.name,
      table: field.tableID,
      attribute: field.columnID,
      type: field.dataTypeID,
      modifier: field.dataTypeModifier,
    }));
    return { columns, rows, command, changed: 0 };
  }

  async #query(sql: string, values: Row): Promise<pg.QueryArrayResult> {
    const query: pg.QueryArrayConfig & { queryMode: 'extended' } = {
      text: sql,
      values: values as (string | null)[],
      rowMode: 'array',
      types: asText,
      // Also without parameters, since the simple mode would run several statements.
      queryMode: 'extended',
    };
    try {
      return await this.#client.query(query);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) {
        this.#broken = true;
        // The statement may have been carried out.
        throw dataApiError('InternalServerErrorException', 'The connection to the database was lost.', error);
      }
      if (error.severity === 'FATAL') this.#broken = true;
      throw new DatabaseError({
        severity: error.severity ?? 'ERROR',
        message: error.message,
        state: error.code ?? 'XX000',
        position: error.position,
      });
    }
  }

  async #tidy(): Promise<void> {
    if (this.#broken) return;
    if (this.#begun) await this.#query('ROLLBACK', []);
    if (this.#traces) await this.#query('DISCARD ALL', []);
    this.#begun = false;
    this.#traces = false;
  }
}
