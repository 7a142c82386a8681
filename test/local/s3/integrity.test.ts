import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reader, type Served, serve, user } from './serve.ts';
import { awsChunked, send, sendSigned, sign } from './sign.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({
    // The reader reads below shared/ and lists nothing.
    authorize: (principal, action, _bucket, key) =>
      principal === 'user' || (action === 's3:GetObject' && key.startsWith('shared/')),
  });
});
afterAll(async () => {
  expect(served.reports).toEqual([]);
  await served.close();
});

const Bucket = 'uploads';
const md5 = (body: string) => createHash('md5').update(body).digest('base64');

describe('digests', () => {
  const algorithms = [
    ChecksumAlgorithm.CRC32,
    ChecksumAlgorithm.CRC32C,
    ChecksumAlgorithm.CRC64NVME,
    ChecksumAlgorithm.SHA1,
    ChecksumAlgorithm.SHA256,
  ];

  test.each(algorithms)(
    '%s of the SDK, in a header and in a trailer, is verified, kept and told',
    async (algorithm) => {
      const { client } = served;
      const body = Buffer.alloc(700_000, algorithm);
      const field = `Checksum${algorithm}` as 'ChecksumCRC32';
      for (const Body of [body, Readable.from([body.subarray(0, 5), body.subarray(5)])]) {
        const put = await client.send(
          new PutObjectCommand({
            Bucket,
            Key: algorithm,
            Body,
            ContentLength: body.length,
            ChecksumAlgorithm: algorithm,
          }),
        );
        expect(put[field]).toBeTruthy();
        const head = await client.send(
          new HeadObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }),
        );
        expect(head).toMatchObject({
          [field]: put[field],
          ChecksumType: 'FULL_OBJECT',
          ContentLength: body.length,
        });
        // The client holds what it reads against the checksum that it is told.
        const got = await client.send(
          new GetObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }),
        );
        expect(got[field]).toBe(put[field]);
        expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
      }
    },
  );

  const wrong = [
    ['content-md5', md5('other'), 'BadDigest'],
    ['content-md5', 'short', 'InvalidDigest'],
    ['content-md5', '!'.repeat(24), 'InvalidDigest'],
    ['x-amz-checksum-crc32', 'AAAAAA==', 'BadDigest'],
    ['x-amz-checksum-crc32', 'AAAAAAA=', 'InvalidDigest'],
    ['x-amz-checksum-crc32c', 'AAAAAA==', 'BadDigest'],
    ['x-amz-checksum-crc64nvme', 'AAAAAAAAAAA=', 'BadDigest'],
    ['x-amz-checksum-sha1', createHash('sha1').update('other').digest('base64'), 'BadDigest'],
    ['x-amz-checksum-sha256', createHash('sha256').update('other').digest('base64'), 'BadDigest'],
    ['x-amz-checksum-sha512', 'AAAA', 'InvalidRequest'],
  ] as const;

  test.each(wrong)('%s: %s is refused (%s), and nothing is stored', async (name, value, code) => {
    const answer = await sendSigned(served.endpoint, 'PUT', '/uploads/wrong', { [name]: value }, 'body');
    expect(answer).toMatchObject({ status: 400, code });
    await expect(served.client.send(new HeadObjectCommand({ Bucket, Key: 'wrong' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  test('a right Content-MD5 passes, two checksums at once do not', async () => {
    const right = { 'content-md5': md5('body') };
    expect((await sendSigned(served.endpoint, 'PUT', '/uploads/md5', right, 'body')).status).toBe(200);
    const two = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' };
    const answer = await sendSigned(served.endpoint, 'PUT', '/uploads/md5', two, 'body');
    expect(answer).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});

describe('aws-chunked bodies', () => {
  const pieces = [Buffer.alloc(70_000, 'a'), Buffer.alloc(300_000, 'b'), Buffer.from('c')];
  const whole = Buffer.concat(pieces);
  const sha256 = createHash('sha256').update(whole).digest('base64');

  async function put(
    form: string,
    trailers: Record<string, string> | undefined,
    break_?: (body: Buffer) => Buffer,
  ) {
    const url = new URL(`${served.endpoint}/uploads/chunked`);
    const headers: Record<string, string> = {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(whole.length),
    };
    if (trailers !== undefined) headers['x-amz-trailer'] = 'x-amz-checksum-sha256';
    const signed = sign('PUT', url, headers, form);
    const body = awsChunked(pieces, trailers, form.includes('UNSIGNED') ? undefined : signed);
    return send(served.endpoint, 'PUT', '/uploads/chunked', signed.headers, break_?.(body) ?? body);
  }

  const forms = [
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', undefined],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { 'x-amz-checksum-sha256': sha256 }],
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { 'x-amz-checksum-sha256': sha256 }],
  ] as const;

  test.each(forms)('%s is stored without its framing', async (form, trailers) => {
    expect((await put(form, trailers)).status).toBe(200);
    const got = await served.client.send(new GetObjectCommand({ Bucket, Key: 'chunked' }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(whole)).toBe(true);
    expect(got.ContentEncoding).toBeUndefined();
  });

  test.each(forms.slice(0, 2))('%s with a changed byte is refused', async (form, trailers) => {
    const change = (body: Buffer) => {
      body[200_000] = 0;
      return body;
    };
    expect(await put(form, trailers, change)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  test('wrong, absent or malformed trailers, and wrong lengths, are refused', async () => {
    const [, signedTrailer, unsigned] = forms.map(([form]) => form);
    const other = { 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') };
    for (const form of [signedTrailer!, unsigned!]) {
      expect(await put(form, other)).toMatchObject({ status: 400, code: 'BadDigest' });
      expect(await put(form, {})).toMatchObject({ status: 400, code: 'MalformedTrailerError' });
    }
    const shorter = (body: Buffer) =>
      Buffer.from(body.toString('latin1').replace('1\r\nc\r\n', ''), 'latin1');
    const longer = (body: Buffer) =>
      Buffer.from(body.toString('latin1').replace('1\r\nc\r\n', '2\r\ncc\r\n'), 'latin1');
    const incomplete = { status: 400, code: 'IncompleteBody' };
    expect(await put(unsigned!, forms[2][1], shorter)).toMatchObject(incomplete);
    expect(await put(unsigned!, forms[2][1], longer)).toMatchObject(incomplete);
    expect(await put('STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', undefined)).toMatchObject({
      status: 501,
      code: 'NotImplemented',
    });
  });
});

describe('signatures', () => {
  test('a wrong secret, an unknown key and a changed body', async () => {
    const put = new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' });
    const wrong = served.clientWith({ credentials: { ...user, secretAccessKey: 'guessed' } });
    await expect(wrong.send(put)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const unknown = served.clientWith({ credentials: { ...user, accessKeyId: 'AKIDNOBODY' } });
    await expect(unknown.send(put)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    const signed = sign(
      'PUT',
      new URL(`${served.endpoint}/uploads/k`),
      {},
      createHash('sha256').update('x').digest('hex'),
    );
    const changed = await send(
      served.endpoint,
      'PUT',
      '/uploads/k',
      { ...signed.headers, 'content-length': '1' },
      'y',
    );
    expect(changed).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' });
    expect(await send(served.endpoint, 'GET', '/uploads/k', {})).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
    const late = sign(
      'GET',
      new URL(`${served.endpoint}/uploads/k`),
      {},
      'UNSIGNED-PAYLOAD',
      '20200101T000000Z',
    );
    expect(await send(served.endpoint, 'GET', '/uploads/k', late.headers)).toMatchObject({
      status: 403,
      code: 'RequestTimeTooSkewed',
    });
  });

  test('a refused upload of many megabytes is still answered', async () => {
    const wrong = served.clientWith({ credentials: { ...user, secretAccessKey: 'guessed' } });
    const put = new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(20 << 20) });
    await expect(wrong.send(put)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  test('presigned URLs of the SDK, to put and to get', async () => {
    const Key = 'presigned/ü +?.hea';
    const put = await getSignedUrl(
      served.client,
      new PutObjectCommand({ Bucket, Key, ContentType: 'text/plain' }),
    );
    expect(
      (await fetch(put, { method: 'PUT', body: 'by URL', headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(200);
    const get = await getSignedUrl(served.client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
    const answer = await fetch(get);
    expect(await answer.text()).toBe('by URL');
    expect((await fetch(get, { headers: { range: 'bytes=3-' } })).status).toBe(206);
    expect((await fetch(get, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(get.replace('presigned', 'presigneD'))).status).toBe(403);
    const past = await getSignedUrl(served.client, new GetObjectCommand({ Bucket, Key }), {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 61_000),
    });
    const expired = await fetch(past);
    expect(expired.status).toBe(403);
    expect(await expired.text()).toContain('<Message>Request has expired.</Message>');
  });
});

test('a principal may do what it is granted, and is not told whether other keys exist', async () => {
  const { client } = served;
  for (const Key of ['shared/k', 'private/k'])
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const other = served.clientWith({ credentials: reader });
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  await other.send(new GetObjectCommand({ Bucket, Key: 'shared/k' }));
  await expect(other.send(new GetObjectCommand({ Bucket, Key: 'private/k' }))).rejects.toMatchObject(denied);
  await expect(other.send(new GetObjectCommand({ Bucket, Key: 'shared/none' }))).rejects.toMatchObject(
    denied,
  );
  await expect(
    other.send(new PutObjectCommand({ Bucket, Key: 'shared/k', Body: 'y' })),
  ).rejects.toMatchObject(denied);
  await expect(other.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'shared/none' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
});

test('100-continue is honoured', async () => {
  const body = Buffer.alloc(100_000, 'x');
  const hash = createHash('sha256').update(body).digest('hex');
  const signed = sign('PUT', new URL(`${served.endpoint}/uploads/continued`), {}, hash);
  const { hostname, port } = new URL(served.endpoint);
  const steps = await new Promise<string[]>((resolve, reject) => {
    const seen: string[] = [];
    const headers = { ...signed.headers, 'content-length': body.length, expect: '100-continue' };
    const sent = request({ hostname, port, method: 'PUT', path: '/uploads/continued', headers }, (answer) => {
      seen.push(String(answer.statusCode));
      answer.resume();
      answer.on('end', () => resolve(seen));
    });
    sent.on('continue', () => {
      seen.push('continue');
      sent.end(body);
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
  expect(steps).toEqual(['continue', '200']);
});

test('a client that goes away in the middle leaves nothing behind', async () => {
  const hash = 'UNSIGNED-PAYLOAD';
  const signed = sign('PUT', new URL(`${served.endpoint}/uploads/broken`), {}, hash);
  const { hostname, port } = new URL(served.endpoint);
  await new Promise<void>((resolve) => {
    const headers = { ...signed.headers, 'content-length': 10 << 20 };
    const sent = request({ hostname, port, method: 'PUT', path: '/uploads/broken', headers });
    sent.on('error', () => resolve());
    sent.write(Buffer.alloc(2 << 20), () => sent.destroy(new Error('gone')));
  });
  await expect(served.client.send(new HeadObjectCommand({ Bucket, Key: 'broken' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});
