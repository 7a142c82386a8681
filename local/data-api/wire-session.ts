import type { PGlite, protocol } from '@electric-sql/pglite';
import type { DatabaseReport, Limits, Outcome, Row } from './session.ts';
import { type Column, DatabaseError, leavesTraces, ResultTooLargeError } from './session.ts';

type Protocol = typeof protocol;
type BackendMessage = Parameters<Parameters<InstanceType<Protocol['Parser']>['parse']>[1]>[0];
type RowDescription = InstanceType<Protocol['messages']['RowDescriptionMessage']>;
type DataRow = InstanceType<Protocol['messages']['DataRowMessage']>;
type CommandComplete = InstanceType<Protocol['messages']['CommandCompleteMessage']>;
type ReadyForQuery = InstanceType<Protocol['messages']['ReadyForQueryMessage']>;
type ReportedError = InstanceType<Protocol['messages']['DatabaseError']>;

/** Prepared statements kept in the session; a program has far fewer. */
const maxPrepared = 400;
/** Rows changed after which the tables are looked at for what autovacuum would do, which PGlite does not run. */
const upkeepEvery = 2000;
/** Write-ahead log after which a checkpoint is made: it bounds the recovery after a kill and the folder's size. */
const checkpointAfterBytes = 64 << 20;

/**
 * The one session of a PGlite database, spoken to in the wire protocol: a whole statement (parse, bind, describe,
 * execute, sync) is one call, and statements that come again stay prepared. That takes a tenth of the time of PGlite's
 * own `query`.
 */
export class WireSession {
  readonly #database: PGlite;
  readonly #protocol: Protocol;
  readonly #prepared = new Map<string, string>();
  #preparedCount = 0;
  /** Transaction status of the last ReadyForQuery: I idle, T in a transaction, E in a failed one. */
  #status = 'I';
  /** A transaction was begun by `control`; one that a statement began by itself ends with that statement. */
  #inTransaction = false;
  /** Something may be left in the session that the next caller must not meet. */
  #traces = false;
  #changed = 0;

  constructor(database: PGlite, wire: Protocol) {
    this.#database = database;
    this.#protocol = wire;
  }

  async execute(sql: string, values: Row, limits: Limits): Promise<Outcome> {
    try {
      return await this.#run(sql, values, limits);
    } finally {
      if (!this.#inTransaction) await this.#tidy();
    }
  }

  async executeBatch(statements: readonly { sql: string; values: Row }[]): Promise<undefined> {
    const within = this.#inTransaction;
    const limits = { row: Number.POSITIVE_INFINITY, result: Number.POSITIVE_INFINITY };
    if (!within) await this.#simple('BEGIN');
    try {
      for (const { sql, values } of statements) await this.#run(sql, values, limits);
      if (!within) await this.#simple('COMMIT');
    } catch (error) {
      if (!within) await this.#simple('ROLLBACK');
      throw error;
    } finally {
      if (!within) await this.#tidy();
    }
  }

  async control(kind: 'begin' | 'commit' | 'rollback'): Promise<undefined> {
    this.#inTransaction = kind === 'begin';
    if (kind === 'begin') {
      await this.#simple('BEGIN');
      return;
    }
    const command = await this.#simple(kind.toUpperCase());
    await this.#tidy();
    if (kind === 'commit' && command === 'ROLLBACK')
      throw new DatabaseError({
        severity: 'ERROR',
        message: 'the transaction had failed and was rolled back',
        state: '25P02',
        position: undefined,
      });
  }

  async #run(sql: string, values: Row, limits: Limits): Promise<Outcome> {
    let outcome: Outcome;
    try {
      outcome = await this.#exchange(sql, values, limits);
    } catch (error) {
      // The plan of a statement prepared before a table changed its shape (by way of a function).
      const stale =
        error instanceof DatabaseError &&
        error.report.state === '0A000' &&
        error.message.startsWith('cached plan must not change');
      if (!stale || this.#status !== 'I') throw error;
      await this.#forgetPrepared();
      outcome = await this.#exchange(sql, values, limits);
    }
    this.#changed += outcome.changed;
    if (leavesTraces(outcome.command, sql)) {
      this.#traces = true;
      if (this.#status === 'T') await this.#forgetPrepared();
    }
    return outcome;
  }

  async #exchange(sql: string, values: Row, limits: Limits): Promise<Outcome> {
    const { serialize } = this.#protocol;
    let statement = this.#prepared.get(sql);
    const parts: Uint8Array[] = [];
    const known = statement !== undefined;
    if (statement === undefined) {
      if (this.#prepared.size >= maxPrepared && this.#status === 'I') await this.#forgetPrepared();
      this.#preparedCount += 1;
      statement = `s${this.#preparedCount}`;
      parts.push(serialize.parse({ name: statement, text: sql }));
    }
    parts.push(
      serialize.bind({ statement, values: values as (string | null)[] }),
      serialize.describe({ type: 'P' }),
      serialize.execute(),
      serialize.sync(),
    );
    let columns: Column[] | undefined;
    const rows: Row[] = [];
    let tag = '';
    let bytes = 0;
    let tooLarge: 'row' | 'result' | undefined;
    let report: DatabaseReport | undefined;
    let parsed = false;
    let completed = false;
    await this.#send(Buffer.concat(parts), (message) => {
      if (message.name === 'dataRow') {
        const { length, fields } = message as DataRow;
        // The length counts four bytes a field and six of frame besides the text itself.
        const size = length - 6 - 4 * fields.length;
        bytes += size;
        if (size > limits.row) tooLarge ??= 'row';
        if (bytes > limits.result) tooLarge ??= 'result';
        if (tooLarge === undefined) rows.push(fields);
      } else if (message.name === 'rowDescription') columns = columnsOf(message as RowDescription);
      else if (message.name === 'commandComplete') {
        tag = (message as CommandComplete).text;
        completed = true;
      } else if (message.name === 'emptyQuery') completed = true;
      else if (message.name === 'parseComplete') parsed = true;
      else if (message.name === 'error') report ??= reportOf(message as ReportedError);
    });
    checkSound(completed, report, known || parsed);
    if (parsed) this.#prepared.set(sql, statement);
    if (report !== undefined) throw new DatabaseError(report);
    if (tooLarge !== undefined) throw new ResultTooLargeError(tooLarge);
    const { command, count } = readTag(tag);
    const changed = columns === undefined ? count : 0;
    return { columns, rows, command, changed };
  }

