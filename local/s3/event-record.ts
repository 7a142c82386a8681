import type { S3EventRecord } from 'aws-lambda';
import { uriEncode } from '../sigv4.ts';
import type { EventOrigin, ObjectVersion } from './entries.ts';

/**
 * The record of an S3 event notification.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function eventRecord(version: ObjectVersion, origin: EventOrigin, region: string): S3EventRecord {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(version.time).toISOString(),
    eventName: origin.name,
    userIdentity: { principalId: `AWS:${origin.principal}` },
    requestParameters: { sourceIPAddress: origin.address },
    responseElements: { 'x-amz-request-id': origin.requestId, 'x-amz-id-2': origin.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'systole',
      bucket: {
        name: version.bucket,
        ownerIdentity: { principalId: 'systole' },
        arn: `arn:aws:s3:::${version.bucket}`,
      },
      object: {
        key: eventKey(version.key),
        size: version.size,
        eTag: version.etag,
        versionId: version.versionId,
        sequencer: sequencer(version.sequence),
      },
    },
  };
}

/** Sequencers of one key compare as strings, because all have the same length. */
function sequencer(sequence: number): string {
  return sequence.toString(16).toUpperCase().padStart(18, '0');
}

/** As S3 writes keys in events: percent-encoded but for slashes, spaces as plus signs. */
function eventKey(key: string): string {
  return uriEncode(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}
