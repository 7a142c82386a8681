import { ServiceError } from '../service-error.ts';

/** HTTP status of each error of the RDS Data API (its service model; ValidationException is a common error). */
const statuses = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseResumingException: 400,
  InternalServerErrorException: 500,
  ServiceUnavailableError: 503,
  StatementTimeoutException: 400,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const;

export type DataApiErrorCode = keyof typeof statuses;

/** An error as the Data API answers it. */
export function dataApiError(code: DataApiErrorCode, message: string, cause?: unknown): ServiceError {
  return new ServiceError(code, message, statuses[code], { cause });
}
