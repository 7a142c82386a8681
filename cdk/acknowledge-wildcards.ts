import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** The forms of wildcard that a policy may hold, and why. Any other one stays a finding. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^\*$/, 'These actions (DescribeJobs, GetAuthorizationToken, X-Ray) have no resource level.'],
  [/:job\/\*$/, 'Batch names jobs by random ids.'],
  [/:job-definition\/[a-z0-9-]+:\*$/, 'The revisions of one job definition.'],
  [/\/\*$/, 'Object keys below the prefix that is granted.'],
];

/** Accepts the wildcards among the resources of a policy, each by itself and for the reason of its form. */
export function acknowledgeWildcards(policy: IConstruct, statements: readonly PolicyStatement[]): void {
  for (const resource of new Set(statements.flatMap(({ resources }) => resources))) {
    const name = flat(Stack.of(policy).resolve(resource));
    const reason = reasons.find(([form]) => form.test(name))?.[1];
    if (reason !== undefined) acknowledge(policy, { [`AwsSolutions-IAM5[Resource::${name}]`]: reason });
  }
}

/** A resource as the rule pack writes it in the name of a finding. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  switch (intrinsic) {
    case 'Fn::Join':
      return (argument as [string, unknown[]])[1].map(flat).join((argument as [string, unknown[]])[0]);
    case 'Fn::GetAtt':
      return `<${(argument as string[]).join('.')}>`;
    case 'Fn::ImportValue':
      return flat(argument);
    default:
      return `<${String(argument)}>`;
  }
}
