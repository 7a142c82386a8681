import { isRetried } from '../../local/batch/retry-rules.ts';
import { type ProgramName, programs, retryRules } from '../../shared/deployment/description.ts';
import { limits } from './limits.ts';

interface Slot {
  readonly spot: boolean;
  freeAt: number;
}

/** How one child of an array job went. */
export interface Outcome {
  readonly endedAt: number;
  readonly succeeded: boolean;
}

/**
 * The instances of one job queue: each takes one child at a time, must be started when it was idle for long, and, where
 * it is a spot instance, may be taken back in the middle of its work. A child that lost its host is tried again as the
 * production's retry rules and attempts say; what it had done is kept, as the programs keep it.
 */
export class Hosts {
  readonly #slots: Slot[];
  readonly #start: number;
  readonly #random: () => number;
  /** Seconds for which hosts were paid. */
  readonly paid = { spot: 0, onDemand: 0 };
  lost = 0;

  constructor(
    { spot, onDemand }: { readonly spot: number; readonly onDemand: number },
    start: number,
    random: () => number,
  ) {
    const slot = (kind: boolean) => ({ spot: kind, freeAt: Number.NEGATIVE_INFINITY });
    this.#slots = [
      ...Array.from({ length: spot }, () => slot(true)),
      ...Array.from({ length: onDemand }, () => slot(false)),
    ];
    this.#start = start;
    this.#random = random;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** @param at second from which the child may run; @param seconds of work in it */
  run(program: ProgramName, at: number, seconds: number): Outcome {
    let left = seconds;
    let from = at;
    for (let attempt = 1; ; attempt++) {
      const slot = this.#earliest(from);
      const begin = Math.max(from, slot.freeAt);
      const warm = begin - slot.freeAt <= limits.hostLinger;
      const running = begin + (warm ? 0 : this.#start);
      const loss = slot.spot
        ? (-Math.log(1 - this.#random()) / limits.spotLossPerHour) * 3600
        : Number.POSITIVE_INFINITY;
      const worked = Math.min(left, loss);
      const end = running + worked;
      this.paid[slot.spot ? 'spot' : 'onDemand'] +=
        end - begin + (warm ? begin - Math.max(slot.freeAt, 0) : limits.hostLinger);
      slot.freeAt = end;
      left -= worked;
      if (left <= 0) return { endedAt: end, succeeded: true };
      this.lost += 1;
      slot.freeAt = Number.NEGATIVE_INFINITY;
      const retried = isRetried(retryRules, { statusReason: 'Host EC2 (instance i-0) terminated.' });
      if (!retried || attempt >= programs[program].attempts) return { endedAt: end, succeeded: false };
      from = end;
    }
  }

  /** The host that can take work first; one that is still warm before one that must be started. */
  #earliest(from: number): Slot {
    let best = this.#slots[0]!;
    for (const slot of this.#slots) if (this.#readyAt(slot, from) < this.#readyAt(best, from)) best = slot;
    return best;
  }

  #readyAt({ freeAt }: Slot, from: number): number {
    const begin = Math.max(from, freeAt);
    return begin - freeAt <= limits.hostLinger ? begin : begin + this.#start;
  }
}
