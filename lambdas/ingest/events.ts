import type { S3Event, SQSRecord } from 'aws-lambda';
import type { UploadedObject } from '../../shared/catalog/objects.ts';

/**
 * The objects of one queue message. S3's test event, sent when the notification is set up, holds none. Keys come
 * URL-encoded with `+` for a space.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function uploadedObjects(message: SQSRecord): UploadedObject[] {
  const body = JSON.parse(message.body) as Partial<S3Event>;
  return (body.Records ?? []).map(({ s3 }) => ({
    bucket: s3.bucket.name,
    key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')),
    versionId: s3.object.versionId ?? 'null',
    sequencer: s3.object.sequencer,
    size: s3.object.size,
    etag: s3.object.eTag,
  }));
}
