import type { Random } from '../../random.ts';

/** Frames of a longer cine that are looked at, and the length up to which all are (usal_echo). */
const sampled = 10;
const all = sampled + 1;

/** A frame that was kept, with its number in the file. */
export interface SampledFrame {
  readonly index: number;
  /** [row, column] */
  readonly pixels: Uint8Array;
}

/**
 * Draws ten frames of a cine at random, all of them where there are eleven or fewer, in one pass and without knowing how
 * many will come (Vitter's algorithm R): each frame is as likely as any other, and only those that are kept for the
 * moment are brought to size.
 */
export class FrameSample {
  readonly #random: Random;
  readonly #kept: SampledFrame[] = [];
  #seen = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param pixels makes the frame that is kept; called when it is */
  offer(index: number, pixels: () => Uint8Array): void {
    const place = this.#seen < all ? this.#seen : this.#random.integer(this.#seen + 1);
    this.#seen += 1;
    if (place < all) this.#kept[place] = { index, pixels: pixels() };
  }

  /** The frames in the order of the file. */
  frames(): SampledFrame[] {
    const kept = [...this.#kept];
    if (this.#seen > all) kept.splice(this.#random.integer(all), 1);
    return kept.sort((a, b) => a.index - b.index);
  }
}
