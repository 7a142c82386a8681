import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { expect, it } from 'vitest';
import { quietErrors } from '../../lambdas/quiet-errors.ts';
import { SystoleError } from '../../shared/errors.ts';

const surname = 'Quijano';

async function failure(thrown: Error): Promise<Error> {
  const handler = middy<object, void>()
    .use(quietErrors)
    .handler(async () => {
      throw thrown;
    });
  return (handler({}, {} as Context) as Promise<unknown>).then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

it('says class, SQLSTATE and place of an error, and nothing of its input', async () => {
  const thrown = Object.assign(new Error(`Detail: Key (name)=(${surname}); SQLState: 23505`), {
    name: 'DatabaseErrorException',
  });
  const error = await failure(thrown);
  expect(error.message).toBe('DatabaseErrorException, SQLState 23505');
  expect(error.stack).toContain('quiet-errors.test.ts');
  expect(error.cause).toBeUndefined();
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(surname);
});

it('says the reason of ours', async () => {
  expect((await failure(new SystoleError('labels_invalid', surname))).message).toBe('labels_invalid');
});
