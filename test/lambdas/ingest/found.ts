import type { UploadedObject } from '../../../shared/catalog/objects.ts';

let clock = 0;

/** An upload as S3's event names it. */
export const uploaded = (key: string, bytes: Uint8Array | string): UploadedObject => {
  clock += 1;
  return {
    bucket: 'uploads',
    key,
    versionId: `v${clock}`,
    sequencer: clock.toString(16).padStart(8, '0'),
    size: Buffer.byteLength(bytes as Uint8Array),
    etag: `etag-${clock}`,
  };
};
