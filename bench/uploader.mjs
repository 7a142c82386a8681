// A process that uploads numbered files made from one template, so that the uploader's work is not the cloud's.
// Arguments: JSON {endpoint, region, accessKeyId, secretAccessKey, bucket, prefix, first, count, concurrency, template,
// patchAt}: the template's bytes at `patchAt` are replaced by the file's number in 12 digits.
import { readFile } from 'node:fs/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const options = JSON.parse(process.argv[2]);
const template = await readFile(options.template);
const { endpoint, region, accessKeyId, secretAccessKey, bucket, prefix, first, count, concurrency, patchAt } =
  options;
const client = new S3Client({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey },
  forcePathStyle: true,
});

let next = first;
async function work() {
  while (next < first + count) {
    const number = String(next++).padStart(12, '0');
    const body = Buffer.from(template);
    body.write(number, patchAt, 'latin1');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${number}.dcm`, Body: body }));
  }
}
await Promise.all(Array.from({ length: concurrency }, work));
