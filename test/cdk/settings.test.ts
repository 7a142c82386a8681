import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../cdk/settings.ts';
import { synthesise } from './synthesised.ts';

const read = (context: Record<string, unknown>) => readSettings(new App({ context }).node);

describe('settings', () => {
  it('have defaults that cost next to nothing when idle', () => {
    expect(read({})).toMatchObject({ stage: 'main', network: 'public', image: 'codebuild', keepData: true });
  });

  it('are read from words of the command line', () => {
    expect(
      read({ 'systole:keepData': 'false', 'systole:gpuFamilies': 'g5,g6', 'systole:gpuVcpus': '8' }),
    ).toMatchObject({ keepData: false, gpuFamilies: ['g5', 'g6'], gpuVcpus: 8 });
  });

  it.each([
    ['stage', 'Main-1'],
    ['network', 'private'],
    ['gpuFamilies', 'p3'],
    ['alarmEmail', 'nobody'],
  ])('name the key of a wrong value: %s', (key, value) => {
    expect(() => read({ [`systole:${key}`]: value })).toThrow(key);
  });
});

/** Synthesised here and not in a test: the first time loads much of the CDK, which takes a busy machine long. */
const choices = (
  [
    [{ network: 'isolated-1az' }, 1],
    [{ network: 'isolated-2az', keepData: false, image: 'docker', stage: 'dev' }, 2],
  ] as const
).map(([settings, zones]) => ({ settings, zones, ...synthesise(settings) }));
afterAll(() => {
  for (const { folder } of choices) rmSync(folder, { recursive: true, force: true });
});

describe('choices', () => {
  it.each(choices)('$settings: no way outside, endpoints instead, and no finding', ({ app, data, zones }) => {
    const interfaces = Object.values(
      data.findResources('AWS::EC2::VPCEndpoint', { Properties: { VpcEndpointType: 'Interface' } }),
    ) as { Properties: { SubnetIds: unknown[] } }[];
    expect(interfaces).toHaveLength(7);
    for (const { Properties } of interfaces) expect(Properties.SubnetIds).toHaveLength(zones);
    data.resourceCountIs('AWS::EC2::InternetGateway', 0);
    data.resourceCountIs('AWS::EC2::NatGateway', 0);
    for (const pack of [new AwsSolutionsChecks(), new HIPAASecurityChecks()])
      expect(pack.validateScope(app).violations).toEqual([]);
  });
});
