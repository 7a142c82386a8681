import { S3Error } from './errors.ts';
import { type Exchange, isoTime } from './exchange.ts';
import { element, namespace, text } from './xml.ts';

/** When the buckets were made: they are part of the deployment, so the store's start will do. */
const made = Date.now();

export function listBuckets(exchange: Exchange): void {
  exchange.allow('s3:ListAllMyBuckets', '', '');
  const buckets = [...exchange.buckets.keys()]
    .sort()
    .map((name) => element('Bucket', text('Name', name) + text('CreationDate', isoTime(made))))
    .join('');
  exchange.xml(
    `<ListAllMyBucketsResult ${namespace}>${element('Owner', text('ID', 'systole'))}${element('Buckets', buckets)}</ListAllMyBucketsResult>`,
  );
}

export function headBucket(exchange: Exchange): void {
  exchange.allow('s3:ListBucket', exchange.bucket, '');
  exchange.empty(200, { 'x-amz-bucket-region': exchange.region });
}

/** The buckets are those of the deployment: one that exists is the caller's already, and no other can be made. */
export function createBucket(exchange: Exchange): void {
  exchange.allow('s3:CreateBucket', exchange.bucket, '');
  throw exchange.buckets.has(exchange.bucket)
    ? new S3Error(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
      )
    : new S3Error('TooManyBuckets', 'The buckets of this deployment are fixed; no further one can be made.');
}

export function getBucketLocation(exchange: Exchange): void {
  exchange.allow('s3:GetBucketLocation', exchange.bucket, '');
  exchange.xml(`<LocationConstraint ${namespace}>${exchange.region}</LocationConstraint>`);
}

export function getBucketVersioning(exchange: Exchange): void {
  exchange.allow('s3:GetBucketVersioning', exchange.bucket, '');
  exchange.xml(
    `<VersioningConfiguration ${namespace}>${text('Status', 'Enabled')}</VersioningConfiguration>`,
  );
}
