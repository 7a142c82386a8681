/** How long recordings waited for their scores, in seconds, each group weighted by its size. */
export class Waits {
  readonly #counts = new Map<number, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(seconds: number, count: number): void {
    // Whole seconds: the simulation knows no finer time.
    const key = Math.round(seconds);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
    this.#total += count;
  }

  /** The wait that `share` of the recordings did not exceed; NaN where there are none. */
  percentile(share: number): number {
    let left = share * this.#total;
    for (const [seconds, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count;
      // Sums of counts may miss the total by rounding.
      if (left <= 1e-9) return seconds;
    }
    return Number.NaN;
  }
}
