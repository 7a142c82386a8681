import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FunctionError } from '../../../local/functions/function-error.ts';
import { FunctionHost, type FunctionHostOptions } from '../../../local/functions/function-host.ts';
import { isAlive, ServiceProcess } from '../service-process.ts';

const source = `
  import type { Context } from 'aws-lambda';
  let calls = 0;
  export const handler = async (event: { do: string; size?: number }, context: Context) => {
    calls += 1;
    switch (event.do) {
      case 'look':
        return {
          context,
          remaining: context.getRemainingTimeInMillis(),
          environment: process.env,
          pid: process.pid,
          calls,
        };
      case 'log':
        console.log('a line for the log');
        return undefined;
      case 'throw':
        throw new RangeError('too far');
      case 'throw text':
        throw 'just text';
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, event.size));
        return calls;
      case 'spin':
        for (;;);
      case 'exit':
        process.exit(3);
      case 'size':
        return 'x'.repeat(event.size!);
      default:
        return event;
    }
  };`;

let root: string;
let host: FunctionHost;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'systole-functions-'));
  await writeFile(join(root, 'handler.ts'), source);
  await build({
    entryPoints: [join(root, 'handler.ts')],
    outfile: join(root, 'bundle', 'index.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  host = await FunctionHost.open(options());
});

afterEach(async () => {
  await host.close();
  await rm(root, { recursive: true, force: true });
});

type Changes = { timeout?: number; concurrency?: number; bundle?: string };

function options(changes: Changes = {}): FunctionHostOptions {
  return {
    root: join(root, 'functions'),
    logs: join(root, 'logs'),
    region: 'eu-central-1',
    account: '000000000000',
    endpoint: 'http://127.0.0.1:1',
    functions: {
      ingest: {
        bundle: join(root, 'bundle', 'index.mjs'),
        memory: 128,
        timeout: 20,
        concurrency: 2,
        environment: { SYSTOLE_DATABASE: 'systole' },
        credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
        ...changes,
      },
    },
  };
}

interface Look {
  context: Record<string, unknown>;
  remaining: number;
  environment: Record<string, string>;
  pid: number;
  calls: number;
}
const look = () => host.invoke('ingest', { do: 'look' }) as Promise<Look>;
const failure = (invoked: Promise<unknown>) =>
  invoked.then(
    () => undefined,
    (error: FunctionError) => error.failure,
  );

test('a handler sees what it would see in Lambda, and nothing of the service', async () => {
  process.env.SYSTOLE_TEST_SECRET = 'must not be passed on';
  const { context, remaining, environment } = await look();
  delete process.env.SYSTOLE_TEST_SECRET;
  expect(context).toMatchObject({
    functionName: 'ingest',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:ingest',
    memoryLimitInMB: '128',
    logGroupName: '/aws/lambda/ingest',
    callbackWaitsForEmptyEventLoop: true,
  });
  expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(remaining).toBeGreaterThan(15_000);
  expect(remaining).toBeLessThanOrEqual(20_000);
  expect(environment).toMatchObject({
    SYSTOLE_DATABASE: 'systole',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_LAMBDA_FUNCTION_NAME: 'ingest',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    LAMBDA_TASK_ROOT: join(root, 'bundle'),
    TZ: 'UTC',
  });
  const own = Object.keys(environment).filter((name) => !/^(AWS_|LAMBDA_|SYSTOLE_DATABASE$)/.test(name));
  expect(own.sort()).toEqual(['HOME', 'PATH', 'TZ']);
});

test('a process is kept warm, and so many work at once as are allowed', async () => {
  expect((await look()).calls).toBe(1);
  expect((await look()).calls).toBe(2);
  const begun = performance.now();
  await Promise.all([1, 2, 3, 4].map(() => host.invoke('ingest', { do: 'wait', size: 400 })));
  expect(performance.now() - begun).toBeGreaterThanOrEqual(790);
  expect(host.processes('ingest')).toBe(2);
});

test('events and results pass unchanged, up to 6 MB', async () => {
  const event = { text: 'Grüße\n\u2028"', list: [1, null, { deep: true }] };
  expect(await host.invoke('ingest', event)).toEqual(event);
  expect(await host.invoke('ingest', { do: 'log' })).toBeNull();
  expect(await host.invoke('ingest', { do: 'size', size: 6_000_000 })).toHaveLength(6_000_000);
  const large = { text: 'x'.repeat(6_000_000) };
  expect(await host.invoke('ingest', large)).toEqual(large);
  expect(await failure(host.invoke('ingest', { do: 'size', size: 7_000_000 }))).toMatchObject({
    errorType: 'Function.ResponseSizeTooLarge',
  });
  await expect(host.invoke('ingest', { text: 'x'.repeat(7_000_000) })).rejects.toMatchObject({
    code: 'RequestTooLargeException',
  });
  await expect(host.invoke('absent', {})).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
});

test('what a handler throws is told as Lambda tells it, and the process goes on', async () => {
  const thrown = await failure(host.invoke('ingest', { do: 'throw' }));
  expect(thrown).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' });
  expect(thrown!.trace![0]).toBe('RangeError: too far');
  expect(await failure(host.invoke('ingest', { do: 'throw text' }))).toEqual({
    errorType: 'string',
    errorMessage: 'just text',
    trace: [],
  });
  expect((await look()).calls).toBe(3);
});

test('a handler that takes too long is killed, also when it never yields', async () => {
  await host.close();
  host = await FunctionHost.open(options({ timeout: 0.5, concurrency: 1 }));
  for (const event of [{ do: 'wait', size: 60_000 }, { do: 'spin' }]) {
    const timedOut = await failure(host.invoke('ingest', event));
    expect(timedOut?.errorType).toBe('Sandbox.Timedout');
    expect(timedOut?.errorMessage).toMatch(
      /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0.50 seconds$/,
    );
  }
  expect((await look()).calls).toBe(1);
});

test('a process that ends is a failed invocation, and the next gets a new one', async () => {
  expect((await failure(host.invoke('ingest', { do: 'exit' })))?.errorMessage).toMatch(
    /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/,
  );
  const { pid } = await look();
  const waiting = failure(host.invoke('ingest', { do: 'wait', size: 60_000 }));
  process.kill(pid, 'SIGKILL');
  expect(await waiting).toMatchObject({ errorType: 'Runtime.ExitError' });
  const next = await look();
  expect(next.pid).not.toBe(pid);
  // One that is killed while it waits for work is not used again.
  process.kill(next.pid, 'SIGKILL');
  await expect.poll(() => host.processes('ingest')).toBe(0);
  expect((await look()).calls).toBe(1);
});

test('a bundle that cannot be loaded fails each invocation', async () => {
  await writeFile(join(root, 'bundle', 'broken.mjs'), 'throw new TypeError("no start");');
  await writeFile(join(root, 'bundle', 'empty.mjs'), 'export const other = 1;');
  for (const [bundle, errorType] of [
    ['broken.mjs', 'TypeError'],
    ['empty.mjs', 'Runtime.HandlerNotFound'],
    ['absent.mjs', 'Error'],
  ] as const) {
    await host.close();
    host = await FunctionHost.open(options({ bundle: join(root, 'bundle', bundle) }));
    for (let time = 0; time < 2; time++)
      expect(await failure(host.invoke('ingest', {}))).toMatchObject({ errorType });
  }
});

test('output goes to the log of the function', async () => {
  await host.invoke('ingest', { do: 'log' });
  await failure(host.invoke('ingest', { do: 'throw' }));
  await host.close();
  const log = await readFile(join(root, 'logs', 'ingest.log'), 'utf8');
  expect(log).toContain('a line for the log\n');
  expect(log).toMatch(/ERROR\tInvoke Error\t\{"errorType":"RangeError","errorMessage":"too far"/);
});

test('no process outlives a host that is closed', async () => {
  const { pid } = await look();
  expect(await readdir(join(root, 'functions', 'processes'))).toEqual([String(pid)]);
  await host.close();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(root, 'functions', 'processes', String(pid)))).toBe(false);
});

test('a process ends when its host is killed', async () => {
  const killed = new ServiceProcess('functions/host-process.ts', {
    options: options(),
    afterwards: { do: 'wait', size: 60_000 },
  });
  const { pid } = await killed.next<Look>();
  await killed.kill();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('a process too busy to notice that its host was killed is ended by the next host', async () => {
  const killed = new ServiceProcess('functions/host-process.ts', {
    options: options(),
    afterwards: { do: 'spin' },
  });
  const { pid } = await killed.next<Look>();
  await setTimeout(200); // Until it spins.
  await killed.kill();
  expect(isAlive(pid)).toBe(true);
  await host.close();
  host = await FunctionHost.open(options());
  await expect.poll(() => isAlive(pid)).toBe(false);
});
