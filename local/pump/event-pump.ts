import type { S3EventRecord } from 'aws-lambda';
import * as z from 'zod';
import type { FunctionHost } from '../functions/function-host.ts';
import type { QueueService } from '../queues/queue-service.ts';
import { type CloudEvent, cloudEvent } from './cloud-event.ts';
import { failedMessages } from './failed-messages.ts';
import { QueuePoller } from './queue-poller.ts';
import { sqsEvent } from './sqs-event.ts';

/** Seconds before Lambda's first and second retry of an asynchronous invocation. */
const asyncRetryDelays = [60, 120];

const optionsSchema = z.strictObject({
  queues: z.custom<QueueService>(),
  functions: z.custom<FunctionHost>(),
  /** Event source mappings. */
  sources: z.array(
    z.strictObject({
      queue: z.string(),
      function: z.string(),
      batchSize: z.number().int().min(1).max(10_000),
      /** Seconds. */
      window: z.number().min(0).max(300),
      maxConcurrency: z.number().int().min(1),
    }),
  ),
  /** Functions that are invoked at once and then every so many seconds, unless still at work. */
  schedules: z.array(z.strictObject({ function: z.string(), every: z.number().positive() })).default([]),
  /** Functions that receive AWS Batch's "Batch Job State Change" events. */
  stateChanges: z.array(z.string()).default([]),
  /** Bounds `maxConcurrency` of every source and of asynchronous invocations: what this machine can do at once. */
  concurrency: z.number().int().min(1),
  /**
   * Seconds until a failed message is delivered again: `first`, doubled with each further failure up to `most`;
   * absent: its visibility timeout, as on AWS. Asynchronous invocations are repeated after 1 and 2 minutes, as on AWS,
   * or after `most` where that is less.
   */
  retryDelay: z.strictObject({ first: z.number().int().min(0), most: z.number().int().min(0) }).optional(),
});

export type EventPumpOptions = z.input<typeof optionsSchema>;

/**
 * Takes events to functions: messages of queues (event source mappings), events of EventBridge and schedules
 * (asynchronous invocations). An asynchronous invocation is a message of the queue `<function>-async`: accepted when
 * durable, tried three times, then in `<function>-async-dead`, from where it can be redriven like any other.
 */
export class EventPump {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #asyncFunctions: readonly string[];
  #pollers: QueuePoller[] = [];
  #timers: NodeJS.Timeout[] = [];

  /**
   * @throws ZodError when the options do not hold; ServiceError when a queue does not exist.
   */
  constructor(options: EventPumpOptions) {
    this.#options = optionsSchema.parse(options);
    const { queues, sources, schedules, stateChanges } = this.#options;
    this.#asyncFunctions = [...new Set([...schedules.map((schedule) => schedule.function), ...stateChanges])];
    for (const name of this.#asyncFunctions)
      queues.declare(asyncQueue(name), {
        visibilityTimeout: 960, // Longer than any function's timeout.
        maxReceiveCount: 1 + asyncRetryDelays.length,
        retentionDays: 14,
      });
    for (const { queue } of sources) queues.settings(queue);
  }

  /** Begins to deliver. Until then, events are accepted and wait. */
  start(): void {
    const { queues, functions, sources, schedules, concurrency, retryDelay } = this.#options;
    const backOff =
      retryDelay &&
      ((receives: number) => Math.min(retryDelay.most, retryDelay.first * 2 ** Math.min(receives - 1, 30)));
    this.#pollers = [
      ...sources.map(
        (source) =>
          new QueuePoller({
            queues,
            queue: source.queue,
            batchSize: source.batchSize,
            window: source.window,
            maxConcurrency: Math.min(source.maxConcurrency, concurrency),
            retryDelay: backOff,
            work: async (messages) =>
              failedMessages(
                await functions.invoke(source.function, sqsEvent(queues, source.queue, messages)),
                messages.map(({ id }) => id),
              ),
          }),
      ),
      ...this.#asyncFunctions.map(
        (name) =>
          new QueuePoller({
            queues,
            queue: asyncQueue(name),
            batchSize: 1,
            window: 0,
            maxConcurrency: concurrency,
            retryDelay: (receives) =>
              Math.min(asyncRetryDelays[receives - 1] ?? 0, retryDelay?.most ?? Number.POSITIVE_INFINITY),
            work: async ([message]) => {
              await functions.invoke(name, JSON.parse(message!.body));
              return new Set<string>();
            },
          }),
      ),
    ];
    for (const { function: name, every } of schedules) {
      const tick = () => {
        const { visible, inFlight } = queues.counts(asyncQueue(name));
        // While one is not done, more would only pile up. One that the disk refuses is made up for by the next.
        if (visible + inFlight === 0) this.#invokeAsync(name, this.#scheduledEvent(name)).catch(() => {});
      };
      this.#timers.push(setInterval(tick, every * 1000));
      tick();
    }
  }

  /** Accepts an S3 event for a queue, as the message S3 sends to SQS; resolves when it is durable. */
  async accept(queue: string, record: S3EventRecord): Promise<void> {
    await this.#options.queues.send(queue, JSON.stringify({ Records: [record] }));
  }

  /** Accepts a state change of AWS Batch for all functions that receive them; resolves when it is durable. */
  async stateChanged(event: CloudEvent): Promise<void> {
    await Promise.all(this.#options.stateChanges.map((name) => this.#invokeAsync(name, event)));
  }

  /** Stops delivering and waits for the invocations under way. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await Promise.all(this.#pollers.splice(0).map((poller) => poller.stop()));
  }

  async #invokeAsync(name: string, event: CloudEvent): Promise<void> {
    await this.#options.queues.send(asyncQueue(name), JSON.stringify(event));
  }

  #scheduledEvent(name: string): CloudEvent {
    const { region, account } = this.#options.queues;
    return cloudEvent(this.#options.queues, {
      type: 'Scheduled Event',
      source: 'aws.events',
      resources: [`arn:aws:events:${region}:${account}:rule/${name}`],
      detail: {},
      at: Date.now(),
    });
  }
}

function asyncQueue(name: string): string {
  return `${name}-async`;
}
