const chunkSize = 512;

/**
 * A set of keys in the order of their UTF-8 bytes, as S3 lists them. Kept in chunks of at most 512, so that adding
 * one moves a few hundred references whether there are a thousand keys or a million.
 */
export class SortedKeys {
  #chunks: string[][] = [];

  /** Adds a key that is not yet there. */
  add(key: string): void {
    const sortKey = byteString(key);
    const at = this.#chunkOf(sortKey);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([sortKey]);
      return;
    }
    if (chunk[chunk.length - 1]! < sortKey) chunk.push(sortKey);
    else chunk.splice(lowerBound(chunk, sortKey), 0, sortKey);
    if (chunk.length > chunkSize) {
      // The last chunk is split near its end: keys often come in order, and full chunks then stay full.
      const keep = at === this.#chunks.length - 1 ? chunkSize : chunkSize >> 1;
      this.#chunks.splice(at + 1, 0, chunk.splice(keep));
    }
  }

  delete(key: string): void {
    const sortKey = byteString(key);
    const at = this.#chunkOf(sortKey);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, sortKey);
    if (chunk[index] !== sortKey) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /**
   * The first key that starts with `prefix` and, in byte order, is at or after `from` (a byte string, see
   * `byteString`); undefined when there is none.
   */
  first(prefix: string, from: string): string | undefined {
    const start = from < prefix ? prefix : from;
    const at = this.#chunkOf(start);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return undefined;
    const index = lowerBound(chunk, start);
    const found = index < chunk.length ? chunk[index] : this.#chunks[at + 1]?.[0];
    return found?.startsWith(prefix) ? found : undefined;
  }

  /** The chunk that holds or would take the key: the last whose first key is not after it. */
  #chunkOf(sortKey: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#chunks[middle]![0]! <= sortKey) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

function lowerBound(chunk: readonly string[], sortKey: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (chunk[middle]! < sortKey) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One character a byte of the key's UTF-8, so that comparing strings compares bytes; ASCII stays as it is. */
export function byteString(key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant.
  return /^[\x00-\x7f]*$/.test(key) ? key : Buffer.from(key, 'utf8').toString('latin1');
}

/** The key of a byte string. */
export function keyOf(bytes: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant.
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The least byte string after every key that starts with `prefix`: 0xff never occurs in UTF-8. */
export function afterPrefix(prefix: string): string {
  return `${prefix}\xff`;
}

/** The least byte string after `key` itself. */
export function afterKey(key: string): string {
  return `${key}\x00`;
}
