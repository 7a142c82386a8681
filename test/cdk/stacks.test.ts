import { rmSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type BucketName,
  buckets,
  environmentOf,
  type FunctionName,
  functions,
  grants,
  type Names,
  type Principal,
  type ProgramName,
  programs,
  type QueueName,
  queues,
  retryRules,
} from '../../shared/deployment/description.ts';
import { readOutput } from '../../shared/deployment/output-names.ts';
import { allows, statementsOf } from './policies.ts';
import { synthesise } from './synthesised.ts';

const { app, data, compute, edge, folder } = synthesise({ alarmEmail: 'someone@example.org' });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);
const day = 86_400;

interface Resource {
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}
const resources = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];
const named = (template: Template, type: string, name: RegExp): Resource => {
  const found = resources(template, type).filter(([id]) => name.test(id));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0]![1];
};

describe('rule packs', () => {
  it.each([
    ['AwsSolutions', new AwsSolutionsChecks()],
    ['HIPAA', new HIPAASecurityChecks()],
  ])('%s finds nothing that is not acknowledged', (_, pack) => {
    expect(pack.validateScope(app).violations).toEqual([]);
  });
});

describe('data stack', () => {
  it.each(Object.keys(buckets) as BucketName[])('keeps the bucket %s as described', (name) => {
    const bucket = named(data, 'AWS::S3::Bucket', new RegExp(`^${capital(name)}Bucket`));
    const { expireAfterDays, archive, eventsTo } = buckets[name];
    expect(bucket.DeletionPolicy).toBe('Retain');
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
    });
    const rules = (bucket.Properties.LifecycleConfiguration as { Rules: readonly Record<string, unknown>[] })
      .Rules;
    expect(rules.find((rule) => 'ExpirationInDays' in rule)?.ExpirationInDays).toBe(expireAfterDays);
    expect(rules.some((rule) => 'Transitions' in rule)).toBe(archive === true);
    expect(rules.some((rule) => 'AbortIncompleteMultipartUpload' in rule)).toBe(true);
    expect(rules.some((rule) => 'NoncurrentVersionExpiration' in rule)).toBe(true);
    expect('NotificationConfiguration' in bucket.Properties).toBe(eventsTo !== undefined);
  });

  it('refuses unencrypted connections to every bucket and queue', () => {
    const denied = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'].flatMap((type) =>
      resources(data, type).map(([id, { Properties }]) => {
        const { Statement } = Properties.PolicyDocument as { Statement: readonly Record<string, unknown>[] };
        return [
          id,
          Statement.some(
            ({ Effect, Condition }) =>
              Effect === 'Deny' && JSON.stringify(Condition).includes('"aws:SecureTransport":"false"'),
          ),
        ];
      }),
    );
    expect(denied.filter(([, refuses]) => !refuses)).toEqual([]);
    expect(resources(data, 'AWS::S3::BucketPolicy')).toHaveLength(resources(data, 'AWS::S3::Bucket').length);
    expect(resources(data, 'AWS::SQS::QueuePolicy')).toHaveLength(resources(data, 'AWS::SQS::Queue').length);
  });

  it.each(Object.keys(queues) as QueueName[])('has the queue %s with its dead-letter queue', (name) => {
    const queue = named(data, 'AWS::SQS::Queue', new RegExp(`^${capital(name)}Queue(?!Dead)`));
    const { visibilityTimeout, maxReceiveCount, retentionDays } = queues[name];
    expect(queue.Properties).toMatchObject({
      VisibilityTimeout: visibilityTimeout,
      MessageRetentionPeriod: retentionDays * day,
      RedrivePolicy: { maxReceiveCount },
      KmsMasterKeyId: expect.anything(),
    });
    const { deadLetterTargetArn } = queue.Properties.RedrivePolicy as {
      deadLetterTargetArn: { 'Fn::GetAtt': [string, string] };
    };
    expect(deadLetterTargetArn['Fn::GetAtt'][0]).toMatch(new RegExp(`^${capital(name)}QueueDead`));
  });

  it('sends the events of the uploads bucket to the ingest queue, once its policy is there', () => {
    const bucket = named(data, 'AWS::S3::Bucket', /^UploadsBucket/);
    const [policy] = resources(data, 'AWS::SQS::QueuePolicy').find(([id]) => /^IngestQueuePolicy/.test(id))!;
    expect(bucket.Properties.NotificationConfiguration).toEqual({
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Queue: { 'Fn::GetAtt': [expect.stringMatching(/^IngestQueue/), 'Arn'] },
        },
      ],
    });
    expect(bucket.DependsOn).toContain(policy);
    data.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 's3.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('has a database that pauses, is reached by the Data API alone, and cannot be deleted by mistake', () => {
    data.hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        EnableHttpEndpoint: true,
        ManageMasterUserPassword: true,
        MasterUserSecret: { KmsKeyId: Match.anyValue() },
        StorageEncrypted: true,
        DeletionProtection: true,
        BackupRetentionPeriod: 35,
        ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 8, SecondsUntilAutoPause: 300 },
      }),
    });
    const groups = resources(data, 'AWS::EC2::SecurityGroup').map(([, { Properties }]) => Properties);
    expect(groups.filter((group) => 'SecurityGroupIngress' in group)).toEqual([]);
    expect(resources(data, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });

  it('gives no service the key of patient data', () => {
    const key = named(data, 'AWS::KMS::Key', /Storage/);
    const { Statement } = key.Properties.KeyPolicy as { Statement: readonly { Principal: object }[] };
    expect(Statement.filter(({ Principal }) => 'Service' in Principal)).toEqual([]);
    for (const [, { Properties }] of resources(data, 'AWS::KMS::Key'))
      expect(Properties.EnableKeyRotation).toBe(true);
  });
});

