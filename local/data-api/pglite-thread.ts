import { Worker } from 'node:worker_threads';
import { dataApiError } from './data-api-error.ts';
import type { Answer, Demand, Order } from './pglite-messages.ts';
import { DatabaseError, type Outcome, ResultTooLargeError } from './session.ts';

/** Deep statements are to meet PostgreSQL's own limit on its stack, which it survives, before that of the thread. */
const stackSizeMb = 64;

interface Pending {
  readonly resolve: (result: Outcome | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** The owner's side of the PGlite thread: sends orders and hands back their answers until the thread ends. */
export class PgliteThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  #ended = false;

  constructor(program: URL) {
    this.#worker = new Worker(program, { resourceLimits: { stackSizeMb } });
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    // Its exit follows.
    this.#worker.on('error', () => {});
    this.#worker.on('exit', () => {
      this.#ended = true;
      for (const { reject } of this.#pending.values()) reject(unavailable());
      this.#pending.clear();
    });
  }

  /** The thread is no more, by `end` or because PostgreSQL ended its process (a PANIC does). */
  get ended(): boolean {
    return this.#ended;
  }

  /** @throws DatabaseError | ResultTooLargeError | ServiceError when the thread has ended */
  ask(order: Order): Promise<Outcome | undefined> {
    if (this.#ended) return Promise.reject(unavailable());
    return new Promise((resolve, reject) => {
      this.#next += 1;
      this.#pending.set(this.#next, { resolve, reject });
      this.#worker.postMessage({ id: this.#next, order } satisfies Demand);
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #take({ id, result, report, tooLarge, broken }: Answer): void {
    const pending = this.#pending.get(id)!;
    this.#pending.delete(id);
    // Before anybody can ask again: the thread is about to exit.
    if (broken) this.#ended = true;
    if (report !== undefined) pending.reject(new DatabaseError(report));
    else if (tooLarge !== undefined) pending.reject(new ResultTooLargeError(tooLarge));
    else if (broken) pending.reject(crashed());
    else pending.resolve(result);
  }
}

function unavailable(): Error {
  return dataApiError('ServiceUnavailableError', 'The database is not available.');
}

/** The statement under way is probably the cause, so it is not to be sent again: no `unavailable`. */
function crashed(): Error {
  return new DatabaseError({
    severity: 'FATAL',
    message: 'the database ended while it ran this statement',
    state: '57P02',
    position: undefined,
  });
}
