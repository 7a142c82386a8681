import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Aws, CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { ImageTagMutabilityExclusionFilter, Repository, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { JobQueueName } from '../shared/deployment/description.ts';
import { acknowledge } from './acknowledge.ts';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';

/** Stages of the Dockerfile, one for each kind of instance: the CUDA libraries are gigabytes that a CPU host never needs. */
export type ImageTarget = JobQueueName;

/** Where a job's image is, and what must exist before it can be pulled. */
export interface JobImages {
  uri(target: ImageTarget): string;
  readonly repositoryArn: string;
  readonly ready: Construct;
}

/** Longest time of a build; CloudFormation waits a little more. */
const buildMinutes = 55;

const ownFolder = dirname(fileURLToPath(import.meta.url));

/**
 * The job images, built in the account by CodeBuild when their sources have changed, and pushed to a repository of the
 * deployment. CloudFormation waits for the build: the build itself tells it how it ended.
 */
export class BuiltJobImages extends Construct implements JobImages {
  readonly repositoryArn: string;
  readonly ready: Construct;
  readonly #repository: Repository;
  readonly #version: string;

  constructor(
    scope: Construct,
    id: string,
    { folder, logKey }: { readonly folder: string; readonly logKey: IKey },
  ) {
    super(scope, id);
    this.#version = contentHash(folder);
    this.#repository = new Repository(this, 'Repository', {
      imageScanOnPush: true,
      imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
      // Layers of the last build, which the next one starts from.
      imageTagMutabilityExclusionFilters: [ImageTagMutabilityExclusionFilter.wildcard('cache-*')],
      lifecycleRules: [
        { description: 'Layers of no image', tagStatus: TagStatus.UNTAGGED, maxImageAge: Duration.days(7) },
        { description: 'The last few versions', tagStatus: TagStatus.ANY, maxImageCount: 8 },
      ],
      emptyOnDelete: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.repositoryArn = this.#repository.repositoryArn;

    const source = new Asset(this, 'Source', { path: folder });
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'BuildRole', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    const buildStatements = [
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [source.bucket.arnForObjects(source.s3ObjectKey)],
      }),
      new PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucket'],
        resources: [source.bucket.bucketArn],
      }),
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [logKey.keyArn] }),
      new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
      new PolicyStatement({
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:CompleteLayerUpload',
          'ecr:DescribeImages',
          'ecr:GetDownloadUrlForLayer',
          'ecr:InitiateLayerUpload',
          'ecr:PutImage',
          'ecr:UploadLayerPart',
        ],
        resources: [this.repositoryArn],
      }),
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    ];
    const policy = new ManagedPolicy(this, 'BuildPolicy', { roles: [role], statements: buildStatements });
    acknowledgeWildcards(policy, buildStatements);
    const project = new Project(this, 'Build', {
      description: 'Builds the images of the job programs',
      role: role.withoutPolicyUpdates(),
      source: Source.s3({ bucket: source.bucket, path: source.s3ObjectKey }),
      environment: {
        buildImage: LinuxBuildImage.STANDARD_7_0,
        computeType: ComputeType.MEDIUM,
        // Docker in the build.
        privileged: true,
      },
      environmentVariables: {
        REPOSITORY: { value: this.#repository.repositoryUri },
        DOCKER_BUILDKIT: { value: '1' },
        REGISTRY: { value: `${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}` },
      },
      encryptionKey: logKey,
      logging: { cloudWatch: { logGroup } },
      timeout: Duration.minutes(buildMinutes),
      buildSpec: buildSpec(),
    });
    project.node.addDependency(policy);

    const starterLog = new LogGroup(this, 'StarterLog', {
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const starterRole = new Role(this, 'StarterRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const starterPolicy = new ManagedPolicy(this, 'StarterPolicy', {
      roles: [starterRole],
      statements: [
        new PolicyStatement({ actions: ['codebuild:StartBuild'], resources: [project.projectArn] }),
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [starterLog.logGroupArn],
        }),
      ],
    });
    const starter = new LambdaFunction(this, 'Starter', {
      description: 'Starts a build of the job images for CloudFormation',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(ownFolder, 'image-build')),
      role: starterRole.withoutPolicyUpdates(),
      logGroup: starterLog,
      timeout: Duration.seconds(30),
    });
    this.ready = new CustomResource(this, 'Images', {
      resourceType: 'Custom::JobImages',
      serviceToken: starter.functionArn,
      serviceTimeout: Duration.minutes(buildMinutes + 4),
      properties: { project: project.projectName, version: this.#version },
    });
    this.ready.node.addDependency(starterPolicy, policy, this.#repository);

    acknowledge(project, {
      'HIPAA.Security-CodeBuildProjectSourceRepoUrl':
        'Its source is an object in S3; it knows no repository.',
    });
    acknowledge(starter, {
      'HIPAA.Security-LambdaConcurrency': 'CloudFormation calls it, once a deployment.',
      'HIPAA.Security-LambdaDLQ': 'CloudFormation waits for its answer and fails the deployment without it.',
      'HIPAA.Security-LambdaInsideVPC': 'It calls CodeBuild and nothing else.',
    });
  }

  uri(target: ImageTarget): string {
    return `${this.#repository.repositoryUri}:${target}-${this.#version}`;
  }
}

