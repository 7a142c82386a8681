import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serve } from './serve.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

test('smoke', async () => {
  const { client } = served;
  await client.send(new PutObjectCommand({ Bucket: 'uploads', Key: 'a/b c', Body: 'hello' }));
  const got = await client.send(new GetObjectCommand({ Bucket: 'uploads', Key: 'a/b c' }));
  expect(await got.Body!.transformToString()).toBe('hello');
  await client.send(new DeleteObjectCommand({ Bucket: 'uploads', Key: 'a/b c' }));
  await expect(client.send(new HeadObjectCommand({ Bucket: 'uploads', Key: 'a/b c' }))).rejects.toMatchObject(
    { name: 'NotFound' },
  );
  await served.reopen();
});
