import { Duration, type Size } from 'aws-cdk-lib';
import {
  AllocationStrategy,
  type CfnComputeEnvironment,
  EcsMachineImageType,
  FairshareSchedulingPolicy,
  type IComputeEnvironment,
  JobQueue,
  JobStateTimeLimitActionsReason,
  ManagedEc2EcsComputeEnvironment,
} from 'aws-cdk-lib/aws-batch';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceClass,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MultipartBody,
  MultipartUserData,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type JobQueueName, type ProgramName, programs } from '../shared/deployment/description.ts';
import type { Settings } from '../shared/deployment/settings.ts';
import { acknowledge } from './acknowledge.ts';

/** User of the containers: see the Dockerfile. */
export const containerUser = 1000;

const gpuClasses = { g4dn: InstanceClass.G4DN, g5: InstanceClass.G5, g6: InstanceClass.G6 } as const;
const cpuClasses = [InstanceClass.C6I, InstanceClass.C5, InstanceClass.M6I, InstanceClass.M5];

export interface JobHostsProps {
  readonly jobQueue: JobQueueName;
  readonly settings: Settings;
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly securityGroup: ISecurityGroup;
  readonly instanceRole: Role;
  readonly diskSize: Size;
}

/**
 * The instances of one job queue. Spot is tried first; the GPU queue falls back to on-demand instances when there is
 * none to be had. Nothing runs while nothing waits. Programs of one queue share it fairly, so that a training run of a
 * day does not keep every recording waiting.
 */
export class JobHosts extends Construct {
  readonly queue: JobQueue;

  constructor(scope: Construct, id: string, props: JobHostsProps) {
    super(scope, id);
    const { jobQueue, settings, vpc, subnets, securityGroup, instanceRole, diskSize } = props;
    const gpu = jobQueue === 'gpu';
    const launchTemplate = new LaunchTemplate(this, 'Template', {
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      userData: hostSetup(),
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(diskSize.toGibibytes(), {
            volumeType: EbsDeviceVolumeType.GP3,
            encrypted: true,
            deleteOnTermination: true,
          }),
        },
      ],
    });
    const environment = (name: string, spot: boolean): IComputeEnvironment => {
      const hosts = new ManagedEc2EcsComputeEnvironment(this, name, {
        spot,
        allocationStrategy: spot
          ? AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED
          : AllocationStrategy.BEST_FIT_PROGRESSIVE,
        minvCpus: 0,
        maxvCpus: gpu ? settings.gpuVcpus : settings.cpuVcpus,
        instanceClasses: gpu ? settings.gpuFamilies.map((family) => gpuClasses[family]) : cpuClasses,
        useOptimalInstanceClasses: false,
        images: [{ imageType: gpu ? EcsMachineImageType.ECS_AL2023_NVIDIA : EcsMachineImageType.ECS_AL2023 }],
        vpc,
        vpcSubnets: { subnets },
        securityGroups: [securityGroup],
        instanceRole,
        launchTemplate,
        updateToLatestImageVersion: true,
        // A running job is given time to end when the environment is updated.
        terminateOnUpdate: false,
        updateTimeout: Duration.minutes(60),
      });
      // Without a version Batch takes the template's default, which stays the first one whatever is deployed later.
      (hosts.node.defaultChild as CfnComputeEnvironment).addPropertyOverride(
        'ComputeResources.LaunchTemplate.Version',
        launchTemplate.latestVersionNumber,
      );
      return hosts;
    };
    this.queue = new JobQueue(this, 'Queue', {
      priority: 1,
      computeEnvironments: [
        { computeEnvironment: environment('Spot', true), order: 1 },
        ...(gpu ? [{ computeEnvironment: environment('OnDemand', false), order: 2 }] : []),
      ],
      schedulingPolicy: new FairshareSchedulingPolicy(this, 'Shares', {
        shareDecay: Duration.hours(1),
        shares: (Object.keys(programs) as ProgramName[])
          .filter((name) => programs[name].jobQueue === jobQueue)
          // The smaller the weight factor, the larger the share.
          .map((name) => ({ shareIdentifier: name, weightFactor: 1 / programs[name].share })),
      }),
      // A job that no instance can ever run would block the queue's head.
      jobStateTimeLimitActions: [
        {
          maxTime: Duration.hours(2),
          reason: JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
        },
        {
          maxTime: Duration.hours(2),
          reason: JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
        },
      ],
    });
  }
}

/**
 * Keeps containers from the credentials of their host: they have their own. Batch runs them in the network of the host, so
 * that no limit of hops is in their way; the agent, which is root, needs the service. In parts, as Batch adds its own.
 */
function hostSetup(): MultipartUserData {
  const commands = UserData.forLinux();
  commands.addCommands(
    `iptables --insert OUTPUT --destination 169.254.169.254/32 --match owner --uid-owner ${containerUser} --jump REJECT`,
  );
  const parts = new MultipartUserData();
  parts.addPart(MultipartBody.fromUserData(commands));
  return parts;
}

/** The role of instances: their agent's, which may pull images. */
export function instanceRole(scope: Construct): Role {
  const role = new Role(scope, 'InstanceRole', {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    managedPolicies: [
      ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEC2ContainerServiceforEC2Role'),
    ],
  });
  acknowledge(role, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]':
      'The policy that AWS keeps for the ECS agent of exactly such instances.',
  });
  return role;
}
