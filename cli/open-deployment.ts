import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BatchClient } from '@aws-sdk/client-batch';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { Database } from '../shared/catalog/database.ts';
import { root } from '../shared/deployment/bundle.ts';
import { databaseName, type Names } from '../shared/deployment/description.ts';
import { Objects } from '../shared/storage/objects.ts';
import type { Target } from './target.ts';
import { UsageError } from './usage-error.ts';

/** What `systole deploy` notes of a deployment: the real names of its resources, by their names in the description. */
export const deploymentSchema = z.strictObject({
  region: z.string(),
  buckets: z.record(z.string(), z.string()),
  queues: z.record(z.string(), z.string()),
  jobQueues: z.record(z.string(), z.string()),
  jobDefinitions: z.record(z.string(), z.string()),
  clusterArn: z.string(),
  secretArn: z.string(),
});

/** The note of one stage. */
export const deploymentFile = (stage: string): string =>
  join(root, '.systole', 'deployments', `${stage}.json`);

/**
 * A deployment on AWS, with the credentials of the environment.
 * @throws UsageError when the stage was not deployed from this checkout
 */
export async function openDeployment(stage: string): Promise<Target> {
  const file = deploymentFile(stage);
  if (!existsSync(file))
    throw new UsageError(`stage '${stage}' was not deployed from here: npx systole deploy --stage ${stage}`);
  const noted = deploymentSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const { region, clusterArn, secretArn } = noted;
  const find = (kind: 'buckets' | 'queues' | 'jobQueues' | 'jobDefinitions', name: string): string => {
    const found = noted[kind][name];
    if (found === undefined)
      throw new Error(`the deployment has no ${kind} '${name}'; deploy this version first`);
    return found;
  };
  const names: Names = {
    bucket: (name) => find('buckets', name),
    queueUrl: (name) => find('queues', name),
    jobQueue: (name) => find('jobQueues', name),
    jobDefinition: (name) => find('jobDefinitions', name),
    clusterArn,
    secretArn,
  };
  const s3 = new S3Client({ region });
  return {
    name: `${stage} (${region})`,
    names,
    s3,
    sqs: new SQSClient({ region }),
    batch: new BatchClient({ region }),
    objects: new Objects(s3),
    database: new Database(
      { resourceArn: clusterArn, secretArn, database: databaseName },
      { client: { region } },
    ),
    ephemeral: false,
    close: async () => {},
  };
}
