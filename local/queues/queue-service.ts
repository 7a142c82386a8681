import { createHash, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import type { Access } from '../access.ts';
import { Journal } from '../journal.ts';
import { ServiceError } from '../service-error.ts';
import { type Message, type MessageAttribute, MessageQueue } from './message-queue.ts';
import { maxMessageBytes, messageBytes } from './message-size.ts';
import { MoveTasks } from './move-tasks.ts';
import { parseReceiptHandle, receiptHandle } from './receipt-handle.ts';
import { handleSqsRequest } from './sqs-protocol.ts';

/** Days that a dead-letter queue keeps a message, SQS's longest. It counts from when the message was first sent. */
const deadRetentionDays = 14;
const sweepPeriod = 60_000;

/** A queue; seconds and days as in `shared/deployment/description.ts`. */
const settingsSchema = z.strictObject({
  visibilityTimeout: z.number().int().min(0).max(43_200),
  /** Deliveries after which a message goes to `<name>-dead`. */
  maxReceiveCount: z.number().int().min(1).max(1000),
  retentionDays: z.number().positive().max(14),
});
const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,75}$/, 'a queue name: letters, digits, _ and -, at most 75');

const optionsSchema = z.strictObject({
  /** Folder for the journal; made when it is not there. */
  root: z.string().min(1),
  region: z.string().min(1),
  account: z.string().regex(/^\d{12}$/),
  /** Address of the HTTP endpoint, which queue URLs begin with. */
  endpoint: z.url(),
  queues: z.record(nameSchema, settingsSchema),
  access: z.custom<Access>().optional(),
});

export type QueueServiceOptions = z.input<typeof optionsSchema>;
export type QueueSettings = z.input<typeof settingsSchema>;

interface QueueState {
  readonly name: string;
  readonly messages: MessageQueue;
  /** Absent while messages of a queue that nobody has declared (yet) are kept. */
  settings?: { visibilityTimeout: number; retentionDays: number; redrive?: { to: string; after: number } };
  waiters: Waiter[];
  waking: boolean;
  timer?: NodeJS.Timeout;
}

interface Waiter {
  readonly take: () => ReceivedMessage[];
  readonly resolve: (messages: ReceivedMessage[]) => void;
}

export interface ReceiveOptions {
  /** At most so many messages, 1 when absent. HTTP callers get 10 at most. */
  readonly max?: number;
  /** Seconds until an undeleted message comes back; the queue's own when absent. */
  readonly visibility?: number;
  /** Seconds to wait for a first message; 0 when absent. */
  readonly wait?: number;
  /** Stops before the bodies together exceed this, but always gives one. */
  readonly maxBytes?: number;
  /** Ends the wait early, with no messages. */
  readonly signal?: AbortSignal;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** MD5 of the body, hexadecimal. */
  readonly md5: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>> | undefined;
  readonly receiveCount: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly firstReceivedAt: number;
}

export interface SendOptions {
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  /** Seconds until it can be received, at most 900. */
  readonly delay?: number;
}

/** What the journal holds. `take` and `hide` say absolute values, so that replaying one twice changes nothing. */
type Entry =
  | {
      readonly o: 'send';
      readonly q: string;
      readonly i: string;
      readonly b: string;
      readonly t: number;
      readonly a?: Readonly<Record<string, MessageAttribute>>;
      /** Visible at, receives, first received: only where they differ from a new message's. */
      readonly v?: number;
      readonly r?: number;
      readonly f?: number;
    }
  | {
      readonly o: 'take';
      readonly q: string;
      readonly t: number;
      readonly v: number;
      readonly m: readonly (readonly [string, number])[];
    }
  | { readonly o: 'hide'; readonly q: string; readonly m: readonly (readonly [string, number])[] }
  | { readonly o: 'delete'; readonly q: string; readonly i: readonly string[] }
  /** To another queue; with `n` and `t` as a new message of that name, sent at that time. */
  | {
      readonly o: 'move';
      readonly q: string;
      readonly to: string;
      readonly i: string;
      readonly n?: string;
      readonly t?: number;
    }
  | { readonly o: 'purge'; readonly q: string };

