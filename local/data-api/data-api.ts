import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import type { Access } from '../access.ts';
import { requestBody } from '../request-body.ts';
import { ServiceError } from '../service-error.ts';
import { ColumnCatalog } from './column-catalog.ts';
import { dataApiError } from './data-api-error.ts';
import { PgliteSessions } from './pglite-sessions.ts';
import { PostgresSessions } from './postgres-sessions.ts';
import * as requests from './request.ts';
import { formattedRecordsOf, recordsOf, typeColumns } from './result.ts';
import {
  changesTables,
  DatabaseError,
  type Outcome,
  ResultTooLargeError,
  type Session,
  type Sessions,
} from './session.ts';
import { bindStatement } from './statement.ts';
import { Transactions } from './transactions.ts';

const mebibyte = 1 << 20;
const maxRequestBytes = 4 * mebibyte;
const maxResponseBytes = mebibyte;
const resultLimits = { row: 64 << 10, result: maxResponseBytes };

/** Path of each operation and the action its caller needs. */
const operations = {
  '/Execute': 'rds-data:ExecuteStatement',
  '/BatchExecute': 'rds-data:BatchExecuteStatement',
  '/BeginTransaction': 'rds-data:BeginTransaction',
  '/CommitTransaction': 'rds-data:CommitTransaction',
  '/RollbackTransaction': 'rds-data:RollbackTransaction',
} as const;
type Path = keyof typeof operations;

const milliseconds = z.number().int().positive();
const optionsSchema = z.strictObject({
  /** Folder of the database (PGlite only). */
  root: z.string().min(1),
  /** Folder in which an initialised, empty database is kept, so that the next new one is a copy. */
  templates: z.string().min(1),
  /** The bundled PGlite thread (bundle-worker.ts). */
  worker: z.instanceof(URL),
  /** A PostgreSQL server to use instead of PGlite. */
  databaseUrl: z.string().min(1).optional(),
  /** Name that requests may give as `database`. */
  database: z.string().min(1).optional(),
  access: z.custom<Access>().optional(),
  /** Time a call may take, in milliseconds, its wait for a session included. AWS: 45 s. */
  statementTimeout: milliseconds.default(45_000),
  transactions: z
    .strictObject({
      idle: milliseconds.default(180_000),
      total: milliseconds.default(86_400_000),
      contended: milliseconds.default(15_000),
      abandoned: milliseconds.default(5_000),
    })
    .prefault({}),
});

export type DataApiOptions = z.input<typeof optionsSchema>;

interface Call {
  readonly principal: string;
  readonly request: IncomingMessage;
  /** Aborts when the caller has gone or the call has taken too long. */
  readonly signal: AbortSignal;
}

/**
 * The embedded RDS Data API: the REST JSON protocol of the service over PGlite or a PostgreSQL server, with the limits
 * of Aurora PostgreSQL (Serverless v2), so that what passes here passes there.
 * @see https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/Welcome.html
 */
export class DataApi {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #sessions: Sessions;
  readonly #transactions: Transactions;
  readonly #catalog: ColumnCatalog;
  #pausedUntil = 0;
  #pausedWith: 'DatabaseResumingException' | 'ServiceUnavailableError' = 'DatabaseResumingException';

  private constructor(options: z.output<typeof optionsSchema>, sessions: Sessions) {
    this.#options = options;
    this.#sessions = sessions;
    this.#transactions = new Transactions(sessions, options.transactions);
    this.#catalog = new ColumnCatalog(sessions.exclusive);
  }

  /** @throws FolderLockedError when another live process has the folder open. */
  static async open(options: DataApiOptions): Promise<DataApi> {
    const checked = optionsSchema.parse(options);
    const sessions =
      checked.databaseUrl === undefined
        ? await PgliteSessions.open({
            folder: join(checked.root, 'database'),
            templates: checked.templates,
            worker: checked.worker,
          })
        : new PostgresSessions(checked.databaseUrl, checked.statementTimeout);
    return new DataApi(checked, sessions);
  }

  /** Whether a request is for this service. */
  static serves(request: IncomingMessage): boolean {
    return request.method === 'POST' && (request.url ?? '') in operations;
  }

