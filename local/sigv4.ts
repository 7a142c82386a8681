import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A key pair and the principal (user, function or job) whose grants apply to what it signs. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: string;
}

export type CredentialStore = (accessKeyId: string) => Credentials | undefined;

/** The parts of an HTTP request that a signature covers; `url` is the request target as it came on the wire. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** What is needed to check the signatures of the chunks of a `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` body. */
export interface ChunkSigning {
  readonly key: Buffer;
  /** As in x-amz-date: 20261122T164500Z. */
  readonly timestamp: string;
  /** DATE/REGION/SERVICE/aws4_request */
  readonly scope: string;
  /** Signature of the request itself, in hexadecimal: what the first chunk is chained to. */
  readonly seed: string;
}

export interface VerifiedRequest {
  readonly credentials: Credentials;
  readonly service: string;
  readonly region: string;
  /** x-amz-content-sha256: a hash in hexadecimal, UNSIGNED-PAYLOAD or one of the STREAMING- forms. */
  readonly payloadHash: string;
  readonly signing: ChunkSigning;
}

const statuses = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  InvalidAccessKeyId: 403,
  InvalidRequest: 400,
  InvalidURI: 400,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type SignatureErrorCode = keyof typeof statuses;

/** A request that is not signed as it must be, with the code and HTTP status that AWS gives. */
export class SignatureError extends Error {
  readonly code: SignatureErrorCode;
  readonly status: number;

  constructor(code: SignatureErrorCode, message: string) {
    super(message);
    this.name = 'SignatureError';
    this.code = code;
    this.status = statuses[code];
  }
}

const algorithm = 'AWS4-HMAC-SHA256';
const maxSkew = 15 * 60_000;
const maxPresignedSeconds = 7 * 86_400;

/**
 * Verifies the AWS Signature Version 4 of a request, in the Authorization header or in the query (presigned URL).
 * Service and region are those of the credential scope. The paths of S3 are encoded once, those of every other
 * service twice.
 * @param payload the whole body, which is hashed; or 'declared' where the body is still to come: then the value of
 *   x-amz-content-sha256 is taken as signed, and the caller holds the body against it.
 * @throws SignatureError
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifyRequest(
  request: SignedRequest,
  payload: Uint8Array | 'declared',
  store: CredentialStore,
): VerifiedRequest {
  const mark = request.url.indexOf('?');
  const path = mark < 0 ? request.url : request.url.slice(0, mark);
  const query = queryPairs(request.url);
  const claim =
    request.headers.authorization === undefined ? claimOfQuery(query) : claimOfHeader(request.headers);
  const [accessKeyId, date, region, service, terminator, ...rest] = claim.credential.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0)
    throw new SignatureError(claim.malformed, 'The credential scope is malformed.');
  if (date !== claim.timestamp.slice(0, 8))
    throw new SignatureError(claim.malformed, 'The date of the credential scope is not that of the request.');
  checkTime(claim);
  const credentials = store(accessKeyId);
  if (credentials === undefined)
    throw new SignatureError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  checkSignedHeaders(claim, request.headers);
  const payloadHash = payloadHashOf(claim, request.headers, payload);
  const canonicalRequest = [
    request.method,
    canonicalPath(path, service === 's3'),
    canonicalQuery(query),
    canonicalHeaders(claim.signedHeaders, request.headers),
    claim.signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = signingKey(credentials, date, region, service);
  const expected = signatureOf(key, [algorithm, claim.timestamp, scope, sha256(canonicalRequest)]);
  if (!sameSignature(expected, claim.signature))
    throw new SignatureError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  const signing = { key, timestamp: claim.timestamp, scope, seed: expected };
  return { credentials, service, region, payloadHash, signing };
}

/** HMAC-SHA256, in hexadecimal, of the lines of a string to sign. */
export function signatureOf(key: Buffer, lines: readonly string[]): string {
  return createHmac('sha256', key).update(lines.join('\n')).digest('hex');
}

/** Compares two hexadecimal signatures in constant time. */
export function sameSignature(expected: string, given: string): boolean {
  // One byte a character, whatever the characters of the given one are.
  return (
    expected.length === given.length &&
    timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(given, 'latin1'))
  );
}

/** The decoded names and values of a request target's query, in order. @throws SignatureError InvalidURI */
export function queryPairs(url: string): [name: string, value: string][] {
  const mark = url.indexOf('?');
  if (mark < 0) return [];
  return url
    .slice(mark + 1)
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [decode(part.replaceAll('+', ' ')), '']
        : [
            decode(part.slice(0, equals).replaceAll('+', ' ')),
            decode(part.slice(equals + 1).replaceAll('+', ' ')),
          ];
    });
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  /** Seconds for which a presigned URL is good; absent in the header form. */
  readonly expires?: number;
  /** Of a presigned URL: the hash named in its query. */
  readonly payloadHash?: string;
  readonly malformed: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError';
}

