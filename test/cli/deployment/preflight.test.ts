import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsCalls } from '../../../cli/deployment/aws-call.ts';
import { concurrencyCheck, familiesCheck, gpuCheck, preflight } from '../../../cli/deployment/preflight.ts';

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
    const target = init.headers['x-amz-target'] ?? `ec2.${new URLSearchParams(init.body).get('Action')}`;
    asked.push({ url, target, authorization: init.headers.authorization! });
    if (target.startsWith('ec2.')) return offerings(new URLSearchParams(init.body));
    const [status, body] = by[target.split('.')[1]!]!(JSON.parse(init.body));
    return new Response(JSON.stringify(body), { status });
  });
}

/** A region without g6. */
function offerings(asking: URLSearchParams): Response {
  const types = [...asking].filter(([name]) => name.startsWith('Filter.1.Value.')).map(([, type]) => type);
  const has = types
    .filter((type) => !type.startsWith('g6'))
    .map((type) => `<instanceType>${type}</instanceType>`);
  return new Response(
    `<DescribeInstanceTypeOfferingsResponse>${has.join('')}</DescribeInstanceTypeOfferingsResponse>`,
  );
}
const chosen = { gpuFamilies: ['g4dn' as const, 'g5' as const] };

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
    const { checks, bootstrapped } = await preflight(await AwsCalls.open('eu-west-1'), chosen);
    expect(bootstrapped).toBe(false);
    expect(Object.fromEntries(checks.map(({ what, state }) => [what, state]))).toEqual({
      Node: 'ok',
      Region: 'ok',
      Credentials: 'ok',
      'GPU families': 'ok',
      'GPU spot quota': 'attention',
      'GPU on-demand quota': 'ok',
      'Lambda concurrency': 'ok',
      'CDK bootstrap': 'ok',
      Alarms: 'attention',
    });
    expect(new Set(asked.map(({ url }) => url))).toEqual(
      new Set(
        ['ec2', 'servicequotas', 'ssm'].map((service) => `https://${service}.eu-west-1.amazonaws.com/`),
      ),
    );
    for (const { authorization } of asked)
      expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\//);
  });

  it('asks nothing more with credentials that are refused', async () => {
    answers({
      ListServices: () => [400, { __type: 'UnrecognizedClientException', message: 'invalid token' }],
    });
    const { checks } = await preflight(await AwsCalls.open('eu-west-1'), chosen);
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
    const { checks, bootstrapped } = await preflight(await AwsCalls.open('eu-west-1'), chosen);
    expect(bootstrapped).toBe(true);
    expect(checks.filter(({ state }) => state === 'missing')).toEqual([]);
    expect(checks.filter(({ state }) => state === 'attention')).toHaveLength(4);
  });

  it('stops before a deployment that Batch would refuse, and says what to give instead', async () => {
    answers({
      ListServices: () => [200, { Services: [] }],
      GetServiceQuota: quota,
      GetParameter: () => [200, { Parameter: { Value: '28' } }],
    });
    const { checks } = await preflight(await AwsCalls.open('eu-west-1'), {
      gpuFamilies: ['g4dn', 'g5', 'g6'],
      alarmEmail: 'someone@example.org',
    });
    expect(checks.filter(({ state }) => state === 'missing')).toEqual([
      { what: 'GPU families', state: 'missing', words: 'eu-west-1 has no g6: give --gpu-families g4dn,g5' },
    ]);
    expect(checks.at(-1)).toMatchObject({ what: 'Alarms', state: 'ok' });
    expect(familiesCheck(['g6'], [], 'eu-west-9').words).toBe('eu-west-9 has no g6: choose another region');
  });

  it('tells a region that does not answer from credentials that are refused', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed');
    });
    const { checks } = await preflight(await AwsCalls.open('eu-wrong-9'), { gpuFamilies: ['g4dn'] });
    expect(checks.at(-1)).toMatchObject({ what: 'Credentials', state: 'missing' });
    expect(checks.at(-1)!.words).toContain('nobody answers in eu-wrong-9');
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
