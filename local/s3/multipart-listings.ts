import type { Upload } from './entries.ts';
import { type Exchange, isoTime, quoted } from './exchange.ts';
import { listingOf, owner } from './listings.ts';
import { openUpload } from './multipart.ts';
import { byteString } from './sorted-keys.ts';
import { element, namespace, text } from './xml.ts';

const maxListed = 1000;

export function listMultipartUploads(exchange: Exchange): void {
  const { query, bucket, objects } = exchange;
  const listing = listingOf(exchange, 's3:ListBucketMultipartUploads', 'max-uploads');
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const order = (upload: Upload) => `${byteString(upload.key)}\x00${upload.uploadId}`;
  const start = `${byteString(keyMarker)}\x00${idMarker === '' ? '\xff' : idMarker}`;
  const uploads = [...objects.index.uploads.values()]
    .map(({ upload }) => upload)
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(listing.prefix))
    .filter((upload) => keyMarker === '' || order(upload) > start)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const shown = uploads.slice(0, listing.most);
  const truncated = shown.length < uploads.length;
  const last = shown.at(-1);
  exchange.xml(
    `<ListMultipartUploadsResult ${namespace}>` +
      text('Bucket', bucket) +
      text('Prefix', listing.encode(listing.prefix)) +
      text('EncodingType', listing.encodingType) +
      text('KeyMarker', listing.encode(keyMarker)) +
      text('UploadIdMarker', idMarker) +
      text('NextKeyMarker', truncated && last ? listing.encode(last.key) : undefined) +
      text('NextUploadIdMarker', truncated ? last?.uploadId : undefined) +
      text('MaxUploads', listing.most) +
      text('IsTruncated', truncated) +
      shown
        .map((upload) =>
          element(
            'Upload',
            text('Key', listing.encode(upload.key)) +
              text('UploadId', upload.uploadId) +
              owner +
              text('StorageClass', 'STANDARD') +
              text('Initiated', isoTime(upload.time)) +
              text('ChecksumAlgorithm', upload.checksum?.algorithm) +
              text('ChecksumType', upload.checksum?.type),
          ),
        )
        .join('') +
      '</ListMultipartUploadsResult>',
  );
}

export function listParts(exchange: Exchange): void {
  exchange.allow('s3:ListMultipartUploadParts');
  const { upload, parts } = openUpload(exchange);
  const marker = Number(exchange.query.get('part-number-marker') ?? 0);
  const most = exchange.count('max-parts', maxListed);
  const after = [...parts.values()]
    .filter((part) => part.number > marker)
    .sort((a, b) => a.number - b.number);
  const page = after.slice(0, most);
  const algorithm = upload.checksum?.algorithm;
  exchange.xml(
    `<ListPartsResult ${namespace}>` +
      text('Bucket', upload.bucket) +
      text('Key', upload.key) +
      text('UploadId', upload.uploadId) +
      text('StorageClass', 'STANDARD') +
      text('PartNumberMarker', marker) +
      text('NextPartNumberMarker', page.at(-1)?.number ?? 0) +
      text('MaxParts', most) +
      text('IsTruncated', page.length < after.length) +
      text('ChecksumAlgorithm', algorithm) +
      text('ChecksumType', upload.checksum?.type) +
      page
        .map((part) =>
          element(
            'Part',
            text('PartNumber', part.number) +
              text('LastModified', isoTime(part.time)) +
              text('ETag', quoted(part.etag)) +
              text('Size', part.size) +
              (algorithm === undefined ? '' : text(`Checksum${algorithm}`, part.checksum)),
          ),
        )
        .join('') +
      '</ListPartsResult>',
  );
}
