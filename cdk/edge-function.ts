import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  EventSourceMapping,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  environmentOf,
  type FunctionName,
  functions,
  type Names,
  type QueueName,
} from '../shared/deployment/description.ts';
import { PrincipalRole, type Resources } from './access-policy.ts';
import { acknowledge } from './acknowledge.ts';

export interface EdgeFunctionProps {
  readonly name: FunctionName;
  /** Folder with the bundle and what lies beside it. */
  readonly folder: string;
  readonly names: Names;
  readonly resources: Resources;
  readonly queues: (name: QueueName) => IQueue;
  /** Takes events that EventBridge could not get through. */
  readonly dead: IQueue;
  readonly logKey: IKey;
}

/** A function of the description, with its role, log and queues. */
export class EdgeFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: EdgeFunctionProps) {
    super(scope, id);
    const { name, folder, names, resources, queues, dead, logKey } = props;
    const { memory, timeout, sources, architecture, reservedConcurrency, every, jobStateChanges } =
      functions[name];
    const asynchronous = every !== undefined || jobStateChanges === true;
    this.logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const access = new PrincipalRole(this, 'Access', {
      principal: name,
      service: 'lambda',
      resources,
      more: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [this.logGroup.logGroupArn],
        }),
        // Has no resource level.
        new PolicyStatement({
          actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
          resources: ['*'],
        }),
        ...(asynchronous
          ? [
              new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [dead.queueArn] }),
              new PolicyStatement({
                actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
                resources: [logKey.keyArn],
                conditions: { StringEquals: { 'kms:ViaService': `sqs.${Aws.REGION}.amazonaws.com` } },
              }),
            ]
          : []),
      ],
    });
    this.function = new LambdaFunction(this, 'Function', {
      description: `Systole: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'index.handler',
      code: Code.fromAsset(folder),
      memorySize: memory,
      timeout: Duration.seconds(timeout),
      environment: environmentOf(name, names),
      role: access.role.withoutPolicyUpdates(),
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      ...(asynchronous ? { deadLetterQueue: dead } : {}),
    });
    // Lambda tries a role's rights on a queue when the mapping is made.
    this.function.node.addDependency(access.policy);
    for (const { queue, batchSize, window, maxConcurrency } of sources) {
      new EventSourceMapping(this, `From${queue[0]!.toUpperCase()}${queue.slice(1)}`, {
        target: this.function,
        eventSourceArn: queues(queue).queueArn,
        batchSize,
        maxConcurrency,
        reportBatchItemFailures: true,
        ...(window > 0 ? { maxBatchingWindow: Duration.seconds(window) } : {}),
      });
    }
    acknowledge(this.function, {
      'HIPAA.Security-LambdaInsideVPC':
        'It reaches S3, SQS, Batch and the Data API over TLS with its own role; inside the network it would need endpoints and gain nothing.',
      ...(asynchronous
        ? {}
        : {
            'HIPAA.Security-LambdaDLQ':
              'Nothing invokes it asynchronously: failed messages go to the dead-letter queue of their queue, and CloudFormation waits for the answer of migrate.',
          }),
    });
  }
}
