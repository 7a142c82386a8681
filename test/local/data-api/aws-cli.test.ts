import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { names, type Served, serve } from './serve.ts';

const run = promisify(execFile);

function hasCli(): boolean {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasCli())('the AWS CLI (needs `aws` on the PATH)', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const aws = async (command: string, ...more: string[]) => {
    const cluster = ['--resource-arn', names.resourceArn, '--secret-arn', names.secretArn];
    const { stdout } = await run(
      'aws',
      ['rds-data', command, '--endpoint-url', served.endpoint, '--output', 'json', ...cluster, ...more],
      {
        env: {
          ...process.env,
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_REGION: 'eu-central-1',
          AWS_DEFAULT_REGION: 'eu-central-1',
          AWS_MAX_ATTEMPTS: '1',
        },
      },
    );
    return JSON.parse(stdout);
  };

  it('runs statements, batches and transactions', { timeout: 120_000 }, async () => {
    await aws('execute-statement', '--database', 'systole', '--sql', 'create table t (n int8, name text)');
    const { transactionId } = await aws('begin-transaction', '--database', 'systole');
    const parameters = [
      { name: 'n', value: { longValue: 9007199254740991 } },
      { name: 'name', value: { stringValue: 'ä' } },
    ];
    const insert = 'insert into t values (:n, :name)';
    expect(
      await aws(
        'execute-statement',
        '--sql',
        insert,
        '--parameters',
        JSON.stringify(parameters),
        '--transaction-id',
        transactionId,
      ),
    ).toEqual({ generatedFields: [], numberOfRecordsUpdated: 1 });
    expect(await aws('commit-transaction', '--transaction-id', transactionId)).toEqual({
      transactionStatus: 'Transaction Committed',
    });
    await aws('batch-execute-statement', '--sql', insert, '--parameter-sets', JSON.stringify([parameters]));
    const { records, columnMetadata } = await aws(
      'execute-statement',
      '--sql',
      'select * from t',
      '--include-result-metadata',
    );
    const row = [{ longValue: 9007199254740991 }, { stringValue: 'ä' }];
    expect(records).toEqual([row, row]);
    expect(columnMetadata[0]).toMatchObject({ name: 'n', typeName: 'int8' });
  });

  it('prints the errors of the service', { timeout: 60_000 }, async () => {
    await expect(aws('execute-statement', '--sql', 'select * from nothing')).rejects.toThrow(
      'An error occurred (DatabaseErrorException) when calling the ExecuteStatement operation: ERROR: relation "nothing" does not exist; Position: 15; SQLState: 42P01',
    );
    await expect(aws('execute-statement', '--sql', 'select 1; select 2')).rejects.toThrow(
      "An error occurred (ValidationException) when calling the ExecuteStatement operation: Multistatements aren't supported.",
    );
  });
});