function claimOfHeader(headers: IncomingHttpHeaders): Claim {
  const malformed = 'AuthorizationHeaderMalformed';
  const authorization = headers.authorization ?? '';
  if (!authorization.startsWith(`${algorithm} `))
    throw new SignatureError(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${algorithm}.`,
    );
  const fields = new Map<string, string>();
  for (const field of authorization.slice(algorithm.length + 1).split(',')) {
    const equals = field.indexOf('=');
    fields.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim());
  }
  const credential = fields.get('Credential');
  const signedHeaders = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (!credential || !signedHeaders || !signature)
    throw new SignatureError(
      malformed,
      'The authorization header needs Credential, SignedHeaders and Signature.',
    );
  const amzDate = single(headers['x-amz-date']);
  const timestamp =
    amzDate ?? (headers.date === undefined ? undefined : basicTimestamp(Date.parse(headers.date)));
  if (timestamp === undefined)
    throw new SignatureError(
      'AccessDenied',
      'AWS authentication requires a valid Date or x-amz-date header.',
    );
  return { credential, signedHeaders: signedHeaders.split(';'), signature, timestamp, malformed };
}

function claimOfQuery(query: readonly [string, string][]): Claim {
  const malformed = 'AuthorizationQueryParametersError';
  const fields = new Map(query);
  const named = fields.get('X-Amz-Algorithm');
  if (named === undefined) {
    if (fields.has('AWSAccessKeyId'))
      throw new SignatureError(
        'InvalidRequest',
        `Signature Version 2 is not supported. Please use ${algorithm}.`,
      );
    throw new SignatureError('AccessDenied', 'The request is not signed.');
  }
  const credential = fields.get('X-Amz-Credential');
  const signedHeaders = fields.get('X-Amz-SignedHeaders');
  const signature = fields.get('X-Amz-Signature');
  const timestamp = fields.get('X-Amz-Date');
  const expires = fields.get('X-Amz-Expires');
  if (named !== algorithm || !credential || !signedHeaders || !signature || !timestamp || !expires)
    throw new SignatureError(
      malformed,
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  const seconds = Number(expires);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > maxPresignedSeconds)
    throw new SignatureError(malformed, 'X-Amz-Expires must be from 1 to 604800 seconds.');
  const payloadHash = fields.get('X-Amz-Content-Sha256');
  return {
    credential,
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp,
    expires: seconds,
    payloadHash,
    malformed,
  };
}

function checkTime(claim: Claim): void {
  const signed = timeOf(claim.timestamp);
  if (Number.isNaN(signed))
    throw new SignatureError(claim.malformed, 'The date of the request is malformed.');
  const now = Date.now();
  if (claim.expires === undefined) {
    if (Math.abs(now - signed) > maxSkew)
      throw new SignatureError(
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
      );
  } else if (signed - now > maxSkew) {
    throw new SignatureError('AccessDenied', 'Request is not valid yet.');
  } else if (now > signed + claim.expires * 1000) {
    throw new SignatureError('AccessDenied', 'Request has expired.');
  }
}

/** As AWS demands, the host and every x-amz- header must be covered: else one could be added on the way. */
function checkSignedHeaders(claim: Claim, headers: IncomingHttpHeaders): void {
  if (!claim.signedHeaders.includes('host'))
    throw new SignatureError(claim.malformed, 'The host header must be signed.');
  for (const name in headers) {
    if (name.startsWith('x-amz-') && !claim.signedHeaders.includes(name))
      throw new SignatureError(
        'AccessDenied',
        `There were headers present in the request which were not signed: ${name}`,
      );
  }
}

function payloadHashOf(claim: Claim, headers: IncomingHttpHeaders, payload: Uint8Array | 'declared'): string {
  const declared = single(headers['x-amz-content-sha256']) ?? claim.payloadHash;
  if (payload === 'declared') {
    if (declared !== undefined) return declared;
    if (claim.expires !== undefined) return 'UNSIGNED-PAYLOAD';
    throw new SignatureError(
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  const actual = sha256(payload);
  if (declared !== undefined && /^[0-9a-f]{64}$/.test(declared) && declared !== actual)
    throw new SignatureError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  return declared ?? actual;
}

function canonicalPath(path: string, once: boolean): string {
  const segments = path.split('/');
  // A slash that came as %2F stays apart from one that separates segments, as it was when it was signed.
  return segments.map((segment) => uriEncode(once ? decode(segment) : segment)).join('/') || '/';
}

function canonicalQuery(query: readonly [string, string][]): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalHeaders(names: readonly string[], headers: IncomingHttpHeaders): string {
  let text = '';
  for (const name of names) {
    const value = headers[name];
    const whole = value === undefined ? '' : typeof value === 'string' ? value : value.join(',');
    text += `${name}:${whole.trim().replace(/ {2,}/g, ' ')}\n`;
  }
  return text;
}

const keys = new Map<string, { secret: string; key: Buffer }>();
const maxKeys = 1000;

/** Four chained HMACs that depend on the day only, so they are kept. */
function signingKey(credentials: Credentials, date: string, region: string, service: string): Buffer {
  const name = `${credentials.accessKeyId}/${date}/${region}/${service}`;
  const known = keys.get(name);
  if (known !== undefined && known.secret === credentials.secretAccessKey) return known.key;
  let key = Buffer.from(`AWS4${credentials.secretAccessKey}`);
  for (const part of [date, region, service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  if (keys.size >= maxKeys) keys.clear();
  keys.set(name, { secret: credentials.secretAccessKey, key });
  return key;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function decode(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    throw new SignatureError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** Milliseconds since 1970 of a timestamp such as 20261122T164500Z; NaN when it is malformed. */
function timeOf(timestamp: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  return parts === null
    ? Number.NaN
    : Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`);
}

function basicTimestamp(time: number): string | undefined {
  return Number.isNaN(time)
    ? undefined
    : `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