describe('compute stack', () => {
  const definition = (name: ProgramName) =>
    named(compute, 'AWS::Batch::JobDefinition', new RegExp(`^${capital(name)}Definition`)).Properties;

  it.each(Object.keys(programs) as ProgramName[])('defines the job %s as described', (name) => {
    const { vcpu, memory, gpu, timeout, attempts, jobQueue } = programs[name];
    expect(definition(name)).toMatchObject({
      JobDefinitionName: `systole-main-${name}`,
      Timeout: { AttemptDurationSeconds: timeout },
      RetryStrategy: {
        Attempts: attempts,
        EvaluateOnExit: retryRules.map((rule) =>
          Object.fromEntries(Object.entries(rule).map(([key, value]) => [capital(key), value])),
        ),
      },
      ContainerProperties: {
        User: '1000:1000',
        ReadonlyRootFilesystem: true,
        ResourceRequirements: [
          { Type: 'VCPU', Value: String(vcpu) },
          { Type: 'MEMORY', Value: String(memory) },
          ...(gpu > 0 ? [{ Type: 'GPU', Value: String(gpu) }] : []),
        ],
      },
    });
    expect(JSON.stringify(definition(name).ContainerProperties)).toContain(`:${jobQueue}-`);
  });

  it.each(Object.keys(programs) as ProgramName[])('tells %s exactly what it may touch', (name) => {
    const { Environment } = definition(name).ContainerProperties as { Environment: { Name: string }[] };
    const systole = Environment.map(({ Name }) => Name).filter((variable) => variable.startsWith('SYSTOLE_'));
    expect(systole.sort()).toEqual(Object.keys(environmentOf(`job-${name}`, anyNames)).sort());
  });

  it('scales every environment to nothing, on spot first', () => {
    const environments = resources(compute, 'AWS::Batch::ComputeEnvironment');
    expect(environments).toHaveLength(3);
    for (const [, { Properties }] of environments)
      expect(Properties.ComputeResources).toMatchObject({
        MinvCpus: 0,
        // A deployment that changes the template changes the hosts.
        LaunchTemplate: {
          Version: { 'Fn::GetAtt': [expect.stringMatching(/Template/), 'LatestVersionNumber'] },
        },
      });
    const gpu = named(compute, 'AWS::Batch::JobQueue', /^Gpu/);
    expect(
      (gpu.Properties.ComputeEnvironmentOrder as { ComputeEnvironment: { 'Fn::GetAtt': string[] } }[]).map(
        ({ ComputeEnvironment }) => ComputeEnvironment['Fn::GetAtt'][0],
      ),
    ).toEqual([expect.stringMatching(/^GpuSpot/), expect.stringMatching(/^GpuOnDemand/)]);
    const spot = named(compute, 'AWS::Batch::ComputeEnvironment', /^GpuSpot/);
    expect(spot.Properties.ComputeResources).toMatchObject({
      Type: 'SPOT',
      AllocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
      InstanceTypes: ['g4dn', 'g5', 'g6'],
    });
  });

  it('shares the GPU queue between inference and training, inference first', () => {
    const policy = named(compute, 'AWS::Batch::SchedulingPolicy', /^Gpu/);
    const { ShareDistribution } = policy.Properties.FairsharePolicy as {
      ShareDistribution: { ShareIdentifier: string; WeightFactor: number }[];
    };
    const weight = Object.fromEntries(
      ShareDistribution.map(({ ShareIdentifier, WeightFactor }) => [ShareIdentifier, WeightFactor]),
    );
    expect(Object.keys(weight).sort()).toEqual(['infer', 'train']);
    expect(weight.infer).toBeLessThan(weight.train!);
  });

  it('demands the second version of the metadata service and an encrypted disk', () => {
    for (const [, { Properties }] of resources(compute, 'AWS::EC2::LaunchTemplate'))
      expect(Properties.LaunchTemplateData).toMatchObject({
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
      });
  });

  it('keeps containers, which are in the network of their host, from its credentials', () => {
    for (const [, { Properties }] of resources(compute, 'AWS::EC2::LaunchTemplate')) {
      const setup = JSON.stringify((Properties.LaunchTemplateData as { UserData: unknown }).UserData);
      expect(setup).toContain('multipart/mixed');
      expect(setup).toMatch(
        /iptables .*--destination 169\.254\.169\.254\/32 .*--uid-owner 1000 --jump REJECT/,
      );
    }
  });
});