/**
 * The embedded SQS: standard queues with visibility timeouts, receive counts, dead-letter queues (`<name>-dead`,
 * made with each queue), retention, delays and redrive. All messages are in memory; every change is in one journal,
 * and whatever was acknowledged survives kill -9. Receiving is not waited for on the disk: a receive lost by a crash
 * only delivers once more.
 */
export class QueueService {
  readonly region: string;
  readonly account: string;
  readonly endpoint: string;
  readonly access: Access | undefined;
  readonly tasks: MoveTasks = new MoveTasks(this);
  readonly #journal: Journal<Entry>;
  readonly #queues: Map<string, QueueState>;
  readonly #sweep: NodeJS.Timeout;
  #compacting = false;
  #closed = false;

  private constructor(
    options: QueueServiceOptions,
    journal: Journal<Entry>,
    queues: Map<string, QueueState>,
  ) {
    this.region = options.region;
    this.account = options.account;
    this.endpoint = options.endpoint.replace(/\/$/, '');
    this.access = options.access;
    this.#journal = journal;
    this.#queues = queues;
    for (const [name, settings] of Object.entries(options.queues)) this.declare(name, settings);
    this.#sweep = setInterval(() => this.#expire(), sweepPeriod);
    this.#sweep.unref();
  }

  /**
   * Opens the service on its journal in `root`.
   * @throws ZodError when the options do not hold; Error when the journal is broken.
   */
  static async open(options: QueueServiceOptions): Promise<QueueService> {
    const checked = optionsSchema.parse(options);
    await mkdir(checked.root, { recursive: true });
    const queues = new Map<string, QueueState>();
    const now = Date.now();
    const journal = await Journal.open<Entry>(join(checked.root, 'queues.ndjson'), (entry) =>
      apply(queues, entry, now),
    );
    return new QueueService(checked, journal, queues);
  }

  /** Adds a queue and its dead-letter queue, or changes their settings; messages stay. */
  declare(name: string, settings: QueueSettings): void {
    const { visibilityTimeout, retentionDays, maxReceiveCount } = settingsSchema.parse(settings);
    const dead = `${nameSchema.parse(name)}-dead`;
    stateOf(this.#queues, name).settings = {
      visibilityTimeout,
      retentionDays,
      redrive: { to: dead, after: maxReceiveCount },
    };
    stateOf(this.#queues, dead).settings = { visibilityTimeout, retentionDays: deadRetentionDays };
  }

  /** Names of all declared queues, dead-letter queues included, sorted. */
  names(): string[] {
    return [...this.#queues.values()]
      .filter((state) => state.settings !== undefined)
      .map((state) => state.name)
      .sort();
  }

  arn(queue: string): string {
    return `arn:aws:sqs:${this.region}:${this.account}:${queue}`;
  }

  url(queue: string): string {
    return `${this.endpoint}/${this.account}/${queue}`;
  }

  /** @throws ServiceError QueueDoesNotExist */
  settings(queue: string): NonNullable<QueueState['settings']> {
    return this.#state(queue).settings;
  }

  /** How many messages can be received, are being worked on, and are delayed. */
  counts(queue: string): { visible: number; inFlight: number; delayed: number } {
    const { messages } = this.#state(queue);
    messages.bringBack(Date.now());
    return {
      visible: messages.count('ready'),
      inFlight: messages.count('inFlight') + messages.count('leaving'),
      delayed: messages.count('delayed'),
    };
  }

  /**
   * Sends a message; resolves with its id when it is durable.
   * @throws ServiceError QueueDoesNotExist, InvalidMessageContents, InvalidParameterValue
   */
  async send(queue: string, body: string, options: SendOptions = {}): Promise<{ id: string }> {
    this.#state(queue);
    checkBody(body, options.attributes);
    const delay = options.delay ?? 0;
    if (!(Number.isInteger(delay) && delay >= 0 && delay <= 900))
      throw new ServiceError('InvalidParameterValue', 'DelaySeconds must be between 0 and 900.');
    const now = Date.now();
    const id = randomUUID();
    await this.#change({
      o: 'send',
      q: queue,
      i: id,
      b: body,
      t: now,
      ...(options.attributes && { a: options.attributes }),
      ...(delay > 0 && { v: now + delay * 1000 }),
    });
    return { id };
  }

