import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { user } from './serve.ts';

const scopeOf = (timestamp: string) => `${timestamp.slice(0, 8)}/eu-central-1/s3/aws4_request`;
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

export const timestampNow = () => `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

function signingKey(timestamp: string): Buffer {
  return scopeOf(timestamp).split('/').reduce<string | Buffer>(hmac, `AWS4${user.secretAccessKey}`) as Buffer;
}

export interface Signed {
  readonly headers: Record<string, string>;
  readonly signature: string;
  readonly timestamp: string;
}

/** Signs a request as `user`, every header that is given, for requests that no SDK would make. */
export function sign(
  method: string,
  url: URL,
  given: Record<string, string>,
  payloadHash: string,
  timestamp = timestampNow(),
): Signed {
  const headers: Record<string, string> = {
    ...given,
    host: url.host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
  };
  const names = Object.keys(headers).sort();
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const lines = names.map((name) => `${name}:${headers[name]!.trim()}\n`).join('');
  const canonical = [method, url.pathname, query, lines, names.join(';'), payloadHash].join('\n');
  const scope = scopeOf(timestamp);
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  const signature = hmac(signingKey(timestamp), text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${user.accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { headers: { ...headers, authorization }, signature, timestamp };
}

/** Frames pieces in the aws-chunked encoding, signed when `signed` is given. */
export function awsChunked(
  pieces: readonly Uint8Array[],
  trailers: Record<string, string> | undefined,
  signed: Signed | undefined,
): Buffer {
  const body: (string | Uint8Array)[] = [];
  let previous = signed?.signature ?? '';
  const chain = (kind: string, ...hashes: string[]) => {
    const { timestamp } = signed!;
    const text = [`AWS4-HMAC-SHA256-${kind}`, timestamp, scopeOf(timestamp), previous, ...hashes].join('\n');
    previous = hmac(signingKey(timestamp), text).toString('hex');
    return previous;
  };
  for (const piece of [...pieces, Buffer.alloc(0)]) {
    const signature = signed && `;chunk-signature=${chain('PAYLOAD', sha256(''), sha256(piece))}`;
    body.push(`${piece.length.toString(16)}${signature ?? ''}\r\n`);
    if (piece.length > 0) body.push(piece, '\r\n');
  }
  for (const [name, value] of Object.entries(trailers ?? {})) body.push(`${name}:${value}\r\n`);
  if (trailers !== undefined && signed !== undefined) {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`);
    body.push(`x-amz-trailer-signature:${chain('TRAILER', sha256(lines.join('')))}\r\n`);
  }
  body.push('\r\n');
  return Buffer.concat(body.map((part) => Buffer.from(part as string)));
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
  /** The Code of an error's XML. */
  readonly code: string | undefined;
}

/** Sends a request whose path is not touched by URL parsing. */
export function send(
  endpoint: string,
  method: string,
  target: string,
  headers: Record<string, string>,
  body?: Uint8Array | string,
): Promise<Answer> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: target, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: text,
          code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
        });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Signs a whole body with its hash and sends it. */
export function sendSigned(
  endpoint: string,
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body: Uint8Array | string = '',
): Promise<Answer> {
  const signed = sign(method, new URL(endpoint + target), headers, sha256(body));
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return send(endpoint, method, target, { ...signed.headers, ...length }, body);
}
