import { Aws, RemovalPolicy, Size, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import {
  environmentOf,
  type JobQueueName,
  type ProgramName,
  programs,
  retryRules,
} from '../shared/deployment/description.ts';
import type { Settings } from '../shared/deployment/settings.ts';
import { PrincipalRole, type Resources } from './access-policy.ts';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
import type { DataStack } from './data-stack.ts';
import { noteOutput } from './deployment-outputs.ts';
import { containerUser, instanceRole, JobHosts } from './job-hosts.ts';
import { BuiltJobImages, type JobImages, LocalJobImages } from './job-image.ts';
import type { Packages } from './packages.ts';

/** The AWS Batch side: instances that come when work waits, the images of the programs, and a job definition for each. */
export class ComputeStack extends Stack {
  readonly jobQueues: Readonly<Record<JobQueueName, JobHosts>>;
  readonly images: JobImages;

  constructor(
    scope: Construct,
    id: string,
    {
      settings,
      data,
      packages,
      ...props
    }: StackProps & { readonly settings: Settings; readonly data: DataStack; readonly packages: Packages },
  ) {
    super(scope, id, props);
    this.addStackDependency(data);
    const logKey = data.keys.messages;
    this.images =
      settings.image === 'docker'
        ? new LocalJobImages(this, 'Images', { folder: packages.imageFolder })
        : new BuiltJobImages(this, 'Images', { folder: packages.imageFolder, logKey });

    const role = instanceRole(this);
    const hosts = (jobQueue: JobQueueName, diskSize: Size): JobHosts =>
      new JobHosts(this, jobQueue === 'gpu' ? 'Gpu' : 'Cpu', {
        jobQueue,
        settings,
        vpc: data.network.vpc,
        subnets: data.network.jobSubnets,
        securityGroup: data.network.jobs,
        instanceRole: role,
        diskSize,
      });
    this.jobQueues = {
      cpu: hosts('cpu', Size.gibibytes(40)),
      // The CUDA libraries of the image, and room for a series under way.
      gpu: hosts('gpu', Size.gibibytes(80)),
    };

    const log = new LogGroup(this, 'JobLog', {
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const executionRole = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: 'Systole: pulls job images and writes job logs',
    });
    const executionStatements = [
      new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
      new PolicyStatement({
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: [this.images.repositoryArn],
      }),
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [log.logGroupArn],
      }),
    ];
    const executionPolicy = new ManagedPolicy(this, 'ExecutionPolicy', {
      roles: [executionRole],
      statements: executionStatements,
    });
    acknowledgeWildcards(executionPolicy, executionStatements);

    for (const name of Object.keys(programs) as ProgramName[])
      this.#define(name, { settings, data, executionRole, log });
    for (const [name, { queue }] of Object.entries(this.jobQueues))
      noteOutput(this, 'jobQueue', name, queue.jobQueueArn);
    for (const name of Object.keys(programs) as ProgramName[])
      noteOutput(this, 'jobDefinition', name, jobDefinitionName(settings, name));
  }

  #define(
    name: ProgramName,
    {
      settings,
      data,
      executionRole,
      log,
    }: {
      readonly settings: Settings;
      readonly data: DataStack;
      readonly executionRole: Role;
      readonly log: LogGroup;
    },
  ): void {
    const program = programs[name];
    const id = `${name[0]!.toUpperCase()}${name.slice(1)}`;
    const { role } = new PrincipalRole(this, id, {
      principal: `job-${name}`,
      service: 'ecs-tasks',
      resources: resourcesOf(settings, data, this),
    });
    const environment = environmentOf(`job-${name}`, {
      stage: settings.stage,
      bucket: (bucket) => data.buckets[bucket].bucketName,
      queueUrl: (queue) => data.queues[queue].queue.queueUrl,
      jobQueue: (queue) => this.jobQueues[queue].queue.jobQueueArn,
      jobDefinition: (definition) => jobDefinitionName(settings, definition),
      clusterArn: data.database.clusterArn,
      secretArn: data.database.secretArn,
    });
    const definition = new CfnJobDefinition(this, `${id}Definition`, {
      type: 'container',
      jobDefinitionName: jobDefinitionName(settings, name),
      platformCapabilities: ['EC2'],
      propagateTags: true,
      tags: { 'systole:stage': settings.stage, 'systole:program': name },
      // Within a share; the share itself is the program's.
      schedulingPriority: 1,
      timeout: { attemptDurationSeconds: program.timeout },
      retryStrategy: { attempts: program.attempts, evaluateOnExit: [...retryRules] },
      containerProperties: {
        image: this.images.uri(program.jobQueue),
        command: ['node', `/systole/jobs/${name}.mjs`],
        user: `${containerUser}:${containerUser}`,
        jobRoleArn: role.roleArn,
        executionRoleArn: executionRole.roleArn,
        readonlyRootFilesystem: true,
        resourceRequirements: [
          { type: 'VCPU', value: String(program.vcpu) },
          { type: 'MEMORY', value: String(program.memory) },
          ...(program.gpu > 0 ? [{ type: 'GPU', value: String(program.gpu) }] : []),
        ],
        // Ends what the program starts, and passes signals on to it.
        linuxParameters: {
          initProcessEnabled: true,
          tmpfs: [{ containerPath: '/tmp', size: 1024, mountOptions: ['rw', 'nosuid', 'nodev'] }],
        },
        environment: Object.entries({
          ...environment,
          AWS_REGION: Aws.REGION,
        }).map(([key, value]) => ({ name: key, value })),
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': log.logGroupName,
            'awslogs-region': Aws.REGION,
            'awslogs-stream-prefix': name,
          },
        },
      },
    });
    definition.node.addDependency(this.images.ready);
  }
}

export const jobDefinitionName = ({ stage }: Settings, name: ProgramName): string =>
  `systole-${stage}-${name}`;

/** The ARNs behind the grants. */
export function resourcesOf(settings: Settings, data: DataStack, compute: ComputeStack): Resources {
  return {
    // Exported at once and not when the reference is resolved, so that findings on policies can be named.
    bucketArn: (name) => data.exportValue(data.buckets[name].bucketArn),
    queueArn: (name) => data.queues[name].queue.queueArn,
    jobQueueArn: (name) => compute.jobQueues[name].queue.jobQueueArn,
    jobDefinitionArn: (name) =>
      `arn:${Aws.PARTITION}:batch:${Aws.REGION}:${Aws.ACCOUNT_ID}:job-definition/${jobDefinitionName(settings, name)}`,
    clusterArn: data.database.clusterArn,
    secretArn: data.database.secretArn,
    storageKeyArn: data.keys.storage.keyArn,
    messagesKeyArn: data.keys.messages.keyArn,
  };
}