  /** Answers one request of the service; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let text: string;
    try {
      text = await this.#answer(request);
    } catch (thrown) {
      const error = errorOf(thrown);
      status = error.status;
      text = JSON.stringify({ message: error.message, Message: error.message });
      response.setHeader('x-amzn-ErrorType', error.code);
    }
    if (response.destroyed) return;
    const body = Buffer.from(text);
    response.setHeader('x-amzn-RequestId', randomUUID());
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  }

  /**
   * For tests of faults: until then every call answers as an Aurora that is resuming from zero capacity, or as a
   * service that is not available.
   */
  pauseUntil(
    date: Date,
    answer: 'DatabaseResumingException' | 'ServiceUnavailableError' = 'DatabaseResumingException',
  ): void {
    this.#pausedUntil = date.getTime();
    this.#pausedWith = answer;
  }

  /** Rolls back open transactions and closes the database. */
  async close(): Promise<void> {
    await this.#transactions.close();
    await this.#sessions.close();
  }

  async #answer(request: IncomingMessage): Promise<string> {
    const body = await requestBody(request, maxRequestBytes);
    const path = request.url as Path;
    const action = operations[path];
    if (request.method !== 'POST' || action === undefined)
      throw dataApiError('UnknownOperationException', 'The operation does not exist.');
    const access = this.#options.access;
    const principal = (await access?.authenticate(request, body)) ?? '';
    const content = parseJson(body);
    const resource = clusterOf(content);
    if (access?.authorize?.(principal, action, resource) === false)
      throw dataApiError(
        'AccessDeniedException',
        `User: ${principal} is not authorized to perform: ${action} on resource: ${resource}`,
      );
    if (Date.now() < this.#pausedUntil)
      throw dataApiError(this.#pausedWith, pausedMessages[this.#pausedWith]);
    const waiting = new AbortController();
    const signal = waiting.signal;
    const timer = setTimeout(
      () => waiting.abort(dataApiError('StatementTimeoutException', 'The statement did not end in time.')),
      this.#options.statementTimeout,
    );
    const gone = () => waiting.abort(dataApiError('ServiceUnavailableError', 'The caller has gone.'));
    request.socket.once('close', gone);
    try {
      return await this.#perform(path, content, { principal, request, signal });
    } finally {
      clearTimeout(timer);
      request.socket.off('close', gone);
    }
  }

  #perform(path: Path, content: unknown, call: Call): Promise<string> {
    switch (path) {
      case '/Execute':
        return this.#execute(parse(requests.executeStatement, content), call);
      case '/BatchExecute':
        return this.#batchExecute(parse(requests.batchExecuteStatement, content), call);
      case '/BeginTransaction':
        return this.#begin(parse(requests.beginTransaction, content), call);
      case '/CommitTransaction':
        return this.#end(parse(requests.endTransaction, content), call, 'commit');
      case '/RollbackTransaction':
        return this.#end(parse(requests.endTransaction, content), call, 'rollback');
    }
  }

