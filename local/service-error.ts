/**
 * An error that an embedded AWS service answers with: `code` is the name AWS gives it, which the SDK clients turn into
 * the error's `name`, and `status` the HTTP status. 4xx is the caller's fault, 5xx the service's.
 */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400, options?: ErrorOptions) {
    super(message, options);
    this.name = code;
    this.code = code;
    this.status = status;
  }

  /**
   * The error to answer with when `thrown` ended a request: itself when it names a code and a status, otherwise
   * `fallback` (which does not repeat the text of an unforeseen error).
   */
  static from(thrown: unknown, fallback: () => ServiceError): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    if (thrown instanceof Error) {
      const { code, status, statusCode } = thrown as Error & Record<string, unknown>;
      const http = typeof status === 'number' ? status : statusCode;
      if (typeof code === 'string' && typeof http === 'number')
        return new ServiceError(code, thrown.message, http, { cause: thrown });
    }
    return fallback();
  }
}
