import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * The two keys of a deployment. Patient data (buckets, database, backups) has a key that no service principal may use;
 * what services write on their own (events, logs, alarms) has another, so that a policy which lets S3 send events opens
 * nothing else.
 */
export class EncryptionKeys extends Construct {
  readonly storage: Key;
  readonly messages: Key;

  constructor(scope: Construct, id: string, { keepData }: { readonly keepData: boolean }) {
    super(scope, id);
    const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.storage = new Key(this, 'Storage', {
      description: 'Systole: recordings, results and the database',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.messages = new Key(this, 'Messages', {
      description: 'Systole: queues, logs and alarms',
      enableKeyRotation: true,
      removalPolicy,
    });
    // Without a condition on the account, which not every service passes on to KMS: an alarm or event that cannot be
    // encrypted would be lost without a word. The policies of queues and topic say which account may send.
    for (const service of ['s3', 'events', 'cloudwatch'] as const) {
      this.messages.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: ['*'],
        }),
      );
    }
    this.messages.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:*`,
          },
        },
      }),
    );
  }
}
