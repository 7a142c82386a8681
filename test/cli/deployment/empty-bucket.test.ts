import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptyBucket } from '../../../cli/deployment/empty-bucket.ts';

afterEach(() => vi.restoreAllMocks());

interface Sent {
  readonly constructor: { readonly name: string };
  readonly input: { readonly Delete?: { readonly Objects: readonly { Key: string; VersionId: string }[] } };
}

/** A bucket whose listing gives two entries at a time. */
function bucketOf(entries: { Key: string; VersionId: string; marker: boolean }[], refuse = false) {
  return (command: Sent) => {
    if (command.constructor.name === 'ListObjectVersionsCommand') {
      const page = entries.slice(0, 2);
      return {
        Versions: page.filter(({ marker }) => !marker),
        DeleteMarkers: page.filter(({ marker }) => marker),
      };
    }
    if (refuse) return { Errors: [{ Code: 'AccessDenied' }] };
    for (const { Key, VersionId } of command.input.Delete!.Objects)
      entries.splice(
        entries.findIndex((entry) => entry.Key === Key && entry.VersionId === VersionId),
        1,
      );
    return {};
  };
}

const entries = () => [
  { Key: 'a', VersionId: '2', marker: true },
  { Key: 'a', VersionId: '1', marker: false },
  { Key: 'b', VersionId: '1', marker: false },
];
const stop = new AbortController().signal;

describe('emptying a bucket', () => {
  it('deletes versions and markers, page after page', async () => {
    const s3 = new S3Client({ region: 'eu-west-1' });
    const left = entries();
    vi.spyOn(s3, 'send').mockImplementation(bucketOf(left) as never);
    expect(await emptyBucket(s3, 'bucket', stop)).toBe(3);
    expect(left).toEqual([]);
  });

  it('takes a bucket that is gone for an empty one, so that a deletion can be taken up again', async () => {
    const s3 = new S3Client({ region: 'eu-west-1' });
    const gone = Object.assign(new Error('gone'), { name: 'NoSuchBucket' });
    vi.spyOn(s3, 'send').mockRejectedValue(gone as never);
    expect(await emptyBucket(s3, 'bucket', stop)).toBe(0);
  });

  it('fails when one is refused', async () => {
    const s3 = new S3Client({ region: 'eu-west-1' });
    vi.spyOn(s3, 'send').mockImplementation(bucketOf(entries(), true) as never);
    await expect(emptyBucket(s3, 'bucket', stop)).rejects.toThrow('AccessDenied');
  });
});