describe('edge stack', () => {
  const own = (name: FunctionName) =>
    named(edge, 'AWS::Lambda::Function', new RegExp(`^${capital(name)}Function`)).Properties;

  it.each(Object.keys(functions) as FunctionName[])('has the function %s as described', (name) => {
    const { memory, timeout, architecture, reservedConcurrency, sources } = functions[name];
    expect(own(name)).toMatchObject({
      MemorySize: memory,
      Timeout: timeout,
      Architectures: [architecture === 'arm64' ? 'arm64' : 'x86_64'],
      ReservedConcurrentExecutions: reservedConcurrency,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: expect.anything() },
    });
    const { Variables } = own(name).Environment as { Variables: Record<string, unknown> };
    expect(Object.keys(Variables).sort()).toEqual(Object.keys(environmentOf(name, anyNames)).sort());
    const mappings = resources(edge, 'AWS::Lambda::EventSourceMapping').filter(([id]) =>
      id.startsWith(capital(name)),
    );
    expect(mappings.map(([, { Properties: mapping }]) => [mapping.BatchSize, mapping.ScalingConfig])).toEqual(
      sources.map(({ batchSize, maxConcurrency }) => [batchSize, { MaximumConcurrency: maxConcurrency }]),
    );
    for (const [, { Properties: mapping }] of mappings)
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('gives every queue six times as long as its function may take', () => {
    for (const { timeout, sources } of Object.values(functions))
      for (const { queue } of sources)
        expect(queues[queue].visibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  it('invokes on schedules and job state changes as described', () => {
    const rules = resources(edge, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);
    expect(rules).toHaveLength(2);
    expect(rules.find(({ ScheduleExpression }) => ScheduleExpression !== undefined)).toMatchObject({
      ScheduleExpression: 'rate(6 hours)',
    });
    expect(rules.find(({ EventPattern }) => EventPattern !== undefined)?.EventPattern).toMatchObject({
      source: ['aws.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { jobQueue: [expect.anything(), expect.anything()] },
    });
  });

  it('migrates before any other function gets its new code', () => {
    const [schema] = resources(edge, 'Custom::Schema')[0]!;
    for (const name of ['ingest', 'score', 'dispatch', 'track'] as const)
      expect(
        named(edge, 'AWS::Lambda::Function', new RegExp(`^${capital(name)}Function`)).DependsOn,
      ).toContain(schema);
  });

  it('encrypts every log group and lets it expire', () => {
    for (const template of [data, compute, edge])
      for (const [, { Properties }] of resources(template, 'AWS::Logs::LogGroup'))
        expect(Properties).toMatchObject({ RetentionInDays: 90, KmsKeyId: expect.anything() });
  });

  it('raises every alarm with the topic, and names its section of docs/operations.md', () => {
    const alarms = resources(edge, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    expect(alarms.length).toBeGreaterThan(0);
    for (const alarm of alarms) {
      expect(alarm.AlarmActions).toHaveLength(1);
      expect(alarm.AlarmDescription).toBe(
        `docs/operations.md, ${String(alarm.AlarmName).replace('systole-main-', '')}`,
      );
    }
  });
});

describe('an alarm', () => {
  /** The statements of a policy that allow an action to a service. */
  const allowing = (document: unknown, service: string, action: string) =>
    (
      document as {
        Statement: readonly {
          Effect: string;
          Principal: { Service?: string | string[] };
          Action: string | string[];
        }[];
      }
    ).Statement.filter(
      ({ Effect, Principal, Action }) =>
        Effect === 'Allow' &&
        [Principal.Service].flat().includes(service) &&
        [Action].flat().includes(action),
    );

  it('reaches its topic: both the policy of the topic and the key let CloudWatch in', () => {
    const [[topic, { Properties }]] = resources(edge, 'AWS::SNS::Topic') as [[string, Resource]];
    for (const [, { Properties: alarm }] of resources(edge, 'AWS::CloudWatch::Alarm'))
      expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
    const [[, policy]] = resources(edge, 'AWS::SNS::TopicPolicy') as [[string, Resource]];
    expect(policy.Properties.Topics).toEqual([{ Ref: topic }]);
    const publishing = allowing(policy.Properties.PolicyDocument, 'cloudwatch.amazonaws.com', 'sns:Publish');
    expect(publishing).toHaveLength(1);
    expect(JSON.stringify(publishing[0])).toContain(':alarm:systole-main-*');
    expect(JSON.stringify(Properties.KmsMasterKeyId)).toContain('KeysMessages');
    const key = named(data, 'AWS::KMS::Key', /Messages/).Properties.KeyPolicy;
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey'])
      expect(allowing(key, 'cloudwatch.amazonaws.com', action)).toHaveLength(1);
  });
});

describe('rights', () => {
  const of = (principal: Principal) => statementsOf(principal.startsWith('job-') ? compute : edge, principal);
  const principals = Object.keys(grants) as Principal[];

  it.each(principals)('%s has every grant of the description', (principal) => {
    const statements = of(principal);
    for (const grant of grants[principal]) {
      for (const action of grant.actions) {
        if ('bucket' in grant) {
          const bucket = new RegExp(`${capital(grant.bucket)}Bucket`);
          expect(
            allows(statements, action, bucket, action === 's3:ListBucket' ? undefined : grant.prefix),
          ).toBe(true);
        } else if ('queue' in grant)
          expect(allows(statements, action, new RegExp(`${capital(grant.queue)}Queue`))).toBe(true);
        else if ('database' in grant) expect(allows(statements, action, /DatabaseCluster/)).toBe(true);
        else
          expect(allows(statements, action, action === 'batch:DescribeJobs' ? /^\*$/ : /batch|Queue/)).toBe(
            true,
          );
      }
    }
  });

  it.each(principals)(
    '%s may delete nothing, administer nothing, and no action is a wildcard',
    (principal) => {
      const actions = of(principal).flatMap((statement) => statement.actions);
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      expect(
        actions.filter((action) =>
          /:(Delete|Put(?!Object$|LogEvents$|Tele|Trace)|Create(?!LogStream$)|Update|Attach|PassRole)/.test(
            action,
          ),
        ),
      ).toEqual(functionsWithQueues.includes(principal) ? ['sqs:DeleteMessage'] : []);
    },
  );

  it.each(principals)(
    '%s has a policy that IAM takes: below 6,144 characters with names written out',
    (principal) => {
      // The longest of a bucket or function in an ARN; of a region; an account.
      const length = of(principal).reduce(
        (sum, { actions, resources: on, conditions }) =>
          sum +
          JSON.stringify({ Effect: 'Allow', Action: actions, Condition: conditions }).length +
          on.reduce(
            (all, resource) =>
              all +
              resource.replace(/<AWS::\w+>/g, 'ap-southeast-2').replace(/<[^>]*>/g, 'x'.repeat(75)).length +
              3,
            14,
          ),
        50,
      );
      expect(length).toBeLessThan(6144);
    },
  );

  it('ingest reads uploads and writes notes alone', () => {
    const ingest = of('ingest');
    expect(allows(ingest, 's3:GetObject', /UploadsBucket/, 'any/key')).toBe(true);
    expect(allows(ingest, 's3:PutObject', /UploadsBucket/)).toBe(false);
    expect(allows(ingest, 's3:PutObject', /ResultsBucket/, 'notes/x.json')).toBe(true);
    expect(allows(ingest, 's3:PutObject', /ResultsBucket/, 'pages/x.html')).toBe(false);
    expect(allows(ingest, 's3:GetObject', /WorkBucket|ModelsBucket|ResultsBucket/)).toBe(false);
    expect(allows(ingest, 'batch:SubmitJob', /./)).toBe(false);
  });

  it('jobs see their own prefixes of the work bucket', () => {
    const infer = of('job-infer');
    expect(allows(infer, 's3:GetObject', /WorkBucket/, 'tensors/x')).toBe(true);
    expect(allows(infer, 's3:PutObject', /WorkBucket/)).toBe(false);
    expect(allows(infer, 's3:GetObject', /WorkBucket/, 'checkpoints/x')).toBe(false);
    const preprocess = of('job-preprocess');
    expect(allows(preprocess, 's3:PutObject', /WorkBucket/, 'tensors/x')).toBe(true);
    expect(allows(preprocess, 's3:PutObject', /WorkBucket/, 'manifests/x')).toBe(false);
    expect(allows(preprocess, 's3:GetObject', /ModelsBucket/)).toBe(false);
    const train = of('job-train');
    expect(allows(train, 's3:GetObject', /WorkBucket/, 'tensors/x')).toBe(false);
    expect(allows(train, 's3:PutObject', /UploadsBucket/)).toBe(false);
  });

  it.each(principals)('%s uses keys only through the service that holds what it was granted', (principal) => {
    const keys = of(principal).filter(({ actions }) => actions.some((action) => action.startsWith('kms:')));
    expect(keys.length).toBeGreaterThan(0);
    for (const { conditions } of keys) expect(JSON.stringify(conditions)).toContain('kms:ViaService');
  });

  it('only dispatch submits jobs, and only the described ones', () => {
    for (const principal of principals)
      expect(allows(of(principal), 'batch:SubmitJob', /job-definition/)).toBe(principal === 'dispatch');
    const submitting = of('dispatch').find(({ actions }) => actions.includes('batch:SubmitJob'))!;
    expect(submitting.resources.filter((resource) => /job-definition/.test(resource))).toHaveLength(
      2 * Object.keys(programs).length,
    );
    expect(submitting.resources).not.toContain('*');
  });
});

describe('outputs', () => {
  it('name what the command line needs, once each', () => {
    const outputs = [data, compute].flatMap((template) =>
      Object.keys(template.findOutputs('*')).flatMap((key) => {
        const read = readOutput(key);
        return read === undefined ? [] : [`${read.kind} ${read.name}`];
      }),
    );
    const expected = [
      ...Object.keys(buckets).map((name) => `bucket ${name}`),
      ...Object.keys(queues).map((name) => `queue ${name}`),
      'bucket accessLogs',
      'jobQueue cpu',
      'jobQueue gpu',
      ...Object.keys(programs).map((name) => `jobDefinition ${name}`),
      'database cluster',
      'database secret',
    ];
    expect(outputs.sort()).toEqual(expected.sort());
  });
});

describe('snapshots', () => {
  it.each([
    ['data', data],
    ['compute', compute],
    ['edge', edge],
  ])('of the %s stack', async (name, template) => {
    const masked = JSON.stringify(template.toJSON(), null, 1)
      .replace(/[0-9a-f]{64}/g, 'HASH')
      .replace(/(cpu-|gpu-|"version": ")[0-9a-f]{16}/g, '$1VERSION');
    await expect(`${masked}\n`).toMatchFileSnapshot(`snapshots/${name}.snap`);
  });
});

const anyNames: Names = {
  stage: '-',
  bucket: () => '-',
  queueUrl: () => '-',
  jobQueue: () => '-',
  jobDefinition: () => '-',
  clusterArn: '-',
  secretArn: '-',
};

const functionsWithQueues: readonly string[] = Object.entries(functions)
  .filter(([, { sources }]) => sources.length > 0)
  .map(([name]) => name);
