import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueService, ReceivedMessage } from '../queues/queue-service.ts';

/** Bodies of one batch together: leaves room in an event of 6 MB for what surrounds and escapes them. */
const maxBatchBytes = 3 << 20;
const pollSeconds = 20;

/** Milliseconds before each attempt to note what became of a message. */
const persistDelays = [0, 1000, 3000, 10_000, 30_000];

export interface QueuePollerOptions {
  readonly queues: QueueService;
  readonly queue: string;
  readonly batchSize: number;
  /** Seconds to wait for a full batch after its first message. */
  readonly window: number;
  /** Batches at work at once. */
  readonly maxConcurrency: number;
  /** Seconds until a failed message is delivered again, by its receive count; absent: its visibility timeout. */
  readonly retryDelay?: (receiveCount: number) => number;
  /** Works on a batch and returns the ids of the messages that failed; throws when all did. */
  readonly work: (messages: readonly ReceivedMessage[]) => Promise<ReadonlySet<string>>;
}

/** Takes batches from a queue to whoever works on them, as a Lambda event source mapping does. */
export class QueuePoller {
  readonly #options: QueuePollerOptions;
  readonly #stopping = new AbortController();
  readonly #working = new Set<Promise<void>>();
  readonly #polling: Promise<void>;
  #freed: () => void = () => {};

  constructor(options: QueuePollerOptions) {
    this.#options = options;
    // Ends with an error only when the queues have been closed: then there is nothing left to poll.
    this.#polling = this.#poll().catch(() => {});
  }

  /** Takes no more batches and waits for those at work. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#freed();
    await this.#polling;
    await Promise.all(this.#working);
  }

  async #poll(): Promise<void> {
    const { queues, queue, maxConcurrency } = this.#options;
    // What the process before this one was working on comes back at once: nobody works on it any more.
    await queues.release(queue).catch(() => {});
    while (!this.#stopping.signal.aborted) {
      if (this.#working.size >= maxConcurrency) {
        await new Promise<void>((resolve) => {
          this.#freed = resolve;
        });
        continue;
      }
      const batch = await this.#batch();
      if (batch.length === 0) continue;
      const working = this.#run(batch).finally(() => {
        this.#working.delete(working);
        this.#freed();
      });
      this.#working.add(working);
    }
  }

  async #batch(): Promise<ReceivedMessage[]> {
    const { queues, queue, batchSize, window } = this.#options;
    const { signal } = this.#stopping;
    const batch = await queues.receive(queue, {
      max: batchSize,
      wait: pollSeconds,
      maxBytes: maxBatchBytes,
      signal,
    });
    const deadline = Date.now() + window * 1000;
    let bytes = bodyBytes(batch);
    while (batch.length > 0 && batch.length < batchSize && bytes < maxBatchBytes / 2) {
      const wait = (deadline - Date.now()) / 1000;
      if (wait <= 0 || signal.aborted) break;
      const more = await queues.receive(queue, {
        max: batchSize - batch.length,
        wait,
        maxBytes: maxBatchBytes / 2,
        signal,
      });
      batch.push(...more);
      bytes += bodyBytes(more);
    }
    return batch;
  }

  /**
   * Repeats a change while the disk refuses it; in the end the messages come back after their visibility timeout: at
   * least once.
   */
  async #persist(change: () => Promise<void>): Promise<void> {
    for (const wait of persistDelays) {
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
      try {
        return await change();
      } catch {
        if (this.#stopping.signal.aborted) return;
      }
    }
  }

  async #run(batch: readonly ReceivedMessage[]): Promise<void> {
    const { queues, queue, work, retryDelay } = this.#options;
    let failed: ReadonlySet<string>;
    try {
      failed = await work(batch);
    } catch {
      failed = new Set(batch.map(({ id }) => id));
    }
    const done = batch.filter(({ id }) => !failed.has(id)).map(({ receiptHandle }) => receiptHandle);
    if (done.length > 0) await this.#persist(() => queues.delete(queue, done));
    if (retryDelay)
      await Promise.all(
        batch
          .filter(({ id }) => failed.has(id))
          .map(({ receiptHandle, receiveCount }) =>
            this.#persist(() => queues.changeVisibility(queue, receiptHandle, retryDelay(receiveCount))),
          ),
      );
  }
}

function bodyBytes(messages: readonly ReceivedMessage[]): number {
  return messages.reduce((bytes, { body }) => bytes + body.length, 0);
}
