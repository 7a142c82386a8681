import { SignatureError } from '../sigv4.ts';

const statuses = {
  AccessDenied: 403,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MalformedTrailerError: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  TooManyBuckets: 400,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof statuses;

/**
 * An error as S3 answers it: code, status and, where S3 sends them, further response headers.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'S3Error';
    this.code = code;
    this.status = statuses[code];
    this.headers = headers;
  }
}

/** What to answer for anything thrown: its own code, or InternalError for what S3 has no word for. */
export function answerOf(error: unknown): {
  code: string;
  status: number;
  message: string;
  headers: Readonly<Record<string, string>>;
} {
  if (error instanceof S3Error) return error;
  if (error instanceof SignatureError)
    return { code: error.code, status: error.status, message: error.message, headers: {} };
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  // Something of the request that is to be sent back in a header and cannot be.
  if (code === 'ERR_INVALID_CHAR')
    return {
      code: 'InvalidArgument',
      status: 400,
      message: 'A parameter holds invalid characters.',
      headers: {},
    };
  const full = ['ENOSPC', 'EDQUOT'].includes(code ?? '');
  return full
    ? { code: 'ServiceUnavailable', status: 503, message: 'The disk is full.', headers: {} }
    : {
        code: 'InternalError',
        status: 500,
        message: 'We encountered an internal error. Please try again.',
        headers: {},
      };
}
