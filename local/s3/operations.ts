import { createBucket, getBucketLocation, getBucketVersioning, headBucket, listBuckets } from './buckets.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copies.ts';
import { deleteObject, deleteObjects } from './deletes.ts';
import { S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { listObjects, listObjectsV2 } from './listings.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './multipart.ts';
import { listMultipartUploads, listParts } from './multipart-listings.ts';
import { getObject, getObjectAttributes, getObjectTagging } from './reads.ts';
import { listObjectVersions } from './version-listing.ts';
import { putObject } from './writes.ts';

type Operation = (exchange: Exchange) => void | Promise<void>;

/** Operations by what they act on and method; a name in the query that selects one follows after a question mark. */
const operations: Readonly<Record<string, Operation>> = {
  'service GET': listBuckets,
  'bucket GET': listObjects,
  'bucket GET?list-type': listObjectsV2,
  'bucket GET?location': getBucketLocation,
  'bucket GET?uploads': listMultipartUploads,
  'bucket GET?versioning': getBucketVersioning,
  'bucket GET?versions': listObjectVersions,
  'bucket HEAD': headBucket,
  'bucket POST?delete': deleteObjects,
  'bucket PUT': createBucket,
  'object DELETE': deleteObject,
  'object DELETE?uploadId': abortMultipartUpload,
  'object GET': getObject,
  'object GET?attributes': getObjectAttributes,
  'object GET?tagging': getObjectTagging,
  'object GET?uploadId': listParts,
  'object HEAD': getObject,
  'object POST?uploadId': completeMultipartUpload,
  'object POST?uploads': createMultipartUpload,
  'object PUT': (exchange) =>
    exchange.header('x-amz-copy-source') === undefined ? putObject(exchange) : copyObject(exchange),
  'object PUT?uploadId': (exchange) =>
    exchange.header('x-amz-copy-source') === undefined ? uploadPart(exchange) : uploadPartCopy(exchange),
};

/** Names in the query that select an operation: one that is not emulated must not be taken for a plain GET or PUT. */
const selectors = new Set([
  'accelerate',
  'acl',
  'analytics',
  'append',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'list-type',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
]);

/** The operation that a request asks for. @throws S3Error NotImplemented, MethodNotAllowed, NoSuchBucket */
export function operationOf(exchange: Exchange): Operation {
  const { bucket, key, query, request } = exchange;
  const target = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const selector = [...query.keys()].find((name) => selectors.has(name));
  const name = `${target} ${request.method}${selector === undefined ? '' : `?${selector}`}`;
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined)
    throw selector === undefined
      ? new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.')
      : new S3Error('NotImplemented', `${request.method} with ?${selector} is not implemented.`);
  if (target !== 'service' && operation !== createBucket && !exchange.buckets.has(bucket))
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  return operation;
}
