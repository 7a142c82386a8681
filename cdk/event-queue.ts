import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { QueueDescription } from '../shared/deployment/description.ts';

/** A queue of the description with its dead-letter queue. */
export class EventQueue extends Construct {
  readonly queue: Queue;
  readonly dead: Queue;

  constructor(
    scope: Construct,
    id: string,
    { description, key }: { readonly description: QueueDescription; readonly key: IKey },
  ) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      // One call to KMS in an hour instead of one in five minutes.
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
    };
    this.dead = new Queue(this, 'Dead', { ...common, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(description.visibilityTimeout),
      retentionPeriod: Duration.days(description.retentionDays),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: description.maxReceiveCount },
    });
  }
}
