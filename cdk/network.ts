import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type ISubnet,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from '../shared/deployment/settings.ts';
import { acknowledge } from './acknowledge.ts';

/** Services that job instances and their containers call, beside S3, whose gateway endpoint costs nothing. */
const endpoints = {
  Ecs: InterfaceVpcEndpointAwsService.ECS,
  EcsAgent: InterfaceVpcEndpointAwsService.ECS_AGENT,
  EcsTelemetry: InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  DataApi: InterfaceVpcEndpointAwsService.RDS_DATA,
} as const;

/**
 * The network of jobs and database. Functions are outside: they reach the database through the Data API, over TLS and
 * IAM, and need no address in here.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** Of job instances: nothing comes in, only TLS goes out. */
  readonly jobs: SecurityGroup;
  readonly jobSubnets: ISubnet[];
  readonly databaseSubnets: ISubnet[];

  constructor(
    scope: Construct,
    id: string,
    props: { readonly network: Settings['network']; readonly key: IKey },
  ) {
    super(scope, id);
    const open = props.network === 'public';
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      // Nothing is ever put into the default group; emptying it would take a function with rights on the network.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        {
          name: 'jobs',
          subnetType: open ? SubnetType.PUBLIC : SubnetType.PRIVATE_ISOLATED,
          cidrMask: 20,
          ...(open ? { mapPublicIpOnLaunch: true } : {}),
        },
        { name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
      ],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });
    const all = this.vpc.selectSubnets({ subnetGroupName: 'jobs' }).subnets;
    this.jobSubnets = props.network === 'isolated-1az' ? all.slice(0, 1) : all;
    this.databaseSubnets = this.vpc.selectSubnets({ subnetGroupName: 'database' }).subnets;

    this.jobs = new SecurityGroup(this, 'Jobs', {
      vpc: this.vpc,
      description: 'Job instances: nothing comes in, TLS goes out',
      allowAllOutbound: false,
    });
    this.jobs.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS services');

    if (!open) {
      const services = new SecurityGroup(this, 'Services', {
        vpc: this.vpc,
        description: 'Endpoints of AWS services, for job instances',
        allowAllOutbound: false,
      });
      services.addIngressRule(this.jobs, Port.tcp(443), 'Job instances');
      for (const [name, service] of Object.entries(endpoints)) {
        this.vpc.addInterfaceEndpoint(name, {
          service,
          subnets: { subnets: this.jobSubnets },
          securityGroups: [services],
          open: false,
        });
      }
    }

    this.vpc.addFlowLog('Refused', {
      // What was let through is nothing but calls to AWS, which CloudTrail names better.
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'RefusedTraffic', {
          retention: RetentionDays.THREE_MONTHS,
          encryptionKey: props.key,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        new Role(this, 'FlowLogRole', { assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com') }),
      ),
    });

    acknowledge(this, {
      'HIPAA.Security-VPCDefaultSecurityGroupClosed':
        'Nothing is put into the default group; emptying it would take a function with rights on the network.',
      'HIPAA.Security-IAMNoInlinePolicy':
        'The flow log role has the one policy that the CDK makes for it, and no other use.',
    });
    if (open) {
      acknowledge(this, {
        'HIPAA.Security-VPCSubnetAutoAssignPublicIpDisabled':
          'Job instances call AWS over the internet in this choice of network; no port is open to the outside. The isolated choices have no such subnet.',
        'HIPAA.Security-VPCNoUnrestrictedRouteToIGW':
          'Job instances call AWS over the internet in this choice of network; no port is open to the outside. The isolated choices have no such route.',
      });
    }
  }
}
