import { SystoleError } from '../errors.ts';
import type { Folder } from './folder.ts';
import type { Objects } from './objects.ts';

/** A prefix of a bucket as a folder. S3 replaces objects as a whole. */
export function bucketFolder(objects: Objects, bucket: string, prefix: string): Folder {
  return {
    async read(name) {
      try {
        return await objects.bytes({ bucket, key: prefix + name });
      } catch (error) {
        if (error instanceof SystoleError && error.reason === 'object_absent') return undefined;
        throw error;
      }
    },
    async list() {
      const keys = await objects.keys(bucket, prefix);
      return keys.map((key) => key.slice(prefix.length));
    },
    write: (name, bytes) => objects.put({ bucket, key: prefix + name }, bytes, 'application/octet-stream'),
  };
}
