import { join } from 'node:path';
import { FolderLock } from '../folder-lock.ts';
import { dataApiError } from './data-api-error.ts';
import { PgliteThread } from './pglite-thread.ts';
import type { Limits, Outcome, Row, Session, Sessions } from './session.ts';

export interface PgliteOptions {
  /** Folder of the database: `cluster/` with the files of PostgreSQL, and the lock. */
  readonly folder: string;
  /** Folder in which initialised clusters are kept to be copied. */
  readonly templates: string;
  /** The bundled worker (bundle-worker.ts). */
  readonly worker: URL;
}

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * PGlite in a thread of its own. It has one connection, so there is one session at a time, handed from caller to caller
 * in the order of their calls. When the thread has died, whatever was under way fails, and the next caller's session
 * is of a new thread on the same folder.
 */
export class PgliteSessions implements Sessions {
  readonly exclusive = true;
  readonly #options: PgliteOptions;
  readonly #lock: FolderLock;
  readonly #waiters = new Set<Waiter>();
  #thread: PgliteThread;
  #taken = false;
  #closed = false;

  private constructor(options: PgliteOptions, lock: FolderLock, thread: PgliteThread) {
    this.#options = options;
    this.#lock = lock;
    this.#thread = thread;
  }

  /** @throws FolderLockedError when another live process has the folder open. */
  static async open(options: PgliteOptions): Promise<PgliteSessions> {
    const lock = await FolderLock.take(options.folder);
    try {
      return new PgliteSessions(options, lock, await startThread(options));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  async acquire(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    if (this.#closed) throw closed();
    if (this.#taken) await this.#turn(signal);
    this.#taken = true;
    try {
      if (this.#thread.ended) this.#thread = await startThread(this.#options);
    } catch (error) {
      this.#pass();
      throw error;
    }
    return new PgliteSession(this.#thread);
  }

  release(): void {
    this.#pass();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#waiters) refuse(closed());
    if (!this.#thread.ended) {
      await this.#thread.ask({ kind: 'close' });
      await this.#thread.end();
    }
    await this.#lock.release();
  }

  /** Waits in the queue; the session stays taken while it passes from one to the next. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => waiter.refuse(signal.reason);
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
        refuse: (reason) => {
          this.#waiters.delete(waiter);
          signal.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      signal.addEventListener('abort', leave);
      this.#waiters.add(waiter);
    });
  }

  #pass(): void {
    const [first] = this.#waiters;
    if (first === undefined) this.#taken = false;
    else {
      this.#waiters.delete(first);
      first.enter();
    }
  }
}

function closed(): Error {
  return dataApiError('ServiceUnavailableError', 'The database is closed.');
}

async function startThread({ folder, templates, worker }: PgliteOptions): Promise<PgliteThread> {
  const thread = new PgliteThread(worker);
  await thread.ask({ kind: 'open', folder: join(folder, 'cluster'), templates });
  return thread;
}

/** Belongs to one thread: a transaction whose thread has died cannot go on, without its beginning, on the next. */
class PgliteSession implements Session {
  readonly #thread: PgliteThread;

  constructor(thread: PgliteThread) {
    this.#thread = thread;
  }

  async execute(sql: string, values: Row, limits: Limits): Promise<Outcome> {
    return (await this.#thread.ask({ kind: 'execute', sql, values, limits }))!;
  }

  async executeBatch(statements: readonly { sql: string; values: Row }[]): Promise<void> {
    await this.#thread.ask({ kind: 'batch', statements });
  }

  async begin(): Promise<void> {
    await this.#thread.ask({ kind: 'begin' });
  }

  async commit(): Promise<void> {
    await this.#thread.ask({ kind: 'commit' });
  }

  async rollback(): Promise<void> {
    await this.#thread.ask({ kind: 'rollback' });
  }
}
