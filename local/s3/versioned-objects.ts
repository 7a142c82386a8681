import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '../journal.ts';
import { Blobs, type Extent } from './blobs.ts';
import type { Entry, EventOrigin, ObjectVersion } from './entries.ts';
import { ObjectIndex } from './object-index.ts';

type EventListener = (version: ObjectVersion, origin: EventOrigin) => void;

/** Dead lines that a journal may hold beside as many as it has live ones before it is rewritten. */
const deadLines = 10_000;

/**
 * The objects of all buckets in one folder: contents (`Blobs`), journal and index. What `commit` has returned for is
 * on the disk; what was never committed is gone when the folder is opened again.
 */
export class VersionedObjects {
  readonly blobs: Blobs;
  readonly index: ObjectIndex;
  readonly #journal: Journal<Entry>;
  readonly #turns = new Map<string, Promise<unknown>>();
  #sequence: number;
  #hear: EventListener = () => {};
  #rewriting: Promise<void> | undefined;

  private constructor(blobs: Blobs, index: ObjectIndex, journal: Journal<Entry>) {
    this.blobs = blobs;
    this.index = index;
    this.#journal = journal;
    this.#sequence = index.lastSequence;
  }

  static async open(root: string): Promise<VersionedObjects> {
    await mkdir(root, { recursive: true });
    const blobs = await Blobs.open(root);
    const index = new ObjectIndex(blobs);
    const journal = await Journal.open<Entry>(join(root, 'journal.ndjson'), (entry) => index.apply(entry));
    await blobs.resume();
    const objects = new VersionedObjects(blobs, index, journal);
    // When compacting fails (a full disk), the old packs are what the journal refers to, and stay.
    const compacted = await objects.#compactPacks().then(
      () => true,
      () => false,
    );
    if (compacted) await blobs.sweep();
    return objects;
  }

  /** Tells `hear` of each event that is due, from before and from now on. */
  onEvent(hear: EventListener): void {
    this.#hear = hear;
    for (const { version, origin } of this.index.due()) hear(version, origin);
  }

  /** A number greater than all before: microseconds since 1970, or one more than the last. */
  nextSequence(): number {
    this.#sequence = Math.max(this.#sequence + 1, Date.now() * 1000);
    return this.#sequence;
  }

  /**
   * Writes what `make` decides on, and returns it once it is durable and visible. Commits to the same key take
   * turns, so `make` sees the key's newest version as it will still be when the entry is written; what it throws is
   * thrown here, and nothing is written.
   */
  async commit<E extends Entry>(
    bucket: string,
    key: string,
    make: (newest: ObjectVersion | undefined) => E,
  ): Promise<E> {
    const name = `${bucket}/${key}`;
    const before = this.#turns.get(name);
    const turn = (async () => {
      await before?.catch(() => {});
      return this.#write(make(this.index.newest(bucket, key)));
    })();
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  /** Notes, when it suits, that events came through: a loss of this entry only means that they come again. */
  async delivered(sequences: readonly number[]): Promise<void> {
    await this.#write({ delivered: sequences });
  }

  /** The version asked for; the newest where `versionId` is absent. */
  version(bucket: string, key: string, versionId: string | undefined): ObjectVersion | undefined {
    return versionId === undefined
      ? this.index.newest(bucket, key)
      : this.index.versions(bucket, key).find((version) => version.versionId === versionId);
  }

  async close(): Promise<void> {
    await this.#rewriting;
    await this.#journal.close();
    await this.blobs.close();
  }

  async #write<E extends Entry>(entry: E): Promise<E> {
    await this.#journal.append(entry);
    // In the same turn as the append's end, so that a rewrite never reads the index without it.
    this.index.apply(entry);
    if ('put' in entry && entry.event !== undefined) this.#hear(entry.put, entry.event);
    if (this.#rewriting === undefined && this.#journal.lines > 2 * this.index.live + deadLines) {
      // A rewrite that fails (a full disk) leaves the old journal in place, and a later entry tries again.
      this.#rewriting = this.#journal
        .rewrite(() => this.index.entries())
        .catch(() => {})
        .finally(() => {
          this.#rewriting = undefined;
        });
    }
    return entry;
  }

  /** Moves what is left in packs that are mostly holes into the current pack. */
  async #compactPacks(): Promise<void> {
    const sparse = await this.blobs.sparsePacks();
    if (sparse.size === 0) return;
    const moves: (() => void)[] = [];
    for (const { extents, move } of this.index.referring(sparse)) {
      const moved: Extent[] = [];
      for (const extent of extents) {
        if (!sparse.has(extent[0])) {
          moved.push(extent);
          continue;
        }
        const pieces: Buffer[] = [];
        for await (const piece of this.blobs.read([extent], 0, extent[2])) pieces.push(piece);
        moved.push(await this.blobs.append(Buffer.concat(pieces)));
      }
      moves.push(() => move(moved));
    }
    for (const move of moves) move();
    await this.#journal.rewrite(() => this.index.entries());
  }
}
