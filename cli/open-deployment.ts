import { BatchClient } from '@aws-sdk/client-batch';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Database } from '../shared/catalog/database.ts';
import { databaseName, type Names } from '../shared/deployment/description.ts';
import { Objects } from '../shared/storage/objects.ts';
import { readDeployment } from './deployment/deployment-note.ts';
import type { Target } from './target.ts';

/**
 * A deployment on AWS, with the credentials of the environment.
 * @throws UsageError when the stage was not deployed from this checkout
 */
export async function openDeployment(stage: string): Promise<Target> {
  const noted = await readDeployment(stage);
  const { region, clusterArn, secretArn } = noted;
  const find = (kind: 'buckets' | 'queues' | 'jobQueues' | 'jobDefinitions', name: string): string => {
    const found = noted[kind][name];
    if (found === undefined)
      throw new Error(`the deployment has no ${kind} '${name}'; deploy this version first`);
    return found;
  };
  const names: Names = {
    stage,
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
