import type { Blobs, Extent } from './blobs.ts';
import type { Entry, EventOrigin, ObjectVersion, Part, Upload } from './entries.ts';
import { SortedKeys } from './sorted-keys.ts';

/** The versions of one bucket. */
interface BucketIndex {
  /** Oldest version first; never empty. */
  readonly versions: Map<string, ObjectVersion[]>;
  readonly sorted: SortedKeys;
}

export interface OpenUpload {
  readonly upload: Upload;
  readonly parts: Map<number, Part>;
}

/** What the journal's lines amount to: the versions of all objects, the uploads under way, the events not delivered. */
export class ObjectIndex {
  readonly undelivered = new Map<number, EventOrigin>();
  readonly uploads = new Map<string, OpenUpload>();
  readonly #buckets = new Map<string, BucketIndex>();
  readonly #blobs: Blobs;
  #lastSequence = 0;
  #live = 0;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Lines that `entries` would give. */
  get live(): number {
    return this.#live;
  }

  apply(entry: Entry): void {
    if ('put' in entry) this.#put(entry.put, entry.event);
    else if ('delivered' in entry) for (const sequence of entry.delivered) this.undelivered.delete(sequence);
    else if ('remove' in entry) this.#remove(entry.remove);
    else if ('part' in entry) this.#part(entry.part);
    else if ('upload' in entry) {
      this.uploads.set(entry.upload.uploadId, { upload: entry.upload, parts: new Map() });
      this.#live += 1;
    } else this.#endUpload(entry.abort);
  }

  /** The least journal that leads to this state. */
  *entries(): Generator<Entry> {
    for (const { versions } of this.#buckets.values())
      for (const list of versions.values())
        for (const put of list) {
          const event = this.undelivered.get(put.sequence);
          yield event === undefined ? { put } : { put, event };
        }
    for (const { upload, parts } of this.uploads.values()) {
      yield { upload };
      for (const part of parts.values()) yield { part };
    }
  }

  /** The events not delivered yet, in the order of their versions. */
  due(): { version: ObjectVersion; origin: EventOrigin }[] {
    const found: { version: ObjectVersion; origin: EventOrigin }[] = [];
    if (this.undelivered.size === 0) return found;
    for (const { versions } of this.#buckets.values())
      for (const list of versions.values())
        for (const version of list) {
          const origin = this.undelivered.get(version.sequence);
          if (origin !== undefined) found.push({ version, origin });
        }
    return found.sort((a, b) => a.version.sequence - b.version.sequence);
  }

  /** The versions of a key, oldest first; empty when there are none. */
  versions(bucket: string, key: string): readonly ObjectVersion[] {
    return this.#buckets.get(bucket)?.versions.get(key) ?? [];
  }

  /** The newest version of a key, which may be a delete marker. */
  newest(bucket: string, key: string): ObjectVersion | undefined {
    return this.#buckets.get(bucket)?.versions.get(key)?.at(-1);
  }

  /** The versions of a bucket that were made before a time. */
  olderThan(bucket: string, before: number): ObjectVersion[] {
    const lists = this.#buckets.get(bucket)?.versions.values() ?? [];
    return [...lists].flatMap((list) => list.filter((version) => version.time < before));
  }

  keys(bucket: string): SortedKeys {
    return this.#bucket(bucket).sorted;
  }

  /** Every version and part that refers to one of `files`, with a way to give it other extents. */
  *referring(
    files: ReadonlySet<string>,
  ): Generator<{ extents: readonly Extent[]; move: (extents: readonly Extent[]) => void }> {
    const refers = (extents: readonly Extent[]) => extents.some(([file]) => files.has(file));
    for (const { versions } of this.#buckets.values())
      for (const list of versions.values())
        for (const [at, version] of list.entries())
          if (refers(version.extents))
            yield {
              extents: version.extents,
              move: (extents) => {
                this.#blobs.retain(extents);
                this.#blobs.release(version.extents);
                list[at] = { ...version, extents };
              },
            };
    for (const { parts } of this.uploads.values())
      for (const [number, part] of parts)
        if (refers(part.extents))
          yield {
            extents: part.extents,
            move: (extents) => {
              this.#blobs.retain(extents);
              this.#blobs.release(part.extents);
              parts.set(number, { ...part, extents });
            },
          };
  }

  #bucket(name: string): BucketIndex {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { versions: new Map(), sorted: new SortedKeys() };
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  #put(version: ObjectVersion, event: EventOrigin | undefined): void {
    const { versions, sorted } = this.#bucket(version.bucket);
    const list = versions.get(version.key);
    if (list === undefined) {
      versions.set(version.key, [version]);
      sorted.add(version.key);
    } else list.push(version);
    this.#live += 1;
    this.#blobs.retain(version.extents);
    this.#lastSequence = Math.max(this.#lastSequence, version.sequence);
    if (event !== undefined) this.undelivered.set(version.sequence, event);
    if (version.uploadId !== undefined) this.#endUpload(version.uploadId);
  }

  #remove({ bucket, key, versionId }: { bucket: string; key: string; versionId: string }): void {
    const { versions, sorted } = this.#bucket(bucket);
    const list = versions.get(key);
    const at = list?.findIndex((version) => version.versionId === versionId) ?? -1;
    if (list === undefined || at < 0) return;
    const [removed] = list.splice(at, 1);
    this.#live -= 1;
    this.#blobs.release(removed!.extents);
    if (list.length > 0) return;
    versions.delete(key);
    sorted.delete(key);
  }

  /** A part that comes after its upload is over is forgotten, and its bytes with it. */
  #part(part: Part): void {
    const open = this.uploads.get(part.uploadId);
    if (open === undefined) return;
    const before = open.parts.get(part.number);
    open.parts.set(part.number, part);
    this.#blobs.retain(part.extents);
    if (before === undefined) this.#live += 1;
    else this.#blobs.release(before.extents);
  }

  #endUpload(uploadId: string): void {
    const open = this.uploads.get(uploadId);
    if (open === undefined) return;
    this.uploads.delete(uploadId);
    this.#live -= 1 + open.parts.size;
    for (const part of open.parts.values()) this.#blobs.release(part.extents);
  }
}
