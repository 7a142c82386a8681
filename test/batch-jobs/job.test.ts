import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program } from './program.ts';

/** An endpoint that answers every S3 request with one object, or never. */
let server: Server;
let answer: string | undefined;
let asked: (() => void) | undefined;
let environment: Record<string, string>;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    asked?.();
    if (answer !== undefined) response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  environment = {
    SYSTOLE_MANIFEST: 's3://work/manifests/1.ndjson',
    SYSTOLE_CLUSTER_ARN: 'arn:aws:rds:eu-central-1:0:cluster:systole',
    SYSTOLE_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:0:secret:systole',
    SYSTOLE_DATABASE: 'systole',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);

describe('a job program under Batch', () => {
  it.each(['preprocess', 'infer'] as const)('%s ends with 0 when its slice is empty', async (name) => {
    answer = `${JSON.stringify({ child: 3, model: null })}\n`;
    const ended = await Program.run(name, [], environment);
    expect(ended, ended.err).toMatchObject({ status: 0 });
    expect(lines(ended.out).at(-1)).toEqual({ event: 'done', program: name });
  });

  it('ends with 1 without a manifest, or with an index that is none', async () => {
    const ended = await Program.run('preprocess', []);
    expect(ended.status).toBe(1);
    expect(lines(ended.out)).toEqual([{ event: 'failed', program: 'preprocess', reason: 'Error' }]);
    const odd = await Program.run('preprocess', [], { ...environment, AWS_BATCH_JOB_ARRAY_INDEX: '-1' });
    expect(odd.status).toBe(1);
  });

  it('ends with 65 for what another attempt would not mend', async () => {
    answer = `${JSON.stringify({ runId: '6f1c0a52-0000-4000-8000-00000000000a', name: 'a', experiment: { name: 'a' } })}\n`;
    const ended = await Program.run('train', [], environment);
    expect(ended.status).not.toBe(0);
    expect(lines(ended.out).at(-1)).toMatchObject({ event: 'failed', program: 'train' });
  });

  it('says nothing of what it read when it fails', async () => {
    answer = '{"patient":"Quijano^Alonso"';
    const ended = await Program.run('preprocess', [], environment);
    expect(ended.status).toBe(1);
    expect(ended.out + ended.err).not.toContain('Quijano');
    expect(lines(ended.out).at(-1)).toEqual({
      event: 'failed',
      program: 'preprocess',
      reason: 'SyntaxError',
    });
  });

  it('does not end with 0 when it is told to stop', async () => {
    answer = undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const program = await Program.start('preprocess', [], environment);
    await waiting;
    program.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Its one request fails now.
    server.closeAllConnections();
    answer = '';
    const { status } = await program.ended;
    expect(status).toBe(1);
  });
});