  /**
   * Receives messages, oldest first, waiting for a first one as long as `wait` says. They come back unless they are
   * deleted within the visibility timeout; those received too often go to the dead-letter queue instead.
   * @throws ServiceError QueueDoesNotExist
   */
  receive(queue: string, options: ReceiveOptions = {}): Promise<ReceivedMessage[]> {
    if (this.#closed)
      return Promise.reject(new ServiceError('ServiceUnavailable', 'The service is closed.', 503));
    const state = this.#state(queue);
    const take = () => this.#take(state, options);
    const wait = (options.wait ?? 0) * 1000;
    // Those who wait already go first.
    const received = state.waiters.length === 0 ? take() : [];
    if (received.length > 0 || wait === 0 || options.signal?.aborted) return Promise.resolve(received);
    return new Promise((resolve) => {
      const end = (messages: ReceivedMessage[]) => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', giveUp);
        resolve(messages);
      };
      const waiter: Waiter = { take, resolve: end };
      const giveUp = () => {
        const place = state.waiters.indexOf(waiter);
        if (place >= 0) state.waiters.splice(place, 1);
        end([]);
      };
      const timer = setTimeout(giveUp, wait);
      options.signal?.addEventListener('abort', giveUp, { once: true });
      state.waiters.push(waiter);
      this.#wake(state);
    });
  }

  /**
   * Deletes received messages; resolves when that is durable. A handle that a later receive has replaced deletes
   * nothing, and neither does one whose message is gone.
   * @throws ServiceError ReceiptHandleIsInvalid
   */
  async delete(queue: string, handles: readonly string[]): Promise<void> {
    const { messages } = this.#state(queue);
    const ids: string[] = [];
    for (const handle of handles) {
      const { id, receives } = parseReceiptHandle(handle);
      const message = messages.get(id);
      if (message && message.receives <= receives) {
        messages.hold(message);
        ids.push(id);
      }
    }
    if (ids.length === 0) return;
    try {
      await this.#change({ o: 'delete', q: queue, i: ids });
    } catch (error) {
      for (const id of ids) this.#restore(queue, id);
      throw error;
    }
  }

  /**
   * Sets when received messages come back, in seconds from now; resolves when that is durable.
   * @throws ServiceError ReceiptHandleIsInvalid, MessageNotInflight, InvalidParameterValue
   */
  async changeVisibility(queue: string, handle: string, seconds: number): Promise<void> {
    const state = this.#state(queue);
    if (!(Number.isInteger(seconds) && seconds >= 0 && seconds <= 43_200))
      throw new ServiceError('InvalidParameterValue', 'VisibilityTimeout must be between 0 and 43200.');
    const { id, receives } = parseReceiptHandle(handle);
    const message = state.messages.get(id);
    const now = Date.now();
    if (message?.place !== 'inFlight' || message.receives > receives || message.visibleAt <= now)
      throw new ServiceError('MessageNotInflight', 'The message is not in flight.');
    const at = now + seconds * 1000;
    state.messages.hideUntil(message, at, now);
    this.#wake(state);
    await this.#journal.append({ o: 'hide', q: queue, m: [[id, at]] });
  }

  /** Makes every message that somebody received visible again; for the start of a queue's only consumer. */
  async release(queue: string): Promise<void> {
    const state = this.#state(queue);
    const now = Date.now();
    const released = [...state.messages.messages()].filter((message) => message.place === 'inFlight');
    if (released.length === 0) return;
    for (const message of released) state.messages.hideUntil(message, now, now);
    this.#wake(state);
    await this.#journal.append({ o: 'hide', q: queue, m: released.map(({ id }) => [id, now] as const) });
  }

  /** Deletes every message of a queue; resolves when that is durable. */
  async purge(queue: string): Promise<void> {
    this.#state(queue);
    await this.#change({ o: 'purge', q: queue });
  }

  /**
   * Moves up to `max` visible messages to another queue as new messages; resolves with how many were moved, when
   * that is durable.
   */
  async move(queue: string, to: string, max: number): Promise<number> {
    const { messages } = this.#state(queue);
    this.#state(to);
    const now = Date.now();
    const moves: Promise<void>[] = [];
    while (moves.length < max) {
      const message = messages.next(now);
      if (!message) break;
      moves.push(this.#moveOne(queue, message, { to, n: randomUUID(), t: now }));
    }
    await Promise.all(moves);
    return moves.length;
  }

  /** Answers a request of the SQS protocol (AWS JSON 1.0). */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return handleSqsRequest(this, request, response);
  }

