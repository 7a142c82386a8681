import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { BucketDescription } from '../shared/deployment/description.ts';
import { acknowledge } from './acknowledge.ts';

/** Days for which an overwritten or deleted version can be brought back. */
const versionDays = 90;

export interface StoredBucketProps {
  readonly description: BucketDescription;
  readonly key: IKey;
  readonly accessLogs: IBucket;
  readonly keepData: boolean;
}

/** A bucket of the description: versioned, encrypted with the storage key, reached over TLS only, never public. */
export class StoredBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { description, key, accessLogs, keepData }: StoredBucketProps) {
    super(scope, id);
    const { expireAfterDays, archive } = description;
    const lifecycleRules: LifecycleRule[] = [
      {
        id: 'unfinished-uploads',
        abortIncompleteMultipartUploadAfter: Duration.days(7),
      },
      {
        id: 'old-versions',
        noncurrentVersionExpiration: Duration.days(expireAfterDays === undefined ? versionDays : 1),
        expiredObjectDeleteMarker: expireAfterDays === undefined ? true : undefined,
      },
    ];
    if (expireAfterDays !== undefined)
      lifecycleRules.push({ id: 'expiry', expiration: Duration.days(expireAfterDays) });
    if (archive === true) {
      lifecycleRules.push({
        id: 'colder-classes',
        // Below this size the colder classes cost more than they save.
        objectSizeGreaterThan: 128 * 1024,
        transitions: [
          { storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(60) },
          { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(180) },
        ],
      });
    }
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      // One call to KMS for many objects.
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      lifecycleRules,
    });
    if (archive === true) {
      acknowledge(this, {
        'CloudFormation-Validate::W9003':
          'The CDK writes the size as a number where the schema says string; CloudFormation takes both.',
      });
    }
  }
}
