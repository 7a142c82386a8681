import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '../service-error.ts';
import type { QueueService } from './queue-service.ts';

const messagesAtOnce = 100;

export interface MoveTask {
  readonly handle: string;
  readonly source: string;
  readonly destination: string;
  /** Messages a second at most. */
  readonly rate: number | undefined;
  readonly startedAt: number;
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  failure?: string;
}

/**
 * Redrives: each moves what is visible in a dead-letter queue elsewhere, in the background. A task ends with the
 * process; what it had moved stays moved, and starting it anew moves the rest.
 */
export class MoveTasks {
  readonly #queues: QueueService;
  #tasks: MoveTask[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #ending = new AbortController();

  constructor(queues: QueueService) {
    this.#queues = queues;
  }

  /** @throws ServiceError UnsupportedOperation when one runs already. */
  start(source: string, destination: string, rate?: number): MoveTask {
    if (this.#tasks.some((task) => task.source === source && task.status === 'RUNNING'))
      throw new ServiceError(
        'UnsupportedOperation',
        'There is already a task running. Only one active task is allowed for a source queue at a time.',
      );
    const task: MoveTask = {
      handle: Buffer.from(randomUUID()).toString('base64url'),
      source,
      destination,
      rate,
      startedAt: Date.now(),
      toMove: this.#queues.counts(source).visible,
      moved: 0,
      status: 'RUNNING',
    };
    const others = this.#tasks.filter((other) => other.source !== source);
    // SQS lists ten tasks of a queue at most.
    this.#tasks = [task, ...this.list(source).slice(0, 9), ...others];
    const running = this.#run(task).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return task;
  }

  /** Tasks of a queue, latest first. */
  list(source: string): MoveTask[] {
    return this.#tasks.filter((task) => task.source === source);
  }

  /** @throws ServiceError ResourceNotFoundException */
  cancel(handle: string): MoveTask {
    const task = this.#tasks.find((candidate) => candidate.handle === handle);
    if (task?.status !== 'RUNNING')
      throw new ServiceError('ResourceNotFoundException', 'No running task has that handle.');
    task.status = 'CANCELLING';
    return task;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running);
  }

  async #run(task: MoveTask): Promise<void> {
    const { signal } = this.#ending;
    const step = task.rate === undefined ? messagesAtOnce : Math.min(task.rate, messagesAtOnce);
    try {
      while (task.status === 'RUNNING' && task.moved < task.toMove && !signal.aborted) {
        const moved = await this.#queues.move(
          task.source,
          task.destination,
          Math.min(step, task.toMove - task.moved),
        );
        task.moved += moved;
        if (moved === 0) break;
        if (task.rate !== undefined && task.moved < task.toMove)
          await sleep((1000 * moved) / task.rate, undefined, { signal });
      }
      task.status = task.status === 'RUNNING' && !signal.aborted ? 'COMPLETED' : 'CANCELLED';
    } catch (error) {
      task.status = signal.aborted ? 'CANCELLED' : 'FAILED';
      task.failure = (error as Error).message;
    }
  }
}
