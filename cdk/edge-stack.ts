import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type FunctionName, functions, type Names } from '../shared/deployment/description.ts';
import type { Settings } from '../shared/deployment/settings.ts';
import { type ComputeStack, jobDefinitionName, resourcesOf } from './compute-stack.ts';
import type { DataStack } from './data-stack.ts';
import { EdgeFunction } from './edge-function.ts';
import { Migration } from './migration.ts';
import type { Packages } from './packages.ts';
import { Watch } from './watch.ts';

/** Functions, what invokes them, and the eyes on all of it. */
export class EdgeStack extends Stack {
  readonly functions: Readonly<Record<FunctionName, EdgeFunction>>;

  constructor(
    scope: Construct,
    id: string,
    {
      settings,
      data,
      compute,
      packages,
      ...props
    }: StackProps & {
      readonly settings: Settings;
      readonly data: DataStack;
      readonly compute: ComputeStack;
      readonly packages: Packages;
    },
  ) {
    super(scope, id, props);
    this.addStackDependency(data);
    this.addStackDependency(compute);
    const names: Names = {
      stage: settings.stage,
      bucket: (name) => data.buckets[name].bucketName,
      queueUrl: (name) => data.queues[name].queue.queueUrl,
      jobQueue: (name) => compute.jobQueues[name].queue.jobQueueArn,
      jobDefinition: (name) => jobDefinitionName(settings, name),
      clusterArn: data.database.clusterArn,
      secretArn: data.database.secretArn,
    };
    const dead = new Queue(this, 'DeadEvents', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: data.keys.messages,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.functions = Object.fromEntries(
      (Object.keys(functions) as FunctionName[]).map((name) => [
        name,
        new EdgeFunction(this, name[0]!.toUpperCase() + name.slice(1), {
          name,
          folder: packages.functionFolder(name),
          names,
          resources: resourcesOf(settings, data, compute),
          queues: (queue) => data.queues[queue].queue,
          dead,
          logKey: data.keys.messages,
        }),
      ]),
    ) as Record<FunctionName, EdgeFunction>;

    const migration = new Migration(this, 'Schema', {
      migrate: this.functions.migrate,
      logKey: data.keys.messages,
      folder: packages.functionFolder('migrate'),
    });
    for (const name of Object.keys(functions) as FunctionName[]) {
      const edge = this.functions[name];
      // New code meets the new schema; old code on a newer schema is what migrations allow for.
      if (name !== 'migrate') edge.function.node.addDependency(migration);
      this.#invoke(name, edge, { compute, dead });
    }

    new Watch(this, 'Watch', { settings, data, functions: this.functions, deadEvents: dead });
  }

  #invoke(
    name: FunctionName,
    edge: EdgeFunction,
    { compute, dead }: { readonly compute: ComputeStack; readonly dead: Queue },
  ): void {
    const { every, jobStateChanges } = functions[name];
    const delivery = { deadLetterQueue: dead, retryAttempts: 24, maxEventAge: Duration.hours(24) };
    if (every !== undefined) {
      new Rule(this, `${name}Schedule`, {
        description: `Systole: ${name}, now and then`,
        schedule: Schedule.rate(Duration.seconds(every)),
        targets: [new LambdaTarget(edge.function, { ...delivery, event: RuleTargetInput.fromObject({}) })],
      });
    }
    if (jobStateChanges === true) {
      new Rule(this, `${name}JobStateChanges`, {
        description: `Systole: changes of its jobs, for ${name}`,
        eventPattern: {
          source: ['aws.batch'],
          detailType: ['Batch Job State Change'],
          detail: { jobQueue: Object.values(compute.jobQueues).map(({ queue }) => queue.jobQueueArn) },
        },
        targets: [new LambdaTarget(edge.function, delivery)],
      });
    }
  }
}
