import type { Names } from '../shared/deployment/description.ts';

export const region = 'eu-central-1';
export const account = '000000000000';

/** Names and ARNs of the embedded cloud's resources. */
export function localNames(endpoint: string): Names {
  return {
    stage: 'embedded',
    bucket: (name) => `systole-${name}`,
    queueUrl: (name) => `${endpoint}/${account}/systole-${name}`,
    jobQueue: (name) => `systole-queue-${name}`,
    jobDefinition: (name) => `systole-job-${name}`,
    clusterArn: `arn:aws:rds:${region}:${account}:cluster:systole`,
    secretArn: `arn:aws:secretsmanager:${region}:${account}:secret:systole`,
  };
}
