import { CustomResource, Duration, FileSystem, RemovalPolicy } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { functions } from '../shared/deployment/description.ts';
import { acknowledge } from './acknowledge.ts';
import type { EdgeFunction } from './edge-function.ts';

/**
 * Runs the migrate function at every deployment of new code. A failed migration has rolled itself back and fails the
 * deployment, which CloudFormation then rolls back in turn.
 */
export class Migration extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      migrate,
      logKey,
      folder,
    }: { readonly migrate: EdgeFunction; readonly logKey: IKey; readonly folder: string },
  ) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: logKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const policy = new ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: ['lambda:InvokeFunction', 'lambda:GetFunction'],
          resources: [migrate.function.functionArn],
        }),
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: migrate.function,
      frameworkOnEventRole: role.withoutPolicyUpdates(),
      logGroup,
    });
    const schema = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::Schema',
      serviceToken: provider.serviceToken,
      serviceTimeout: Duration.seconds(functions.migrate.timeout + 60),
      properties: { code: FileSystem.fingerprint(folder) },
    });
    schema.node.addDependency(policy, migrate);
    acknowledge(provider, {
      'AwsSolutions-L1': "The CDK's own function, on the runtime that this version of it is tested with.",
      'HIPAA.Security-LambdaConcurrency': 'CloudFormation calls it, once a deployment.',
      'HIPAA.Security-LambdaDLQ': 'CloudFormation waits for its answer and fails the deployment without it.',
      'HIPAA.Security-LambdaInsideVPC': 'It calls the migrate function and nothing else.',
    });
  }
}
