import type { VersionedObjects } from './versioned-objects.ts';

const day = 86_400_000;
/** Removals that wait for the disk together. */
const batchSize = 256;

/**
 * Removes for good what a bucket's lifecycle rule lets go: every version and delete marker older than `days`, and
 * uploads that were begun before and never completed.
 */
export async function expire(objects: VersionedObjects, bucket: string, days: number): Promise<void> {
  const before = Date.now() - days * day;
  const removals = [
    ...objects.index.olderThan(bucket, before).map(({ key, versionId }) => ({
      key,
      entry: { remove: { bucket, key, versionId } },
    })),
    ...[...objects.index.uploads.values()]
      .filter(({ upload }) => upload.bucket === bucket && upload.time < before)
      .map(({ upload }) => ({ key: upload.key, entry: { abort: upload.uploadId } })),
  ];
  for (let at = 0; at < removals.length; at += batchSize)
    await Promise.all(
      removals.slice(at, at + batchSize).map(({ key, entry }) => objects.commit(bucket, key, () => entry)),
    );
}
