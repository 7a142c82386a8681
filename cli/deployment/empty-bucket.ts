import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/**
 * Deletes every version of every object. A bucket that is gone already has none.
 * @returns how many
 * @throws Error when S3 refuses one, or `stop` is aborted
 */
export async function emptyBucket(s3: S3Client, bucket: string, stop: AbortSignal): Promise<number> {
  let deleted = 0;
  for (;;) {
    stop.throwIfAborted();
    // Always the first page, since the one before it is gone by now.
    const page = await firstVersions(s3, bucket);
    const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key: Key!,
      VersionId,
    }));
    if (versions.length === 0) return deleted;
    const { Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: versions, Quiet: true } }),
    );
    if (Errors !== undefined && Errors.length > 0)
      throw new Error(`${Errors.length} objects of ${bucket} were not deleted: ${Errors[0]!.Code}`);
    deleted += versions.length;
  }
}

async function firstVersions(
  s3: S3Client,
  bucket: string,
): Promise<Pick<ListObjectVersionsCommandOutput, 'Versions' | 'DeleteMarkers'>> {
  try {
    return await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  } catch (error) {
    if ((error as Error).name === 'NoSuchBucket') return {};
    throw error;
  }
}
