/** Kinds of names that the command line notes of a deployment. */
export type OutputKind = 'bucket' | 'queue' | 'jobQueue' | 'jobDefinition' | 'database';

/** Key of a stack's output: keys are alphanumeric. */
export const outputKey = (kind: OutputKind, name: string): string =>
  `${kind}Named${name[0]!.toUpperCase()}${name.slice(1)}`;

/** The kind and name that an output's key stands for; undefined for any other output. */
export function readOutput(key: string): { kind: OutputKind; name: string } | undefined {
  const match = /^(bucket|queue|jobQueue|jobDefinition|database)Named([A-Z])(\w*)$/.exec(key);
  if (match === null) return undefined;
  return { kind: match[1] as OutputKind, name: `${match[2]!.toLowerCase()}${match[3]}` };
}
