import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import type { ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  type CfnDBCluster,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { databaseName } from '../shared/deployment/description.ts';
import { acknowledge } from './acknowledge.ts';

export interface DatabaseProps {
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly storageKey: IKey;
  readonly logKey: IKey;
  readonly keepData: boolean;
}

/**
 * Aurora PostgreSQL Serverless v2 that is reached through the RDS Data API alone: no security group lets anything
 * connect to its port. It pauses when nothing has asked it for five minutes and resumes in about 15 s; callers wait
 * (shared/catalog/database.ts).
 */
export class Database extends Construct {
  readonly clusterArn: string;
  readonly clusterIdentifier: string;
  /** Made and rotated by RDS. */
  readonly secretArn: string;

  constructor(scope: Construct, id: string, { vpc, subnets, storageKey, logKey, keepData }: DatabaseProps) {
    super(scope, id);
    const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_11 });
    const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      credentials: Credentials.fromUsername('systole'),
      manageMasterUserPassword: true,
      defaultDatabaseName: databaseName,
      writer: ClusterInstance.serverlessV2('Writer', { autoMinorVersionUpgrade: true }),
      serverlessV2MinCapacity: 0,
      serverlessV2MaxCapacity: 8,
      serverlessV2AutoPauseDuration: Duration.minutes(5),
      enableDataApi: true,
      iamAuthentication: true,
      vpc,
      vpcSubnets: { subnets },
      securityGroups: [
        new SecurityGroup(this, 'Nobody', {
          vpc,
          description: 'The database: reached through the Data API, nothing connects to it',
          allowAllOutbound: false,
        }),
      ],
      storageEncrypted: true,
      storageEncryptionKey: storageKey,
      backup: { retention: Duration.days(keepData ? 35 : 1), preferredWindow: '02:00-02:30' },
      preferredMaintenanceWindow: 'sun:03:00-sun:03:30',
      copyTagsToSnapshot: true,
      deletionProtection: keepData,
      removalPolicy,
      cloudwatchLogsExports: ['postgresql'],
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        description: 'No statement and no value ever reaches the log: they may name patients',
        parameters: {
          log_statement: 'none',
          log_min_error_statement: 'panic',
          log_parameter_max_length: '0',
          log_parameter_max_length_on_error: '0',
          log_min_duration_statement: '-1',
        },
      }),
    });
    const resource = cluster.node.defaultChild as CfnDBCluster;
    resource.masterUserSecret = { kmsKeyId: storageKey.keyArn };
    this.clusterArn = cluster.clusterArn;
    this.clusterIdentifier = cluster.clusterIdentifier;
    this.secretArn = resource.attrMasterUserSecretSecretArn;

    // Made here, so that RDS does not make one that is not encrypted and never expires.
    new LogGroup(this, 'Log', {
      logGroupName: `/aws/rds/cluster/${cluster.clusterIdentifier}/postgresql`,
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    if (keepData) {
      const vault = new BackupVault(this, 'Vault', { encryptionKey: storageKey, removalPolicy });
      const plan = new BackupPlan(this, 'Plan', {
        backupVault: vault,
        backupPlanRules: [
          new BackupPlanRule({
            ruleName: 'monthly',
            scheduleExpression: Schedule.cron({ day: '1', hour: '4', minute: '0' }),
            deleteAfter: Duration.days(365),
          }),
        ],
      });
      plan.addSelection('Cluster', {
        resources: [BackupResource.fromArn(cluster.clusterArn)],
        allowRestores: false,
      });
      acknowledge(plan, {
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]':
          'The policy that AWS keeps for exactly this service.',
      });
    }
    if (!keepData) {
      const reason = 'A stage whose data is not kept is made to be deleted.';
      acknowledge(this, {
        'AwsSolutions-RDS10': reason,
        'HIPAA.Security-RDSInstanceDeletionProtectionEnabled': reason,
      });
    }
    acknowledge(this, {
      'AwsSolutions-RDS11': 'Nothing can connect to the port, so another number would hide nothing.',
      'HIPAA.Security-RDSEnhancedMonitoringEnabled':
        'One writer that pauses when idle: capacity, load and latency are watched by its own metrics; nobody acts on processes of its host.',
      'HIPAA.Security-RDSInBackupPlan': keepData
        ? 'The plan holds the cluster, which is what Aurora backs up; the rule looks for the instance.'
        : 'A stage whose data is not kept has the backups of its last day and no more.',
      'AwsSolutions-SMG4': 'RDS makes and rotates the password itself.',
    });
  }
}
