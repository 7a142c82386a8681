/** How an invocation failed, in the shape that Lambda answers with. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** A function failed: it threw, timed out (`Sandbox.Timedout`) or its process ended (`Runtime.ExitError`). */
export class FunctionError extends Error {
  readonly requestId: string;
  readonly failure: FunctionFailure;

  constructor(requestId: string, failure: FunctionFailure) {
    super(`${failure.errorType}: ${failure.errorMessage}`);
    this.name = 'FunctionError';
    this.requestId = requestId;
    this.failure = failure;
  }
}
