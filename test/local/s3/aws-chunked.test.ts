import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsChunkedDecoder } from '../../../local/s3/aws-chunked.ts';
import { S3Error } from '../../../local/s3/errors.ts';
import { type ChunkSigning, verifyRequest } from '../../../local/sigv4.ts';
import { seeds } from '../../seeds.ts';
import { user } from './serve.ts';
import { awsChunked, sign } from './sign.ts';

function decode(decoder: AwsChunkedDecoder, pieces: readonly Uint8Array[]): Buffer {
  const content = pieces.flatMap((piece) => decoder.push(Buffer.from(piece)));
  decoder.end();
  return Buffer.concat(content);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'decoded';
}

/** A signed request and what the verifier makes of it. */
function signing() {
  const url = new URL('http://127.0.0.1:9/uploads/k');
  const signed = sign('PUT', url, {}, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER');
  const verified = verifyRequest(
    { method: 'PUT', url: '/uploads/k', headers: signed.headers },
    'declared',
    () => user,
  );
  return { signed, chunks: verified.signing };
}

/** Cuts a body at the given places, in any order. */
function cut(body: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...places.map((place) => place % (body.length + 1)), 0, body.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, at) => body.subarray(sorted[at], end));
}

test('the worked example of the AWS documentation', () => {
  // "Signature calculations: transferring a payload in multiple chunks": 65 KiB of the letter a.
  const key = ['20130524', 'us-east-1', 's3', 'aws4_request'].reduce<Buffer>(
    (before, part) => createHmac('sha256', before).update(part).digest(),
    Buffer.from('AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  );
  const signing: ChunkSigning = {
    key,
    timestamp: '20130524T000000Z',
    scope: '20130524/us-east-1/s3/aws4_request',
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  };
  const body = [
    '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n',
    'a'.repeat(65_536),
    '\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n',
    'a'.repeat(1024),
    '\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
  ].join('');
  expect(decode(new AwsChunkedDecoder(signing), [Buffer.from(body)]).toString()).toBe('a'.repeat(66_560));
});

describe.each(seeds)('fuzzed (seed %i)', (seed) => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 5 });
  const places = fc.array(fc.nat(400), { maxLength: 8 });
  const trailers = { 'x-amz-checksum-crc32': 'AAAAAA==' };

  test('whatever the sender and the network cut, the content comes out', () => {
    fc.assert(
      fc.property(pieces, places, fc.boolean(), (content, cuts, isSigned) => {
        const { signed, chunks } = signing();
        const body = awsChunked(content, trailers, isSigned ? signed : undefined);
        const decoder = new AwsChunkedDecoder(isSigned ? chunks : undefined);
        expect(decode(decoder, cut(body, cuts))).toEqual(Buffer.concat(content));
        expect(Object.fromEntries(decoder.trailers)).toEqual(trailers);
      }),
      { seed, numRuns: 200 },
    );
  });

  test('one changed, lost or added byte of a signed body is refused', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(2),
        (content, place, change, kind) => {
          const { signed, chunks } = signing();
          const body = awsChunked(content, trailers, signed);
          const at = place % body.length;
          const changed = Buffer.from(body);
          changed[at] = changed[at]! ^ change;
          const broken = [
            changed,
            Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]),
            Buffer.concat([body.subarray(0, at), Buffer.from([change]), body.subarray(at)]),
          ][kind]!;
          let content2: Buffer | undefined;
          const code = codeOf(() => {
            content2 = decode(new AwsChunkedDecoder(chunks), [broken]);
          });
          // Framing may be written in more than one way (the case of a size, blanks in a trailer), content may not.
          if (code === 'decoded') expect(content2).toEqual(Buffer.concat(content));
          else expect(code).toBeOneOf(['IncompleteBody', 'SignatureDoesNotMatch', 'MalformedTrailerError']);
        },
      ),
      { seed, numRuns: 400 },
    );
  });

  test('any bytes at all end in content or a named error', () => {
    const line = fc.constantFrom(
      '0\r\n',
      '5\r\n',
      'ff\r\n',
      '\r\n',
      '\n',
      'hello',
      'a:b\r\n',
      ';chunk-signature=',
      'fffffffffff\r\n',
      '-1\r\n',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join(''))),
    );
    fc.assert(
      fc.property(bytes, places, (body, cuts) => {
        expect(codeOf(() => decode(new AwsChunkedDecoder(), cut(Buffer.from(body), cuts)))).toBeOneOf([
          'decoded',
          'IncompleteBody',
          'MalformedTrailerError',
        ]);
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe('broken bodies', () => {
  const unsigned = (body: string) => codeOf(() => decode(new AwsChunkedDecoder(), [Buffer.from(body)]));

  test('framing', () => {
    expect(unsigned('5\r\nhello\r\n0\r\n\r\n')).toBe('decoded');
    expect(unsigned('')).toBe('IncompleteBody');
    expect(unsigned('5\r\nhello\r\n')).toBe('IncompleteBody');
    expect(unsigned('5\r\nhello\r\n0\r\n')).toBe('IncompleteBody');
    expect(unsigned('4\r\nhello\r\n0\r\n\r\n')).toBe('IncompleteBody');
    expect(unsigned('5\nhello\r\n0\r\n\r\n')).toBe('IncompleteBody');
    expect(unsigned('x\r\n')).toBe('IncompleteBody');
    expect(unsigned('5\r\nhello\r\n0\r\n\r\nmore')).toBe('IncompleteBody');
    expect(unsigned(`0\r\nname${'e'.repeat(20_000)}:value\r\n\r\n`)).toBe('IncompleteBody');
    expect(unsigned(`0\r\n${'a:b\r\n'.repeat(5000)}\r\n`)).toBe('IncompleteBody');
    expect(unsigned('1'.repeat(5000))).toBe('IncompleteBody');
    expect(unsigned('0\r\nno colon\r\n\r\n')).toBe('MalformedTrailerError');
  });

  test('a signed body whose chunk, trailer or trailer signature is absent or wrong', () => {
    const trailers = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    const { signed, chunks } = signing();
    const good = awsChunked([Buffer.from('one'), Buffer.from('two')], trailers, signed).toString('latin1');
    const attempt = (body: string) =>
      codeOf(() => decode(new AwsChunkedDecoder(chunks), [Buffer.from(body, 'latin1')]));
    expect(attempt(good)).toBe('decoded');
    expect(attempt(good.replace('one', 'eno'))).toBe('SignatureDoesNotMatch');
    expect(attempt(good.replace(/^3;chunk-signature=[0-9a-f]+/, '3'))).toBe('SignatureDoesNotMatch');
    expect(attempt(good.replace('AAAAAA==', 'AAAAAQ=='))).toBe('SignatureDoesNotMatch');
    expect(attempt(good.replace(/x-amz-trailer-signature:.*\r\n/, ''))).toBe('SignatureDoesNotMatch');
    const [first, second] = good.split(/(?=3;chunk)/);
    expect(attempt(good.replace(first! + second!, second! + first!))).toBe('SignatureDoesNotMatch');
  });
});
