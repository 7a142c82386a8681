import { Aws, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type BucketName, buckets, type QueueName, queues } from '../shared/deployment/description.ts';
import type { Settings } from '../shared/deployment/settings.ts';
import { acknowledge } from './acknowledge.ts';
import { Database } from './database.ts';
import { noteOutput } from './deployment-outputs.ts';
import { EncryptionKeys } from './encryption-keys.ts';
import { EventQueue } from './event-queue.ts';
import { Network } from './network.ts';
import { StoredBucket } from './stored-bucket.ts';

const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

/**
 * Everything that holds something: files, rows, events that nobody has taken yet, and the keys and network around
 * them. The other two stacks can be deleted and made again without losing an upload.
 */
export class DataStack extends Stack {
  readonly keys: EncryptionKeys;
  readonly network: Network;
  readonly database: Database;
  readonly buckets: Readonly<Record<BucketName, Bucket>>;
  readonly queues: Readonly<Record<QueueName, EventQueue>>;

  constructor(
    scope: Construct,
    id: string,
    { settings, ...props }: StackProps & { readonly settings: Settings },
  ) {
    super(scope, id, props);
    const { keepData } = settings;
    this.keys = new EncryptionKeys(this, 'Keys', { keepData });
    this.network = new Network(this, 'Network', { network: settings.network, key: this.keys.messages });
    this.database = new Database(this, 'Database', {
      vpc: this.network.vpc,
      subnets: this.network.databaseSubnets,
      storageKey: this.keys.storage,
      logKey: this.keys.messages,
      keepData,
    });
    this.queues = Object.fromEntries(
      (Object.keys(queues) as QueueName[]).map((name) => [
        name,
        new EventQueue(this, `${capital(name)}Queue`, { description: queues[name], key: this.keys.messages }),
      ]),
    ) as Record<QueueName, EventQueue>;

    const accessLogs = new Bucket(this, 'AccessLogs', {
      // S3 delivers access logs to buckets with its own keys only.
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      lifecycleRules: [
        { id: 'expiry', expiration: Duration.days(365), noncurrentVersionExpiration: Duration.days(1) },
      ],
    });
    this.buckets = Object.fromEntries(
      (Object.keys(buckets) as BucketName[]).map((name) => {
        const stored = new StoredBucket(this, capital(name), {
          description: buckets[name],
          key: this.keys.storage,
          accessLogs,
          keepData,
        });
        this.#notify(stored.bucket, name);
        return [name, stored.bucket];
      }),
    ) as Record<BucketName, Bucket>;

    for (const [name, bucket] of Object.entries(this.buckets))
      noteOutput(this, 'bucket', name, bucket.bucketName);
    for (const [name, { queue }] of Object.entries(this.queues))
      noteOutput(this, 'queue', name, queue.queueUrl);
    noteOutput(this, 'bucket', 'accessLogs', accessLogs.bucketName);
    noteOutput(this, 'database', 'cluster', this.database.clusterArn);
    noteOutput(this, 'database', 'secret', this.database.secretArn);

    acknowledge(this, {
      'HIPAA.Security-S3BucketReplicationEnabled':
        "Versions are kept within the region; a copy in a second region doubles the cost of storage and is an operator's choice (docs/security.md).",
    });
    acknowledge(accessLogs, {
      'AwsSolutions-S1': 'The bucket of the access logs cannot log into itself.',
      'HIPAA.Security-S3BucketLoggingEnabled': 'The bucket of the access logs cannot log into itself.',
      'HIPAA.Security-S3DefaultEncryptionKMS': 'S3 delivers access logs to buckets with its own keys only.',
    });
  }

  /**
   * Sends a bucket's events to its queue. Natively, without the CDK's custom resource: that is possible because bucket
   * and queue are in one stack and the queue trusts S3 for this account rather than for one bucket.
   */
  #notify(bucket: Bucket, name: BucketName): void {
    const { eventsTo } = buckets[name];
    if (eventsTo === undefined) return;
    const { queue } = this.queues[eventsTo];
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    const resource = bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = {
      queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: queue.queueArn }],
    };
    // S3 tries to send a test event, so the queue's policy and key come first.
    bucket.node.addDependency(queue, this.keys.messages);
  }
}
