import type { MiddlewareObj } from '@middy/core';
import { sqlStateOf } from '../shared/catalog/failures.ts';
import { errorName } from './log.ts';

/**
 * What the Lambda runtime logs of an error that fails a call: its reason or class, its SQLSTATE and where in the code it
 * was. Messages of S3, the database and libraries may quote input, and input may name patients.
 */
export const quietErrors: MiddlewareObj = {
  onError: (request) => {
    request.error = quiet(request.error);
  },
};

function quiet(error: unknown): Error {
  const state = sqlStateOf(error);
  const said = new Error(state === undefined ? errorName(error) : `${errorName(error)}, SQLState ${state}`);
  const frames = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  said.stack = [said.message, ...frames.filter((line) => /^\s+at /.test(line))].join('\n');
  return said;
}
