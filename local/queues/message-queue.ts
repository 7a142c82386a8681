/** An attribute that a sender put on a message; binary values are kept in base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** Where a message is: to be received, being worked on, not yet to be received, or on its way out of the queue. */
type Place = 'ready' | 'inFlight' | 'delayed' | 'leaving';

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>> | undefined;
  /** Milliseconds since 1970, as all times here. */
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt: number;
  place: Place;
}

/** When a message comes back. Stale when the message has meanwhile got another `visibleAt` or is gone. */
interface Return {
  readonly at: number;
  readonly id: string;
}

/**
 * One queue in memory: messages in the order they became visible, and a heap of those that will. Every operation is
 * constant or logarithmic in the number of messages.
 */
export class MessageQueue {
  readonly #messages = new Map<string, Message>();
  readonly #counts: Record<Place, number> = { ready: 0, inFlight: 0, delayed: 0, leaving: 0 };
  #ready: Message[] = [];
  #head = 0;
  #returns: Return[] = [];

  get size(): number {
    return this.#messages.size;
  }

  count(place: Place): number {
    return this.#counts[place];
  }

  get(id: string): Message | undefined {
    return this.#messages.get(id);
  }

  messages(): IterableIterator<Message> {
    return this.#messages.values();
  }

  /** Adds a message; `now` decides whether it is visible. */
  add(message: Omit<Message, 'place'>, now: number): void {
    const added: Message = { ...message, place: 'leaving' };
    this.#messages.set(added.id, added);
    this.#counts.leaving += 1;
    this.hideUntil(added, added.visibleAt, now);
  }

  remove(message: Message): void {
    if (!this.#messages.delete(message.id)) return;
    this.#counts[message.place] -= 1;
    message.place = 'leaving';
  }

  /** Keeps a message from being received until `remove` or `hideUntil`. */
  hold(message: Message): void {
    this.#move(message, 'leaving');
  }

  /** Sets when a message is visible; not after `now` means at once. */
  hideUntil(message: Message, at: number, now: number): void {
    message.visibleAt = at;
    if (at <= now) {
      if (message.place === 'ready') return;
      this.#move(message, 'ready');
      this.#ready.push(message);
      return;
    }
    this.#move(message, message.receives > 0 ? 'inFlight' : 'delayed');
    this.#push({ at, id: message.id });
    const live = this.#counts.inFlight + this.#counts.delayed;
    if (this.#returns.length > 2 * live + 1000) this.#dropStaleReturns();
  }

  /**
   * Takes the next visible message off the line and holds it, for the caller to move on; undefined when none is
   * visible or when it does not fit.
   */
  next(now: number, fits: (message: Message) => boolean = () => true): Message | undefined {
    this.bringBack(now);
    while (this.#head < this.#ready.length) {
      const message = this.#ready[this.#head]!;
      const visible = message.place === 'ready';
      if (visible && !fits(message)) return undefined;
      this.#head += 1;
      if (this.#head > 1000 && this.#head * 2 > this.#ready.length) {
        this.#ready = this.#ready.slice(this.#head);
        this.#head = 0;
      }
      if (visible) {
        this.hold(message);
        return message;
      }
    }
    return undefined;
  }

  /** The time of the next return of a hidden message; undefined when none is hidden. */
  nextReturn(): number | undefined {
    while (this.#returns.length > 0 && !this.#isLive(this.#returns[0]!)) this.#pop();
    return this.#returns[0]?.at;
  }

  /** Makes visible what is due. */
  bringBack(now: number): void {
    for (;;) {
      const at = this.nextReturn();
      if (at === undefined || at > now) return;
      this.hideUntil(this.#messages.get(this.#pop().id)!, at, now);
    }
  }

  #isLive(entry: Return): boolean {
    const message = this.#messages.get(entry.id);
    return (
      message !== undefined &&
      message.visibleAt === entry.at &&
      (message.place === 'inFlight' || message.place === 'delayed')
    );
  }

  #move(message: Message, place: Place): void {
    this.#counts[message.place] -= 1;
    this.#counts[place] += 1;
    message.place = place;
  }

  #dropStaleReturns(): void {
    // A sorted array is a heap.
    this.#returns = this.#returns.filter((entry) => this.#isLive(entry)).sort((a, b) => a.at - b.at);
  }

  #push(entry: Return): void {
    const heap = this.#returns;
    let child = heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (heap[parent]!.at <= entry.at) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = entry;
  }

  #pop(): Return {
    const heap = this.#returns;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let parent = 0;
      for (;;) {
        let child = 2 * parent + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
        if (heap[child]!.at >= last.at) break;
        heap[parent] = heap[child]!;
        parent = child;
      }
      heap[parent] = last;
    }
    return first;
  }
}