  /** Runs a command without parameters in the simple protocol. @returns its command tag */
  async #simple(sql: string): Promise<string> {
    let tag = '';
    let report: DatabaseReport | undefined;
    await this.#send(this.#protocol.serialize.query(sql), (message) => {
      if (message.name === 'commandComplete') tag = (message as CommandComplete).text;
      else if (message.name === 'error') report ??= reportOf(message as ReportedError);
    });
    if (report !== undefined) throw new DatabaseError(report);
    return tag;
  }

  async #send(bytes: Uint8Array, take: (message: BackendMessage) => void): Promise<void> {
    const parser = new this.#protocol.Parser();
    await this.#database.execProtocolRawStream(bytes, {
      onRawData: (data) =>
        parser.parse(data, (message) => {
          if (message.name === 'readyForQuery') this.#status = (message as ReadyForQuery).status;
          else take(message);
        }),
    });
  }

  async #forgetPrepared(): Promise<void> {
    this.#prepared.clear();
    await this.#simple('DEALLOCATE ALL');
  }

  /** Between two callers: leaves the session as new, and does now and then what autovacuum would. */
  async #tidy(): Promise<void> {
    if (this.#status !== 'I') await this.#simple('ROLLBACK');
    if (this.#traces) {
      this.#traces = false;
      this.#prepared.clear();
      await this.#simple('DISCARD ALL');
    }
    if (this.#changed >= upkeepEvery) {
      this.#changed = 0;
      await this.#upkeep();
    }
  }

  async #upkeep(): Promise<void> {
    const limits = { row: Number.POSITIVE_INFINITY, result: Number.POSITIVE_INFINITY };
    // Counts are otherwise a second late.
    await this.#simple('select pg_stat_force_next_flush()');
    const { rows } = await this.#exchange(worn, [], limits);
    for (const [table] of rows) await this.#simple(`VACUUM (ANALYZE) ${table}`);
    const log = await this.#exchange(logSinceCheckpoint, [], limits);
    if (Number(log.rows[0]![0]) > checkpointAfterBytes) await this.#simple('CHECKPOINT');
  }
}

/** The tables that autovacuum would visit, by its default thresholds and a lower one for the statistics. */
const worn = `select format('%I.%I', schemaname, relname) from pg_stat_user_tables
  where n_mod_since_analyze > 500 + 0.1 * n_live_tup or n_dead_tup > 500 + 0.2 * n_live_tup`;
const logSinceCheckpoint =
  'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) from pg_control_checkpoint()';

/**
 * PGlite does not survive what PostgreSQL answers by ending the process, nor a stack that overflows in its
 * WebAssembly: answers then miss parts, and so do those after them.
 * @throws Error which ends the thread
 */
function checkSound(completed: boolean, report: DatabaseReport | undefined, prepared: boolean): void {
  const fatal = report?.severity === 'PANIC' || report?.severity === 'FATAL';
  const lost = report === undefined ? !completed : report.state === '26000' && !prepared;
  if (fatal || lost) throw new Error('the answer of the database is not sound');
}

function columnsOf(description: RowDescription): Column[] {
  return description.fields.map((field) => ({
    name: field.name,
    table: field.tableID,
    attribute: field.columnID,
    type: field.dataTypeID,
    modifier: field.dataTypeModifier,
  }));
}

function reportOf(error: ReportedError): DatabaseReport {
  return {
    severity: error.severity ?? 'ERROR',
    message: error.message,
    state: error.code ?? 'XX000',
    position: error.position,
  };
}

/** `INSERT 0 5` is the command INSERT with 5 rows, `CREATE TABLE` has no count. */
function readTag(tag: string): { command: string; count: number } {
  const [, command = tag, count = '0'] = /^([A-Z ]+?)(?: \d+)? (\d+)$/.exec(tag) ?? [];
  return { command, count: Number(count) };
}
