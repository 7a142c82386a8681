import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './errors.ts';

/** The system metadata that S3 keeps with an object and sends with it. */
const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** What would change what is stored or who may read it, and is not emulated: refused rather than passed over. */
const refusedHeaders = [
  'x-amz-object-lock-legal-hold',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-copy-source-server-side-encryption-customer-algorithm',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
];

const maxMetadataBytes = 2048;

/** What a write says of its object. */
export interface ObjectHeaders {
  readonly headers: Record<string, string>;
  readonly metadata: Record<string, string>;
}

/**
 * Takes system and user metadata out of the headers of a write.
 * @throws S3Error MetadataTooLarge, NotImplemented
 */
export function objectHeaders(given: IncomingHttpHeaders): ObjectHeaders {
  for (const name of refusedHeaders)
    if (given[name] !== undefined)
      throw new S3Error('NotImplemented', `The header ${name} is not implemented.`);
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = given[name];
    if (typeof value === 'string') headers[name] = value;
  }
  if (headers['content-encoding'] !== undefined) {
    const kept = headers['content-encoding'].split(',').filter((one) => one.trim() !== 'aws-chunked');
    if (kept.length > 0) headers['content-encoding'] = kept.join(',').trim();
    else delete headers['content-encoding'];
  }
  headers['content-type'] ??= 'binary/octet-stream';
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const name in given) {
    if (!name.startsWith('x-amz-meta-')) continue;
    const value = String(given[name]);
    metadata[name.slice('x-amz-meta-'.length)] = value;
    bytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value);
  }
  if (bytes > maxMetadataBytes)
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.');
  return { headers, metadata };
}
