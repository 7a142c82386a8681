import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FolderLock } from '../folder-lock.ts';
import { dataApiError } from './data-api-error.ts';
import type { Answer, Demand, Order } from './pglite-messages.ts';
import { DatabaseError, type Outcome, ResultTooLargeError, type Session, type Sessions } from './session.ts';

export interface PgliteOptions {
  /** Folder of the database: `cluster/` with the files of PostgreSQL, and the lock. */
  readonly folder: string;
  /** Folder in which initialised clusters are kept to be copied. */
  readonly templates: string;
  /** The bundled worker (bundle-worker.ts). */
  readonly worker: URL;
}

interface Pending {
  readonly resolve: (result: Outcome | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * PGlite in a thread of its own. It has one connection, so there is one session, handed from caller to caller in the
 * order of their calls. When the thread dies (PostgreSQL's PANIC ends it) what was under way fails and a new one
 * opens the folder again.
 */
export class PgliteSessions implements Sessions {
  readonly #options: PgliteOptions;
  readonly #lock: FolderLock;
  readonly #session: Session;
  readonly #pending = new Map<number, Pending>();
  readonly #waiters = new Set<Waiter>();
  #worker: Worker | undefined;
  #next = 0;
  #free = true;
  #closing = false;

  private constructor(options: PgliteOptions, lock: FolderLock) {
    this.#options = options;
    this.#lock = lock;
    this.#session = {
      execute: async (sql, values, limits) =>
        (await this.#ask({ kind: 'execute', sql, values, limits })) as Outcome,
      executeBatch: async (statements) => void (await this.#ask({ kind: 'batch', statements })),
      begin: async () => void (await this.#ask({ kind: 'begin' })),
      commit: async () => void (await this.#ask({ kind: 'commit' })),
      rollback: async () => void (await this.#ask({ kind: 'rollback' })),
    };
  }

  /** @throws FolderLockedError when another live process has the folder open. */
  static async open(options: PgliteOptions): Promise<PgliteSessions> {
    const lock = await FolderLock.take(options.folder);
    const sessions = new PgliteSessions(options, lock);
    try {
      await sessions.#start();
    } catch (error) {
      await lock.release();
      throw error;
    }
    return sessions;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  acquire(signal: AbortSignal): Promise<Session> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#free) {
        this.#free = false;
        return resolve(this.#session);
      }
      const leave = () => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        resolve: (session) => {
          signal.removeEventListener('abort', leave);
          resolve(session);
        },
        reject,
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.add(waiter);
    });
  }

  release(session: Session): void {
    const [first] = this.#waiters;
    if (first === undefined) {
      this.#free = true;
      return;
    }
    this.#waiters.delete(first);
    first.resolve(session);
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const waiter of this.#waiters) waiter.reject(unavailable());
    this.#waiters.clear();
    if (this.#worker !== undefined) {
      await this.#ask({ kind: 'close' });
      await this.#worker.terminate();
    }
    await this.#lock.release();
  }

  async #start(): Promise<void> {
    const worker = new Worker(this.#options.worker);
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#take(answer));
    const ended = once(worker, 'exit');
    worker.on('error', () => {});
    void ended.then(() => {
      this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(unavailable());
      this.#pending.clear();
    });
    const folder = join(this.#options.folder, 'cluster');
    await this.#ask({ kind: 'open', folder, templates: this.#options.templates });
  }

  async #ask(order: Order): Promise<Outcome | undefined> {
    if (this.#worker === undefined) {
      if (this.#closing) throw unavailable();
      await this.#start();
    }
    return new Promise((resolve, reject) => {
      this.#next += 1;
      this.#pending.set(this.#next, { resolve, reject });
      this.#worker!.postMessage({ id: this.#next, order } satisfies Demand);
    });
  }

  #take({ id, result, report, tooLarge, broken }: Answer): void {
    const pending = this.#pending.get(id)!;
    this.#pending.delete(id);
    if (report !== undefined) pending.reject(new DatabaseError(report));
    else if (tooLarge !== undefined) pending.reject(new ResultTooLargeError(tooLarge));
    else if (broken !== undefined) pending.reject(unavailable());
    else pending.resolve(result);
  }
}

function unavailable(): Error {
  return dataApiError('ServiceUnavailableError', 'The database is not available.');
}
