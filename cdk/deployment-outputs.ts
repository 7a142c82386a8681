import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { type OutputKind, outputKey } from '../shared/deployment/output-names.ts';

/** Output of a stack that `systole deploy` reads back. */
export function noteOutput(stack: Stack, kind: OutputKind, name: string, value: string): void {
  new CfnOutput(stack, outputKey(kind, name), { value });
}
