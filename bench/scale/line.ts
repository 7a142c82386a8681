/** Recordings that were uploaded in the same second. */
export interface Group {
  readonly uploaded: number;
  count: number;
}

/** Recordings that wait, in the order in which they came, as groups with the second of their upload. */
export class Line {
  readonly #groups: Group[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(uploaded: number, count: number): void {
    if (count <= 0) return;
    this.#groups.push({ uploaded, count });
    this.#length += count;
  }

  /** Takes everything from the front that was uploaded at `second` or before. */
  takeUntil(second: number): Group[] {
    let count = 0;
    for (
      let index = this.#head;
      index < this.#groups.length && this.#groups[index]!.uploaded <= second;
      index++
    )
      count += this.#groups[index]!.count;
    return count === 0 ? [] : this.take(count);
  }

  /** Takes up to `count` from the front. */
  take(count: number): Group[] {
    const taken: Group[] = [];
    let wanted = Math.min(count, this.#length);
    this.#length -= wanted;
    while (wanted > 0) {
      const group = this.#groups[this.#head]!;
      const part = Math.min(wanted, group.count);
      taken.push({ uploaded: group.uploaded, count: part });
      group.count -= part;
      wanted -= part;
      if (group.count === 0) this.#head += 1;
    }
    if (this.#head > 10_000) {
      this.#groups.splice(0, this.#head);
      this.#head = 0;
    }
    return taken;
  }
}
