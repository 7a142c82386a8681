import { Aws } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  type BatchAction,
  type BucketName,
  functions,
  type Grant,
  grants,
  type JobQueueName,
  type Principal,
  type ProgramName,
  programs,
  type QueueName,
} from '../shared/deployment/description.ts';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';

/** ARNs of what the grants name. */
export interface Resources {
  readonly bucketArn: (name: BucketName) => string;
  readonly queueArn: (name: QueueName) => string;
  readonly jobQueueArn: (name: JobQueueName) => string;
  /** Without the revision. */
  readonly jobDefinitionArn: (name: ProgramName) => string;
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly storageKeyArn: string;
  readonly messagesKeyArn: string;
}

/**
 * A principal of the description with exactly its grants, and the rights that AWS needs behind them: the keys (only
 * through the service and for the resource that is granted), the queue that a function reads, and its own log.
 */
export class PrincipalRole extends Construct {
  readonly role: Role;
  readonly policy: ManagedPolicy;

  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly principal: Principal;
      readonly service: 'lambda' | 'ecs-tasks';
      readonly resources: Resources;
      /** What the principal may do beside its grants. */
      readonly more?: readonly PolicyStatement[];
    },
  ) {
    super(scope, id);
    const { principal, service, resources, more = [] } = props;
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal(`${service}.amazonaws.com`),
      description: `Systole: ${principal}`,
    });
    const statements = [
      ...grants[principal].flatMap((grant) => statementsOf(grant, resources)),
      ...consumerStatements(principal, resources),
      ...more,
    ];
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: `Systole: what ${principal} may do`,
      roles: [this.role],
      statements,
    });
    acknowledgeWildcards(this.policy, statements);
  }
}

const statement = (
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });

/** The statements that one grant comes to. */
function statementsOf(grant: Grant, resources: Resources): PolicyStatement[] {
  if ('bucket' in grant) {
    const bucket = resources.bucketArn(grant.bucket);
    const onObjects = grant.actions.filter((action) => action !== 's3:ListBucket');
    const writes = onObjects.includes('s3:PutObject');
    return [
      ...(onObjects.length > 0 ? [statement(onObjects, [`${bucket}/${grant.prefix}*`])] : []),
      ...(grant.actions.includes('s3:ListBucket')
        ? [
            statement(
              ['s3:ListBucket'],
              [bucket],
              grant.prefix === '' ? undefined : { StringLike: { 's3:prefix': `${grant.prefix}*` } },
            ),
          ]
        : []),
      // S3 encrypts with a key of the bucket, which is the context of its calls to KMS.
      statement(
        writes ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'],
        [resources.storageKeyArn],
        {
          StringEquals: { 'kms:ViaService': `s3.${Aws.REGION}.amazonaws.com` },
          ArnLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*`] },
        },
      ),
    ];
  }
  if ('queue' in grant) {
    return [
      statement(grant.actions, [resources.queueArn(grant.queue)]),
      statement(['kms:Decrypt', 'kms:GenerateDataKey'], [resources.messagesKeyArn], viaQueues),
    ];
  }
  if ('programs' in grant) {
    const definitions = grant.programs.flatMap((name) => {
      const arn = resources.jobDefinitionArn(name);
      return [arn, `${arn}:*`];
    });
    const jobQueues = [...new Set(grant.programs.map((name) => programs[name].jobQueue))].map(
      resources.jobQueueArn,
    );
    const jobs = `arn:${Aws.PARTITION}:batch:${Aws.REGION}:${Aws.ACCOUNT_ID}:job/*`;
    const on: Record<BatchAction, readonly string[]> = {
      'batch:SubmitJob': [...definitions, ...jobQueues],
      'batch:TagResource': [...definitions, ...jobQueues, jobs],
      // Has no resource level.
      'batch:DescribeJobs': ['*'],
    };
    return grant.actions.map((action) => statement([action], on[action]));
  }
  return [
    statement(grant.actions, [resources.clusterArn]),
    statement(['secretsmanager:GetSecretValue'], [resources.secretArn]),
    statement(['kms:Decrypt'], [resources.storageKeyArn], {
      StringEquals: { 'kms:ViaService': `secretsmanager.${Aws.REGION}.amazonaws.com` },
    }),
  ];
}

const viaQueues = { StringEquals: { 'kms:ViaService': `sqs.${Aws.REGION}.amazonaws.com` } };

/** What Lambda does in a function's name to bring it the messages of its queues. */
function consumerStatements(principal: Principal, resources: Resources): PolicyStatement[] {
  if (!(principal in functions)) return [];
  const { sources } = functions[principal as keyof typeof functions];
  if (sources.length === 0) return [];
  return [
    statement(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      sources.map(({ queue }) => resources.queueArn(queue)),
    ),
    statement(['kms:Decrypt'], [resources.messagesKeyArn], viaQueues),
  ];
}