/** The job images, built with Docker where the CDK runs and pushed to the repository of its assets. */
export class LocalJobImages extends Construct implements JobImages {
  readonly repositoryArn: string;
  readonly ready: Construct = this;
  readonly #assets: Readonly<Record<ImageTarget, DockerImageAsset>>;

  constructor(scope: Construct, id: string, { folder }: { readonly folder: string }) {
    super(scope, id);
    const asset = (target: ImageTarget) =>
      new DockerImageAsset(this, target, { directory: folder, target, platform: Platform.LINUX_AMD64 });
    this.#assets = { cpu: asset('cpu'), gpu: asset('gpu') };
    this.repositoryArn = this.#assets.gpu.repository.repositoryArn;
  }

  uri(target: ImageTarget): string {
    return this.#assets[target].imageUri;
  }
}

/**
 * Builds both images with the layers of the build before, and answers CloudFormation's custom resource, whichever way
 * it ended. A version that is there already is not built again.
 */
function buildSpec(): BuildSpec {
  const build = (target: ImageTarget) => {
    const [version, cache] = [`$REPOSITORY:${target}-$VERSION`, `$REPOSITORY:cache-${target}`];
    return [
      // The cache is within the image, which Docker's own builder can do: others would have to be fetched first.
      `docker build . --platform linux/amd64 --target ${target} --build-arg BUILDKIT_INLINE_CACHE=1 --cache-from ${cache} --tag ${version} --tag ${cache}`,
      `docker push ${version}`,
      `docker push ${cache}`,
    ].join(' && ');
  };
  const unlessThere = (target: ImageTarget) =>
    `aws ecr describe-images --repository-name "\${REPOSITORY#*/}" --image-ids imageTag=${target}-$VERSION >/dev/null 2>&1 || { ${build(target)}; }`;
  return BuildSpec.fromObject({
    version: '0.2',
    phases: {
      // All of it in this phase: after a failure in an earlier one the answer is not sent, and CloudFormation waits an hour.
      build: {
        commands: [
          'aws ecr get-login-password | docker login --username AWS --password-stdin $REGISTRY',
          unlessThere('cpu'),
          unlessThere('gpu'),
        ],
      },
      post_build: { commands: ['bash answer-cloudformation.sh'] },
    },
  });
}

/** Hash of everything in the folder: the same sources are the same version, wherever they lie. */
function contentHash(folder: string): string {
  const hash = createHash('sha256');
  const add = (path: string) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else
      hash
        .update(`${relative(folder, path)}\0`)
        .update(readFileSync(path))
        .update('\0');
  };
  add(folder);
  return hash.digest('hex').slice(0, 16);
}
