import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { dataApiError } from './data-api-error.ts';
import type { Session, Sessions } from './session.ts';

/** How long a transaction may last, in milliseconds. */
export interface TransactionLimits {
  /** Without a call (AWS: three minutes). */
  readonly idle: number;
  /** In all (AWS: a day). */
  readonly total: number;
  /** Without a call, while others wait for the only session: a database of one connection has to be shared. */
  readonly contended: number;
  /** The same when the connection of its last call is closed: its owner has probably died. */
  readonly abandoned: number;
}

interface Transaction {
  readonly id: string;
  readonly principal: string;
  readonly session: Session;
  readonly began: number;
  lastUsed: number;
  busy: boolean;
  socket: Socket;
}

/** The open transactions; each owns a session until it ends or is rolled back because its owner is gone. */
export class Transactions {
  readonly #sessions: Sessions;
  readonly #limits: TransactionLimits;
  readonly #open = new Map<string, Transaction>();
  #watch: NodeJS.Timeout | undefined;

  constructor(sessions: Sessions, limits: TransactionLimits) {
    this.#sessions = sessions;
    this.#limits = limits;
  }

  async begin(principal: string, socket: Socket, signal: AbortSignal): Promise<string> {
    const session = await this.#sessions.acquire(signal);
    try {
      await session.begin();
    } catch (error) {
      this.#sessions.release(session);
      throw error;
    }
    const id = randomBytes(96).toString('base64');
    const now = Date.now();
    this.#open.set(id, { id, principal, session, began: now, lastUsed: now, busy: false, socket });
    this.#watch ??= setInterval(() => this.#expire(), 250).unref();
    return id;
  }

  /**
   * Runs `work` on the transaction's session.
   * @throws ServiceError when there is no such transaction of this principal, or a call of it is under way.
   */
  async use<T>(
    id: string,
    principal: string,
    socket: Socket,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const transaction = this.#take(id, principal, socket);
    try {
      return await work(transaction.session);
    } finally {
      transaction.busy = false;
      transaction.lastUsed = Date.now();
    }
  }

  /** Commits or rolls back; the transaction is over whatever comes of it. */
  async end(id: string, principal: string, socket: Socket, how: 'commit' | 'rollback'): Promise<void> {
    await this.#finish(this.#take(id, principal, socket), how);
  }

  /** Rolls back whatever is open. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.allSettled(
      [...this.#open.values()].map((transaction) => this.#finish(transaction, 'rollback')),
    );
  }

  #take(id: string, principal: string, socket: Socket): Transaction {
    const transaction = this.#open.get(id);
    if (transaction === undefined || transaction.principal !== principal)
      throw dataApiError('TransactionNotFoundException', `Transaction ${id} is not found`);
    if (transaction.busy)
      throw dataApiError('DatabaseErrorException', 'Transaction is still running a query');
    transaction.busy = true;
    transaction.socket = socket;
    return transaction;
  }

  async #finish({ id, session }: Transaction, how: 'commit' | 'rollback'): Promise<void> {
    this.#open.delete(id);
    if (this.#open.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    try {
      await session[how]();
    } finally {
      this.#sessions.release(session);
    }
  }

  #expire(): void {
    const now = Date.now();
    const contended = this.#sessions.waiting > 0;
    for (const transaction of this.#open.values()) {
      if (transaction.busy) continue;
      const idle = now - transaction.lastUsed;
      const over =
        idle > this.#limits.idle ||
        now - transaction.began > this.#limits.total ||
        (contended && idle > this.#limits.contended) ||
        (contended && transaction.socket.destroyed && idle > this.#limits.abandoned);
      // A session that cannot roll back is gone with its database, and the transaction with it.
      if (over) this.#finish(transaction, 'rollback').catch(() => {});
    }
  }
}
