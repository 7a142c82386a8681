import { join } from 'node:path';
import { BatchClient } from '@aws-sdk/client-batch';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { EmbeddedCloud, type Endpoint, runningEndpoint } from '../local/cloud.ts';
import { localNames } from '../local/names.ts';
import { Database } from '../shared/catalog/database.ts';
import { migrate } from '../shared/catalog/migrate.ts';
import { migrations } from '../shared/catalog/migrations/index.ts';
import { buildAll } from '../shared/deployment/build.ts';
import { root } from '../shared/deployment/bundle.ts';
import { databaseName } from '../shared/deployment/description.ts';
import { registerModels } from '../shared/deployment/register-models.ts';
import { shippedModels } from '../shared/deployment/shipped-models.ts';
import { Objects } from '../shared/storage/objects.ts';
import { openDeployment } from './open-deployment.ts';
import type { Target } from './target.ts';

/** Port of `systole up` and `systole start`, so that what people have configured goes on working. */
const usualPort = 4580;

/** Folder of the embedded cloud's state. */
export const cloudFolder = (): string => process.env.SYSTOLE_HOME ?? join(root, '.systole', 'cloud');

/** A deployment when a stage is named, else the embedded cloud: the running one, or one for this command alone. */
export async function openTarget(stage: string | undefined): Promise<Target> {
  if (stage !== undefined) return openDeployment(stage);
  const running = await runningEndpoint(cloudFolder());
  if (running !== undefined) return endpointTarget(running);
  const { target } = await startEmbedded({ port: 0, ephemeral: true });
  return target;
}

/** An embedded cloud in this process. */
export interface Embedded {
  readonly cloud: EmbeddedCloud;
  readonly target: Target;
  /** What somebody who wants to use it from elsewhere needs. */
  welcome(): string;
  close(): Promise<void>;
}

/**
 * Starts the embedded cloud: opens its folder, brings the schema up to date, registers the shipped models, and lets
 * events flow.
 */
export async function startEmbedded(options: {
  readonly port?: number;
  readonly ephemeral?: boolean;
  readonly folder?: string;
  readonly functions?: Parameters<typeof EmbeddedCloud.open>[0]['functions'];
}): Promise<Embedded> {
  const build = await buildAll();
  const cloud = await openOnPort(options.port ?? usualPort, {
    root: options.folder ?? cloudFolder(),
    build,
    ...(process.env.DATABASE_URL === undefined ? {} : { databaseUrl: process.env.DATABASE_URL }),
    ...(options.functions === undefined ? {} : { functions: options.functions }),
  });
  const close = () => cloud.close();
  try {
    const target = embeddedTarget(cloud.endpoint, options.ephemeral === true, close);
    await migrate(target.database, migrations);
    await registerModels(shippedModels(), {
      objects: target.objects,
      database: target.database,
      bucket: target.names.bucket('models'),
    });
    await cloud.start();
    return { cloud, target, close, welcome: () => welcome(cloud.endpoint) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openOnPort(port: number, options: Omit<Parameters<typeof EmbeddedCloud.open>[0], 'port'>) {
  try {
    return await EmbeddedCloud.open({ ...options, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port !== usualPort) throw error;
    return EmbeddedCloud.open({ ...options, port: 0 });
  }
}

/** Clients of a running embedded cloud; closing them leaves it running. */
export const endpointTarget = (endpoint: Endpoint): Target => embeddedTarget(endpoint, false, async () => {});

function embeddedTarget(endpoint: Endpoint, ephemeral: boolean, close: () => Promise<void>): Target {
  const { url, region, accessKeyId, secretAccessKey } = endpoint;
  const client = { endpoint: url, region, credentials: { accessKeyId, secretAccessKey } };
  const names = localNames(url);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  return {
    name: `embedded cloud (${url})`,
    names,
    s3,
    sqs: new SQSClient(client),
    batch: new BatchClient(client),
    objects: new Objects(s3),
    database: new Database(
      { resourceArn: names.clusterArn, secretArn: names.secretArn, database: databaseName },
      { client },
    ),
    ephemeral,
    close,
  };
}

function welcome({ url, region, accessKeyId, secretAccessKey }: Endpoint): string {
  return [
    `The embedded cloud runs at ${url}; stop it with Ctrl-C.`,
    '',
    `  export AWS_ENDPOINT_URL=${url}`,
    `  export AWS_REGION=${region}`,
    `  export AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `  export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    `  aws s3 cp --recursive FOLDER s3://${localNames(url).bucket('uploads')}/`,
    '',
    'or: npx systole score PATH --wait',
  ].join('\n');
}
