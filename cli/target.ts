import type { BatchClient } from '@aws-sdk/client-batch';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Database } from '../shared/catalog/database.ts';
import type { Names } from '../shared/deployment/description.ts';
import type { Objects } from '../shared/storage/objects.ts';

/** What a command talks to: the embedded cloud or a deployment. The same clients, names and database either way. */
export interface Target {
  readonly name: string;
  readonly names: Names;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly batch: BatchClient;
  readonly objects: Objects;
  readonly database: Database;
  /** The cloud was started for this command alone and ends with it. */
  readonly ephemeral: boolean;
  /** Stops what was started for this command alone. */
  close(): Promise<void>;
}
