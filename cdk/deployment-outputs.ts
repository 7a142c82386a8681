import { CfnOutput, type Stack } from 'aws-cdk-lib';

/** Kinds of names that the command line notes of a deployment. */
export type OutputKind = 'bucket' | 'queue' | 'jobQueue' | 'jobDefinition' | 'database';

/** Output of a stack that `systole deploy` reads back with `readOutput`. Keys of outputs are alphanumeric. */
export function noteOutput(stack: Stack, kind: OutputKind, name: string, value: string): void {
  new CfnOutput(stack, `${kind}Named${name[0]!.toUpperCase()}${name.slice(1)}`, { value });
}

/** The kind and name that an output's key stands for; undefined for any other output. */
export function readOutput(key: string): { kind: OutputKind; name: string } | undefined {
  const match = /^(bucket|queue|jobQueue|jobDefinition|database)Named([A-Z])(\w*)$/.exec(key);
  if (match === null) return undefined;
  return { kind: match[1] as OutputKind, name: `${match[2]!.toLowerCase()}${match[3]}` };
}
