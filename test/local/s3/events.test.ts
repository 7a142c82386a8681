import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3EventRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Served, serve } from './serve.ts';

const Bucket = 'uploads';
let served: Served;
let failing = false;
let delivered: S3EventRecord[] = [];

beforeEach(async () => {
  failing = false;
  delivered = [];
  served = await serve({
    deliver: async (event) => {
      if (failing) throw new Error('queue unavailable');
      delivered.push(event);
    },
  });
});
afterEach(async () => {
  expect(served.reports).toEqual([]);
  await served.close();
});

const put = (Key: string, Body = 'x', bucket = Bucket) =>
  served.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

const arrived = (count: number) =>
  vi.waitFor(() => expect(delivered).toHaveLength(count), { timeout: 20_000 });

test('a put is told in the record that S3 writes', async () => {
  const { ETag, VersionId, $metadata } = await put('visits/ü b+c.hea', 'four');
  await arrived(1);
  const [event] = delivered;
  expect(event).toEqual({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-central-1',
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:user' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': $metadata.requestId, 'x-amz-id-2': expect.any(String) },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: expect.any(String),
      bucket: {
        name: Bucket,
        ownerIdentity: { principalId: expect.any(String) },
        arn: 'arn:aws:s3:::uploads',
      },
      object: {
        key: 'visits/%C3%BC+b%2Bc.hea',
        size: 4,
        eTag: ETag!.replaceAll('"', ''),
        versionId: VersionId,
        sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
      },
    },
  });
});

test('each kind of creation has its name, deletes and other buckets are silent, sequencers rise', async () => {
  const { client } = served;
  await put('k', '1');
  await put('k', '2');
  await client.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: 'work/none' })).catch(() => {});
  await client.send(
    new CopyObjectCommand({ Bucket, Key: 'k', CopySource: 'uploads/k', MetadataDirective: 'REPLACE' }),
  );
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
  const part = { Bucket, Key: 'k', UploadId, PartNumber: 1, Body: '3' };
  const { ETag } = await client.send(new UploadPartCommand(part));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await put('k', '4', 'work');
  await arrived(4);
  expect(delivered.map((event) => event.eventName)).toEqual([
    'ObjectCreated:Put',
    'ObjectCreated:Put',
    'ObjectCreated:Copy',
    'ObjectCreated:CompleteMultipartUpload',
  ]);
  const sequencers = delivered.map((event) => event.s3.object.sequencer);
  expect([...sequencers].sort()).toEqual(sequencers);
  expect(new Set(sequencers).size).toBe(4);
});

test('a delivery that fails is repeated until it succeeds', async () => {
  failing = true;
  await put('k');
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(delivered).toEqual([]);
  failing = false;
  await arrived(1);
});

test('what was not delivered comes after the next start, what was does not', async () => {
  await put('delivered');
  await arrived(1);
  failing = true;
  const { VersionId } = await put('undelivered');
  const undelivered = await put('undelivered too');
  await served.reopen();
  expect(delivered).toHaveLength(1);
  failing = false;
  await served.reopen();
  await arrived(3);
  expect(delivered.slice(1).map((event) => event.s3.object.versionId)).toEqual([
    VersionId,
    undelivered.VersionId,
  ]);
  await served.reopen();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(delivered).toHaveLength(3);
});

test('a backlog of hundreds comes whole', async () => {
  failing = true;
  for (let batch = 0; batch < 10; batch++)
    await Promise.all(Array.from({ length: 50 }, (_, at) => put(`k${batch}-${at}`)));
  failing = false;
  await served.reopen();
  const told = () => new Set(delivered.map((event) => event.s3.object.key)).size;
  await vi.waitFor(() => expect(told()).toBe(500), { timeout: 20_000 });
});