  async #execute(input: requests.ExecuteStatement, call: Call): Promise<string> {
    this.#checkDatabase(input.database);
    const { sql, values } = bindStatement(input.sql, input.parameters ?? []);
    return this.#within(input.transactionId, call, async (session) => {
      const outcome = await session.execute(sql, values, resultLimits);
      if (changesTables(outcome.command)) this.#catalog.forget();
      const answer = await this.#answerTo(input, outcome, session);
      if (answer.length > maxResponseBytes / 4 && Buffer.byteLength(answer) > maxResponseBytes)
        throw new ResultTooLargeError('result');
      return answer;
    });
  }

  async #batchExecute(input: z.infer<typeof requests.batchExecuteStatement>, call: Call): Promise<string> {
    this.#checkDatabase(input.database);
    const sets = input.parameterSets ?? [];
    const statements = (sets.length === 0 ? [[]] : sets).map((set) => bindStatement(input.sql, set));
    await this.#within(input.transactionId, call, (session) => session.executeBatch(statements));
    this.#catalog.forget();
    return JSON.stringify({ updateResults: sets.map(() => ({ generatedFields: [] })) });
  }

  async #begin(input: z.infer<typeof requests.beginTransaction>, call: Call): Promise<string> {
    this.#checkDatabase(input.database);
    const transactionId = await this.#transactions.begin(call.principal, call.request.socket, call.signal);
    return JSON.stringify({ transactionId });
  }

  async #end(
    { transactionId }: z.infer<typeof requests.endTransaction>,
    call: Call,
    how: 'commit' | 'rollback',
  ): Promise<string> {
    await this.#transactions.end(transactionId, call.principal, call.request.socket, how);
    if (how === 'rollback') this.#catalog.forget();
    return JSON.stringify({
      transactionStatus: how === 'commit' ? 'Transaction Committed' : 'Rollback Complete',
    });
  }

  /**
   * Runs `work` on the transaction's session, or on one of its own, and waits for it as long as a call may take. What
   * takes longer goes on unheard (PGlite cannot be interrupted; a server cancels it by itself).
   */
  #within<T>(
    transactionId: string | null | undefined,
    { principal, request, signal }: Call,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const running =
      transactionId != null
        ? this.#transactions.use(transactionId, principal, request.socket, work)
        : this.#onOwnSession(signal, work);
    const over = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return Promise.race([running, over]);
  }

  async #onOwnSession<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#sessions.acquire(signal);
    try {
      return await work(session);
    } finally {
      this.#sessions.release(session);
    }
  }

  async #answerTo(
    { includeResultMetadata, formatRecordsAs, resultSetOptions }: requests.ExecuteStatement,
    { columns, rows, changed }: Outcome,
    session: Session,
  ): Promise<string> {
    if (columns === undefined) return `{"generatedFields":[],"numberOfRecordsUpdated":${changed}}`;
    const typed = typeColumns(columns, await this.#catalog.otherTypes(session, columns));
    if (formatRecordsAs === 'JSON') {
      const formatted = JSON.stringify(formattedRecordsOf(typed, rows));
      return `{"numberOfRecordsUpdated":0,"formattedRecords":${formatted}}`;
    }
    const records = recordsOf(typed, rows, {
      decimals: resultSetOptions?.decimalReturnType ?? 'STRING',
      longs: resultSetOptions?.longReturnType ?? 'LONG',
    });
    const metadata = includeResultMetadata
      ? `"columnMetadata":${await this.#catalog.metadata(session, typed)},`
      : '';
    return `{${metadata}"numberOfRecordsUpdated":0,"records":${records}}`;
  }

  #checkDatabase(name: string | null | undefined): void {
    const expected = this.#options.database;
    if (name != null && expected !== undefined && name !== expected)
      throw dataApiError(
        'DatabaseErrorException',
        `FATAL: database "${name}" does not exist; SQLState: 3D000`,
      );
  }
}

const pausedMessages = {
  DatabaseResumingException:
    'The Aurora DB instance is resuming after being auto-paused. Please wait a few seconds and try again.',
  ServiceUnavailableError: 'The service specified by the resourceArn parameter is not available.',
} as const;

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw dataApiError('BadRequestException', 'The request is not JSON.');
  }
}

function clusterOf(content: unknown): string {
  const arn = (content as { resourceArn?: unknown } | null)?.resourceArn;
  return typeof arn === 'string' ? arn : '';
}

function parse<T extends z.ZodType>(schema: T, content: unknown): z.output<T> {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.join('.');
  if (path === 'schema') throw dataApiError('ValidationException', "The schema parameter isn't supported");
  throw dataApiError('BadRequestException', `${path}: ${issue.message}`);
}

/** The error to answer with. A statement's text or values are never part of one that we word ourselves. */
function errorOf(thrown: unknown): ServiceError {
  if (thrown instanceof ResultTooLargeError)
    return thrown.of === 'row'
      ? dataApiError('BadRequestException', 'Packet for query is too large: a row exceeds 64 KB')
      : dataApiError('BadRequestException', 'Database returned more than the allowed response size limit');
  if (thrown instanceof DatabaseError) {
    const { severity, message, state, position } = thrown.report;
    if (state === '42601' && message.startsWith('cannot insert multiple commands'))
      return dataApiError('ValidationException', "Multistatements aren't supported.");
    if (state === '57014')
      return dataApiError('StatementTimeoutException', 'The statement took too long and was cancelled.');
    const at = position === undefined ? '' : `; Position: ${position}`;
    return dataApiError('DatabaseErrorException', `${severity}: ${message}${at}; SQLState: ${state}`);
  }
  return ServiceError.from(thrown, () =>
    dataApiError('InternalServerErrorException', 'The service failed unexpectedly.'),
  );
}
