import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsCalls } from '../../../cli/deployment/aws-call.ts';
import { concurrencyCheck, gpuCheck, preflight } from '../../../cli/deployment/preflight.ts';

interface Asked {
  readonly url: string;
  readonly target: string;
  readonly authorization: string;
}

let asked: Asked[];

/** Answers as the services do: by the operation that is asked for. */
function answers(by: Readonly<Record<string, (body: Record<string, string>) => [number, object]>>): void {
  asked = [];
  vi.stubGlobal('fetch', async (url: string, init: { headers: Record<string, string>; body: string }) => {
    const target = init.headers['x-amz-target']!;
    asked.push({ url, target, authorization: init.headers.authorization! });
    const [status, body] = by[target.split('.')[1]!]!(JSON.parse(init.body));
    return new Response(JSON.stringify(body), { status });
  });
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

const quotas: Readonly<Record<string, number>> = { 'L-DB2E81BA': 8, 'L-3819A6DF': 0, 'L-B99A9384': 1000 };
const quota = ({ QuotaCode }: Record<string, string>): [number, object] => [
  200,
  { Quota: { Value: quotas[QuotaCode!] } },
];

describe('preflight', () => {
  it('reads quotas and the bootstrap, signed for their services', async () => {
    answers({
      ListServices: () => [200, { Services: [] }],
      GetServiceQuota: quota,
      GetParameter: () => [400, { __type: 'ParameterNotFound' }],
    });
    const { checks, bootstrapped } = await preflight(await AwsCalls.open('eu-west-1'));
    expect(bootstrapped).toBe(false);
    expect(Object.fromEntries(checks.map(({ what, state }) => [what, state]))).toEqual({
      Node: 'ok',
      Region: 'ok',
      Credentials: 'ok',
      'GPU spot quota': 'attention',
      'GPU on-demand quota': 'ok',
      'Lambda concurrency': 'ok',
      'CDK bootstrap': 'ok',
    });
    expect(new Set(asked.map(({ url }) => url))).toEqual(
      new Set(['https://servicequotas.eu-west-1.amazonaws.com/', 'https://ssm.eu-west-1.amazonaws.com/']),
    );
    for (const { authorization } of asked)
      expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\//);
  });

  it('asks nothing more with credentials that are refused', async () => {
    answers({
      ListServices: () => [400, { __type: 'UnrecognizedClientException', message: 'invalid token' }],
    });
    const { checks } = await preflight(await AwsCalls.open('eu-west-1'));
    expect(checks.at(-1)).toMatchObject({ what: 'Credentials', state: 'missing' });
    expect(checks.at(-1)!.words).toContain('UnrecognizedClientException');
    expect(asked).toHaveLength(1);
  });

  it('goes on where quotas may not be read', async () => {
    answers({
      ListServices: () => [400, { __type: 'AccessDeniedException' }],
      GetServiceQuota: () => [400, { __type: 'AccessDeniedException' }],
      GetParameter: () => [200, { Parameter: { Value: '28' } }],
    });
    const { checks, bootstrapped } = await preflight(await AwsCalls.open('eu-west-1'));
    expect(bootstrapped).toBe(true);
    expect(checks.filter(({ state }) => state === 'missing')).toEqual([]);
    expect(checks.filter(({ state }) => state === 'attention')).toHaveLength(3);
  });
});

describe('quotas', () => {
  it('of GPUs below the smallest instance are worth a word and no reason to stop', () => {
    expect(gpuCheck('GPU', 'G', 0).state).toBe('attention');
    expect(gpuCheck('GPU', 'G', 4).state).toBe('ok');
  });

  it('of Lambda must hold what is reserved and what Lambda keeps free', () => {
    expect(concurrencyCheck(10).state).toBe('missing');
    expect(concurrencyCheck(138).state).toBe('missing');
    expect(concurrencyCheck(139).state).toBe('ok');
  });
});
