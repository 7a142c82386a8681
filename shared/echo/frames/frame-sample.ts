import type { Random } from '../../random.ts';

/** Frames of a cine that a view is told from (usal_echo). */
const looked = 10;

/** A frame that was kept, with its number in the file. */
export interface SampledFrame {
  readonly index: number;
  /** [row, column] */
  readonly pixels: Uint8Array;
}

/**
 * Draws frames of a cine at random (ten; all of them where there is at most one more, as usal_echo does), in one pass and
 * without knowing how many will come (Vitter's algorithm R): each frame is as likely as any other, and only those that are
 * kept for the moment are brought to size.
 */
export class FrameSample {
  readonly #random: Random;
  /** The length up to which all frames are taken. */
  readonly #all: number;
  readonly #kept: SampledFrame[] = [];
  #seen = 0;

  constructor(random: Random, count = looked) {
    this.#random = random;
    this.#all = count + 1;
  }

  /** @param pixels makes the frame that is kept; called when it is */
  offer(index: number, pixels: () => Uint8Array): void {
    const place = this.#seen < this.#all ? this.#seen : this.#random.integer(this.#seen + 1);
    this.#seen += 1;
    if (place < this.#all) this.#kept[place] = { index, pixels: pixels() };
  }

  /** The frames in the order of the file. */
  frames(): SampledFrame[] {
    const kept = [...this.#kept];
    if (this.#seen > this.#all) kept.splice(this.#random.integer(this.#all), 1);
    return kept.sort((a, b) => a.index - b.index);
  }
}
