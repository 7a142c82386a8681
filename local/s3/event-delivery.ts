import type { S3EventRecord } from 'aws-lambda';
import type { EventOrigin, ObjectVersion } from './entries.ts';
import { eventRecord } from './event-record.ts';

const maxConcurrent = 64;
const noteAfter = 250;
const retryDelays = [100, 500, 2000, 10_000];

interface Pending {
  readonly version: ObjectVersion;
  readonly origin: EventOrigin;
}

/**
 * Delivers the events of new versions, each at least once: a delivery that fails is repeated until it succeeds, and
 * that it did is noted a little later, many at a time.
 */
export class EventDelivery {
  readonly #region: string;
  readonly #deliver: (event: S3EventRecord) => Promise<void>;
  readonly #note: (sequences: readonly number[]) => Promise<void>;
  /** In the order of arrival. */
  readonly #pending = new Set<Pending>();
  #active = 0;
  #delivered: number[] = [];
  #noting: NodeJS.Timeout | undefined;
  readonly #waits = new Set<NodeJS.Timeout>();
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(
    region: string,
    deliver: (event: S3EventRecord) => Promise<void>,
    note: (sequences: readonly number[]) => Promise<void>,
  ) {
    this.#region = region;
    this.#deliver = deliver;
    this.#note = note;
  }

  push(version: ObjectVersion, origin: EventOrigin): void {
    this.#pending.add({ version, origin });
    this.#start();
  }

  /** Waits for deliveries under way and notes them; those that are still to come stay for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wait of this.#waits) clearTimeout(wait);
    if (this.#active > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    clearTimeout(this.#noting);
    await this.#noteDelivered();
  }

  #start(): void {
    for (const one of this.#pending) {
      if (this.#closed || this.#active >= maxConcurrent) return;
      this.#pending.delete(one);
      this.#active += 1;
      void this.#attempt(one, 0);
    }
  }

  async #attempt({ version, origin }: Pending, failures: number): Promise<void> {
    try {
      await this.#deliver(eventRecord(version, origin, this.#region));
      this.#delivered.push(version.sequence);
      this.#noting ??= setTimeout(() => void this.#noteDelivered(), noteAfter);
    } catch {
      const wait = setTimeout(
        () => {
          this.#waits.delete(wait);
          this.#active += 1;
          void this.#attempt({ version, origin }, failures + 1);
        },
        retryDelays[Math.min(failures, retryDelays.length - 1)],
      );
      this.#waits.add(wait);
      if (this.#closed) clearTimeout(wait);
    }
    this.#active -= 1;
    if (this.#active === 0) this.#idle?.();
    this.#start();
  }

  async #noteDelivered(): Promise<void> {
    this.#noting = undefined;
    const sequences = this.#delivered;
    if (sequences.length === 0) return;
    this.#delivered = [];
    // When it cannot be noted (a full disk) the events come again after the next start, which is allowed.
    await this.#note(sequences).catch(() => {});
  }
}
