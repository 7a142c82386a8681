import { BatchClient, DescribeJobsCommand } from '@aws-sdk/client-batch';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Credentials, SignatureError, type SignedRequest, verifyRequest } from '../../local/sigv4.ts';

const user: Credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  principal: 'user',
};
const store = (id: string) => (id === user.accessKeyId ? user : undefined);
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

interface Sent {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/** A request handler for SDK clients that keeps the signed request instead of sending it. */
class Capture {
  sent: Sent | undefined;
  handle = (request: unknown) => {
    this.sent = request as Sent;
    return Promise.reject(new Error('kept'));
  };
  request(): SignedRequest & { body: Buffer } {
    const { method, path, query = {}, headers, body } = this.sent!;
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value ?? ''].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
    );
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const bytes =
      body instanceof Uint8Array
        ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
        : Buffer.from(typeof body === 'string' ? body : '');
    return {
      method,
      url: pairs.length > 0 ? `${path}?${pairs.join('&')}` : path,
      headers: lower,
      body: bytes,
    };
  }
}

function options(capture: Capture) {
  return {
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: user,
    maxAttempts: 1,
    requestHandler: capture,
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'verified';
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the worked examples of the AWS documentation', () => {
  const get = {
    method: 'GET',
    url: '/test.txt',
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': emptyHash,
      'x-amz-date': '20130524T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  };

  test('header form', () => {
    vi.useFakeTimers({ now: Date.parse('2013-05-24T00:05:00Z') });
    const verified = verifyRequest(get, 'declared', store);
    expect(verified).toMatchObject({ credentials: user, service: 's3', region: 'us-east-1' });
  });

  test('presigned form, until it expires', () => {
    const url =
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = { method: 'GET', url, headers: { host: 'examplebucket.s3.amazonaws.com' } };
    vi.useFakeTimers({ now: Date.parse('2013-05-24T23:59:59Z') });
    expect(verifyRequest(request, 'declared', store).payloadHash).toBe('UNSIGNED-PAYLOAD');
    vi.setSystemTime(Date.parse('2013-05-25T00:00:01Z'));
    expect(codeOf(() => verifyRequest(request, 'declared', store))).toBe('AccessDenied');
    vi.setSystemTime(Date.parse('2013-05-23T23:00:00Z'));
    expect(codeOf(() => verifyRequest(request, 'declared', store))).toBe('AccessDenied');
  });

  test('anything changed is refused', () => {
    vi.useFakeTimers({ now: Date.parse('2013-05-24T00:05:00Z') });
    const change = (over: Partial<SignedRequest>, headers: Record<string, string> = {}) =>
      codeOf(() =>
        verifyRequest({ ...get, ...over, headers: { ...get.headers, ...headers } }, 'declared', store),
      );
    expect(change({ method: 'PUT' })).toBe('SignatureDoesNotMatch');
    expect(change({ url: '/test.txu' })).toBe('SignatureDoesNotMatch');
    expect(change({ url: '/test.txt?versionId=1' })).toBe('SignatureDoesNotMatch');
    expect(change({ url: '/%zz' })).toBe('InvalidURI');
    expect(change({}, { range: 'bytes=0-10' })).toBe('SignatureDoesNotMatch');
    expect(change({}, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })).toBe('SignatureDoesNotMatch');
    expect(change({}, { 'x-amz-meta-added': 'later' })).toBe('AccessDenied');
    const authorization = get.headers.authorization;
    expect(change({}, { authorization: authorization.replace(/bdb41$/, 'bdb42') })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(change({}, { authorization: authorization.replace(/bdb41$/, 'bdb4') })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(change({}, { authorization: authorization.replace(/bdb41$/, 'bdb4é') })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(change({}, { authorization: authorization.replace('AKIA', 'AKIB') })).toBe('InvalidAccessKeyId');
    expect(change({}, { authorization: authorization.replace('20130524', '20130525') })).toBe(
      'AuthorizationHeaderMalformed',
    );
    expect(change({}, { authorization: 'AWS4-HMAC-SHA256 nonsense' })).toBe('AuthorizationHeaderMalformed');
    expect(change({}, { authorization: 'Basic YTpi' })).toBe('InvalidRequest');
    expect(codeOf(() => verifyRequest({ ...get, headers: { host: 'h' } }, 'declared', store))).toBe(
      'AccessDenied',
    );
  });

  test('a clock more than 15 minutes away is refused', () => {
    vi.useFakeTimers({ now: Date.parse('2013-05-24T00:14:59Z') });
    expect(codeOf(() => verifyRequest(get, 'declared', store))).toBe('verified');
    vi.setSystemTime(Date.parse('2013-05-24T00:15:01Z'));
    expect(codeOf(() => verifyRequest(get, 'declared', store))).toBe('RequestTimeTooSkewed');
    vi.setSystemTime(Date.parse('2013-05-23T23:44:59Z'));
    expect(codeOf(() => verifyRequest(get, 'declared', store))).toBe('RequestTimeTooSkewed');
  });

  test('a changed secret is noticed although the signing key was kept', () => {
    vi.useFakeTimers({ now: Date.parse('2013-05-24T00:05:00Z') });
    expect(codeOf(() => verifyRequest(get, 'declared', store))).toBe('verified');
    const changed = () => ({ ...user, secretAccessKey: 'another' });
    expect(codeOf(() => verifyRequest(get, 'declared', changed))).toBe('SignatureDoesNotMatch');
  });
});

describe('what the AWS SDK signs', () => {
  const keys = [
    'plain.hea',
    'a b/c+d',
    "it's (odd)!*~",
    'ü/µV/心电图',
    '../..%2f',
    '//leading//',
    'a=b&c?d#e',
  ];

  test.each(keys)('S3 put of %j', async (Key) => {
    const capture = new Capture();
    const client = new S3Client({ ...options(capture), forcePathStyle: true });
    const put = new PutObjectCommand({ Bucket: 'uploads', Key, Body: 'body', Metadata: { two: 'a  b' } });
    await expect(client.send(put)).rejects.toThrow('kept');
    const { body, ...request } = capture.request();
    expect(verifyRequest(request, body, store)).toMatchObject({ credentials: user, service: 's3' });
    expect(codeOf(() => verifyRequest(request, Buffer.from('tampered'), store))).toBe(
      'XAmzContentSHA256Mismatch',
    );
  });

  test.each(keys)('presigned S3 get of %j', async (Key) => {
    const client = new S3Client({ ...options(new Capture()), forcePathStyle: true });
    // Not taken apart by URL, which would resolve the dots of a key.
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'uploads', Key }));
    const [, host, target] = /^http:\/\/([^/]+)(.*)$/.exec(url)!;
    const request = { method: 'GET', url: target!, headers: { host } };
    expect(verifyRequest(request, 'declared', store).region).toBe('eu-west-1');
    expect(codeOf(() => verifyRequest({ ...request, method: 'PUT' }, 'declared', store))).toBe(
      'SignatureDoesNotMatch',
    );
  });

  test('RDS Data API, SQS and Batch, with the whole body known', async () => {
    const data = new Capture();
    const sqs = new Capture();
    const batch = new Capture();
    const statement = new ExecuteStatementCommand({ resourceArn: 'r', secretArn: 's', sql: 'select 1' });
    const message = new SendMessageCommand({ QueueUrl: 'http://127.0.0.1:9/q', MessageBody: 'm' });
    await expect(new RDSDataClient(options(data)).send(statement)).rejects.toThrow('kept');
    await expect(new SQSClient(options(sqs)).send(message)).rejects.toThrow('kept');
    await expect(
      new BatchClient(options(batch)).send(new DescribeJobsCommand({ jobs: ['j'] })),
    ).rejects.toThrow('kept');
    for (const [capture, service] of [
      [data, 'rds-data'],
      [sqs, 'sqs'],
      [batch, 'batch'],
    ] as const) {
      const { body, ...request } = capture.request();
      expect(body.length).toBeGreaterThan(0);
      expect(verifyRequest(request, body, store)).toMatchObject({ credentials: user, service });
      expect(codeOf(() => verifyRequest(request, Buffer.concat([body, Buffer.from(' ')]), store))).toBeOneOf([
        'SignatureDoesNotMatch',
        'XAmzContentSHA256Mismatch',
      ]);
    }
  });
});
