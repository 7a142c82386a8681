import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../cdk/settings.ts';
import { synthesise } from './synthesised.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

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

describe('choices', () => {
  it.each([
    [{ network: 'isolated-1az' }, 7, 1],
    [{ network: 'isolated-2az', keepData: false, image: 'docker', stage: 'dev' }, 7, 2],
  ])('%o: no way outside, endpoints instead, and no finding', (settings, endpoints, zones) => {
    const { app, data, folder } = synthesise(settings);
    folders.push(folder);
    const interfaces = Object.values(
      data.findResources('AWS::EC2::VPCEndpoint', { Properties: { VpcEndpointType: 'Interface' } }),
    ) as { Properties: { SubnetIds: unknown[] } }[];
    expect(interfaces).toHaveLength(endpoints);
    for (const { Properties } of interfaces) expect(Properties.SubnetIds).toHaveLength(zones);
    data.resourceCountIs('AWS::EC2::InternetGateway', 0);
    data.resourceCountIs('AWS::EC2::NatGateway', 0);
    for (const pack of [new AwsSolutionsChecks(), new HIPAASecurityChecks()])
      expect(pack.validateScope(app).violations).toEqual([]);
  });
});
