import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  type RDSDataClientConfig,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { decodeRows } from './decode-rows.ts';
import { encodeParameters, type Parameters } from './encode-parameters.ts';
import { wasLost, wasRefused } from './failures.ts';

/** Which database to talk to; `environment.database()` gives those of a function or job. */
export interface DatabaseNames {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

export interface DatabaseOptions {
  /** Configuration of the SDK client: endpoint, region and credentials where the environment does not give them. */
  readonly client?: RDSDataClientConfig;
  /**
   * Milliseconds before each further attempt. The default lasts about two minutes: Aurora resuming from zero capacity
   * takes up to 30 s and refuses calls meanwhile, which the SDK does not try again.
   */
  readonly retryDelays?: readonly number[];
}

export interface CallOptions {
  /** Ends the waiting between attempts and the call under way. */
  readonly signal?: AbortSignal;
}

/** What statements are run on: the database itself, or a transaction of it. */
export interface Queries {
  /**
   * Runs one statement. Parameters are written `:name`; see encode-parameters.ts for their types (an integer is a
   * bigint there, so a function that takes an int wants `:name::int`).
   * @returns its rows as plain objects by column name (decode-rows.ts); empty for a statement that returns none
   */
  query<T extends object>(sql: string, parameters?: Parameters, options?: CallOptions): Promise<T[]>;
}

const defaultDelays = [0, 2_000, 5_000, 10_000, 20_000, 40_000, 40_000];

/** Rows of the first page of `pages`. */
const pageRows = 1000;

/**
 * The catalog's database through the RDS Data API. Connections to the API are kept and used again, so make one per
 * process.
 *
 * A statement given to `query` must be one that may run twice, as all of the catalog's are, since each names the state
 * it leaves: it is sent again when its answer was lost. One that must not goes through `transaction`.
 */
export class Database implements Queries {
  readonly #names: DatabaseNames;
  readonly #client: RDSDataClient;
  readonly #delays: readonly number[];

  constructor(names: DatabaseNames, { client, retryDelays = defaultDelays }: DatabaseOptions = {}) {
    this.#names = { resourceArn: names.resourceArn, secretArn: names.secretArn, database: names.database };
    this.#client = new RDSDataClient({
      // Repeated here, with delays that fit the database.
      maxAttempts: 1,
      // The API itself gives up after 45 s.
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
      ...client,
    });
    this.#delays = retryDelays;
  }

  query<T extends object>(sql: string, parameters: Parameters = {}, options: CallOptions = {}): Promise<T[]> {
    return this.#repeat(
      () => this.#execute<T>(sql, parameters, undefined, options),
      (error) => wasRefused(error) || wasLost(error),
      options,
    );
  }

  /**
   * Runs a statement that returns no rows once for each set of parameters, all or none. For many rows
   * `insert ... select from jsonb_to_recordset(:rows::jsonb)` is ten times as fast.
   */
  async batch(sql: string, sets: readonly Parameters[], options: CallOptions = {}): Promise<void> {
    await this.#repeat(
      () =>
        this.#client.send(
          new BatchExecuteStatementCommand({
            ...this.#names,
            sql,
            parameterSets: sets.map(encodeParameters),
          }),
          { abortSignal: options.signal },
        ),
      wasRefused,
      options,
    );
  }

  /**
   * Runs `work` in a transaction, committed when it resolves and rolled back when it rejects. Its statements run one
   * after another. A transaction may idle for three minutes on AWS, and much less in the embedded cloud while others
   * wait: do nothing else within.
   * @param options.repeatable `work` may run again, even when its first run was committed and only the answer lost
   */
  async transaction<T>(
    work: (transaction: Queries) => Promise<T>,
    { repeatable = false, ...options }: CallOptions & { readonly repeatable?: boolean } = {},
  ): Promise<T> {
    const once = async () => {
      const transactionId = await this.#begin(options);
      let result: T;
      try {
        result = await work({
          query: (sql, parameters = {}, more = options) =>
            this.#execute(sql, parameters, transactionId, more),
        });
      } catch (error) {
        await this.#rollback(transactionId);
        throw error;
      }
      await this.#client.send(new CommitTransactionCommand({ ...this.#cluster, transactionId }), {
        abortSignal: options.signal,
      });
      return result;
    };
    return repeatable ? this.#repeat(once, (error) => wasRefused(error) || wasLost(error), options) : once();
  }

  /**
   * The rows of a statement in pages, since the Data API answers with 1 MiB at most. The statement orders its rows by
   * a unique column, begins after `:after` (null at first: `where (:after::uuid is null or id > :after::uuid)`) and
   * ends with `limit :rows`. Where a page is too large for one answer, smaller ones follow.
   * @param key name of that column in the rows
   */
  async *pages<T extends object>(
    sql: string,
    parameters: Parameters,
    key: keyof T & string,
    options: CallOptions = {},
  ): AsyncGenerator<T[]> {
    let after: Parameters[string] = null;
    let limit = pageRows;
    for (;;) {
      let page: T[];
      try {
        page = await this.query<T>(sql, { ...parameters, after, rows: limit }, options);
      } catch (error) {
        if (limit === 1 || !isTooLarge(error)) throw error;
        limit = Math.ceil(limit / 2);
        continue;
      }
      if (page.length > 0) yield page;
      if (page.length < limit) return;
      after = page[page.length - 1]![key] as Parameters[string];
    }
  }

  /** Closes the connections to the API. */
  close(): void {
    this.#client.destroy();
  }

  get #cluster() {
    return { resourceArn: this.#names.resourceArn, secretArn: this.#names.secretArn };
  }

  async #execute<T extends object>(
    sql: string,
    parameters: Parameters,
    transactionId: string | undefined,
    { signal }: CallOptions,
  ): Promise<T[]> {
    const { records, columnMetadata } = await this.#client.send(
      new ExecuteStatementCommand({
        ...this.#names,
        sql,
        parameters: encodeParameters(parameters),
        transactionId,
        includeResultMetadata: true,
        // As a number the SDK would round it above 2^53.
        resultSetOptions: { longReturnType: 'STRING' },
      }),
      { abortSignal: signal },
    );
    return decodeRows<T>(records ?? [], columnMetadata ?? []);
  }

  /** A transaction that was begun and whose answer was lost is rolled back by the service. */
  async #begin(options: CallOptions): Promise<string> {
    const { transactionId } = await this.#repeat(
      () => this.#client.send(new BeginTransactionCommand(this.#names), { abortSignal: options.signal }),
      (error) => wasRefused(error) || wasLost(error),
      options,
    );
    return transactionId!;
  }

  async #rollback(transactionId: string): Promise<void> {
    try {
      await this.#client.send(new RollbackTransactionCommand({ ...this.#cluster, transactionId }));
    } catch {
      // The reason for the rollback counts; a transaction that nobody ends is rolled back by the service.
    }
  }

  async #repeat<T>(
    attempt: () => Promise<T>,
    again: (error: unknown) => boolean,
    { signal }: CallOptions,
  ): Promise<T> {
    for (const wait of this.#delays) {
      try {
        return await attempt();
      } catch (error) {
        if (!again(error)) throw error;
      }
      // Spread, since everybody who waits for the database was refused at about the same time.
      await delay(wait * (0.8 + 0.4 * Math.random()), undefined, { signal });
    }
    return attempt();
  }
}

/** The wordings of the service for an answer above its limit (that of Serverless v1, and of v2). */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && /response size limit|exceeds the size limit/.test(error.message);
}
