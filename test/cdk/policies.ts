import type { Template } from 'aws-cdk-lib/assertions';
import type { Principal } from '../../shared/deployment/description.ts';

export interface Statement {
  readonly actions: readonly string[];
  /** Intrinsic functions written out: imports by their export's name, references as <Name.Attribute>. */
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, unknown>>;
}

interface PolicyProperties {
  readonly Description?: string;
  readonly PolicyDocument: {
    readonly Statement: readonly {
      readonly Effect: string;
      readonly Action: string | readonly string[];
      readonly Resource: unknown;
      readonly Condition?: Record<string, unknown>;
    }[];
  };
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** Everything that a principal of the description may do, as the template says it. */
export function statementsOf(template: Template, principal: Principal): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as {
    Properties: PolicyProperties;
  }[];
  const own = policies.filter(
    ({ Properties }) => Properties.Description === `Systole: what ${principal} may do`,
  );
  if (own.length !== 1) throw new Error(`${own.length} policies of ${principal}`);
  return own[0]!.Properties.PolicyDocument.Statement.map(({ Action, Resource, Condition }) => ({
    actions: list(Action),
    resources: list(Resource).map(written),
    conditions: Condition ?? {},
  }));
}

/** Whether an action is allowed on a resource whose ARN contains `part` and, for objects, on that key. */
export const allows = (
  statements: readonly Statement[],
  action: string,
  part: RegExp,
  key?: string,
): boolean =>
  statements.some(
    ({ actions, resources }) =>
      actions.includes(action) &&
      resources.some((resource) => {
        if (!part.test(resource)) return false;
        if (key === undefined) return true;
        const prefix = /\/(.*)\*$/.exec(resource)?.[1];
        return prefix !== undefined && key.startsWith(prefix);
      }),
  );

function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  switch (name) {
    case 'Fn::Join':
      return (argument as [string, unknown[]])[1].map(written).join((argument as [string, unknown[]])[0]);
    case 'Fn::GetAtt':
      return `<${(argument as string[]).join('.')}>`;
    case 'Fn::ImportValue':
      return written(argument);
    default:
      return `<${String(argument)}>`;
  }
}