  /** Ends all waits and closes the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const state of this.#queues.values()) {
      clearTimeout(state.timer);
      for (const waiter of state.waiters.splice(0)) waiter.resolve([]);
    }
    await this.tasks.close();
    await this.#journal.close();
  }

  #state(queue: string): QueueState & { settings: NonNullable<QueueState['settings']> } {
    const state = this.#queues.get(queue);
    if (state?.settings === undefined)
      throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
    return state as QueueState & { settings: NonNullable<QueueState['settings']> };
  }

  /** Appends a change and makes it in memory once it is durable, in the order of the journal. */
  #change(entry: Entry): Promise<void> {
    return this.#journal.append(entry).then(() => {
      apply(this.#queues, entry, Date.now());
      this.#wake(stateOf(this.#queues, entry.o === 'move' ? entry.to : entry.q));
      this.#compact();
    });
  }

  #take(state: QueueState, options: ReceiveOptions): ReceivedMessage[] {
    const settings = state.settings!;
    const now = Date.now();
    const visibleAt = now + (options.visibility ?? settings.visibilityTimeout) * 1000;
    const oldest = now - settings.retentionDays * 86_400_000;
    const taken: ReceivedMessage[] = [];
    const expired: string[] = [];
    let bytes = 0;
    const fits = ({ body }: Message) =>
      taken.length === 0 || options.maxBytes === undefined || bytes + body.length <= options.maxBytes;
    while (taken.length < (options.max ?? 1)) {
      const message = state.messages.next(now, fits);
      if (!message) break;
      if (message.sentAt < oldest) {
        expired.push(message.id);
        continue;
      }
      if (settings.redrive && message.receives >= settings.redrive.after) {
        // A failed write leaves it where it was; it is tried again with the next receive.
        this.#moveOne(state.name, message, { to: settings.redrive.to }).catch(() => {});
        continue;
      }
      bytes += message.body.length;
      message.receives += 1;
      message.firstReceivedAt ||= now;
      state.messages.hideUntil(message, visibleAt, now);
      taken.push({
        id: message.id,
        receiptHandle: receiptHandle(message.id, message.receives),
        body: message.body,
        md5: createHash('md5').update(message.body).digest('hex'),
        attributes: message.attributes,
        receiveCount: message.receives,
        sentAt: message.sentAt,
        firstReceivedAt: message.firstReceivedAt,
      });
    }
    if (taken.length > 0) {
      const counts = taken.map((message) => [message.id, message.receiveCount] as const);
      this.#journal
        .append({ o: 'take', q: state.name, t: now, v: visibleAt, m: counts })
        .then(() => this.#compact())
        .catch(() => {}); // The count is in memory; only a crash would lose it.
    }
    if (expired.length > 0) this.#drop(state, expired);
    return taken;
  }

  async #moveOne(queue: string, message: Message, to: { to: string; n?: string; t?: number }): Promise<void> {
    try {
      await this.#change({ o: 'move', q: queue, i: message.id, ...to });
    } catch (error) {
      this.#restore(queue, message.id);
      throw error;
    }
  }

  /** Puts a held message back where its `visibleAt` says, after a write that failed. */
  #restore(queue: string, id: string): void {
    const state = this.#state(queue);
    const message = state.messages.get(id);
    if (message)
      state.messages.hideUntil(message, Math.max(message.visibleAt, Date.now() + 1000), Date.now());
    this.#wake(state);
  }

  #wake(state: QueueState): void {
    if (state.waking || state.waiters.length === 0) return;
    state.waking = true;
    // One turn later, so that all messages of a group commit are there and go out together.
    setImmediate(() => {
      state.waking = false;
      clearTimeout(state.timer);
      while (state.waiters.length > 0) {
        const received = state.waiters[0]!.take();
        if (received.length === 0) break;
        state.waiters.shift()!.resolve(received);
      }
      const at = state.messages.nextReturn();
      if (state.waiters.length > 0 && at !== undefined)
        state.timer = setTimeout(
          () => this.#wake(state),
          Math.min(Math.max(at - Date.now(), 0) + 1, 2 ** 31 - 1),
        );
    });
  }

  #expire(): void {
    const now = Date.now();
    for (const state of this.#queues.values()) {
      if (!state.settings) continue;
      const oldest = now - state.settings.retentionDays * 86_400_000;
      const expired = [...state.messages.messages()].filter(({ sentAt }) => sentAt < oldest);
      for (const message of expired) state.messages.hold(message);
      if (expired.length > 0)
        this.#drop(
          state,
          expired.map(({ id }) => id),
        );
    }
  }

  #drop(state: QueueState, ids: string[]): void {
    this.#change({ o: 'delete', q: state.name, i: ids }).catch(() => {
      for (const id of ids) this.#restore(state.name, id);
    });
  }

  #compact(): void {
    let live = 0;
    for (const { messages } of this.#queues.values()) live += messages.size;
    if (this.#compacting || this.#closed || this.#journal.lines < 2 * live + 20_000) return;
    this.#compacting = true;
    this.#journal
      .rewrite(() => snapshot(this.#queues))
      .catch(() => {}) // A full disk: the long journal stays and is as good.
      .finally(() => {
        this.#compacting = false;
      });
  }
}

function stateOf(queues: Map<string, QueueState>, name: string): QueueState {
  let state = queues.get(name);
  if (!state) {
    state = { name, messages: new MessageQueue(), waiters: [], waking: false };
    queues.set(name, state);
  }
  return state;
}

/** Makes the change of a journal entry in memory: after each durable append, and for the whole journal at the start. */
function apply(queues: Map<string, QueueState>, entry: Entry, now: number): void {
  const { messages } = stateOf(queues, entry.q);
  switch (entry.o) {
    case 'send':
      messages.add(
        {
          id: entry.i,
          body: entry.b,
          attributes: entry.a,
          sentAt: entry.t,
          visibleAt: entry.v ?? entry.t,
          receives: entry.r ?? 0,
          firstReceivedAt: entry.f ?? 0,
        },
        now,
      );
      break;
    case 'take':
      for (const [id, receives] of entry.m) {
        const message = messages.get(id);
        if (!message) continue;
        message.receives = receives;
        message.firstReceivedAt ||= entry.t;
        messages.hideUntil(message, entry.v, now);
      }
      break;
    case 'hide':
      for (const [id, at] of entry.m) {
        const message = messages.get(id);
        if (message) messages.hideUntil(message, at, now);
      }
      break;
    case 'delete':
      for (const id of entry.i) {
        const message = messages.get(id);
        if (message) messages.remove(message);
      }
      break;
    case 'move': {
      const message = messages.get(entry.i);
      if (!message) break;
      messages.remove(message);
      const renewed = entry.n !== undefined && entry.t !== undefined;
      stateOf(queues, entry.to).messages.add(
        {
          id: entry.n ?? message.id,
          body: message.body,
          attributes: message.attributes,
          sentAt: entry.t ?? message.sentAt,
          visibleAt: entry.t ?? message.sentAt,
          receives: renewed ? 0 : message.receives,
          firstReceivedAt: renewed ? 0 : message.firstReceivedAt,
        },
        now,
      );
      break;
    }
    case 'purge':
      for (const message of messages.messages()) messages.remove(message);
  }
}

function* snapshot(queues: Map<string, QueueState>): Generator<Entry> {
  for (const { name, messages } of queues.values())
    for (const message of messages.messages())
      yield {
        o: 'send',
        q: name,
        i: message.id,
        b: message.body,
        t: message.sentAt,
        ...(message.attributes && { a: message.attributes }),
        ...(message.visibleAt !== message.sentAt && { v: message.visibleAt }),
        ...(message.receives > 0 && { r: message.receives, f: message.firstReceivedAt }),
      };
}

// The characters of XML 1.0, which are those that SQS takes.
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function checkBody(body: string, attributes: SendOptions['attributes']): void {
  if (body.length === 0)
    throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (messageBytes(body, attributes) > maxMessageBytes)
    throw new ServiceError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxMessageBytes} bytes.`,
    );
  if (forbidden.test(body))
    throw new ServiceError('InvalidMessageContents', 'Invalid characters found in the message body.');
}
