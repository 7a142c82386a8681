import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { root } from '../../shared/deployment/bundle.ts';
import { type OutputKind, readOutput } from '../../shared/deployment/output-names.ts';
import { UsageError } from '../usage-error.ts';

const names = z.record(z.string(), z.string());

/** What `systole deploy` notes of a deployment: the real names of its resources, by their names in the description. */
export const deploymentSchema = z.strictObject({
  region: z.string(),
  /** As they were given, for the next deploy and for destroy. */
  settings: names,
  buckets: names,
  queues: names,
  jobQueues: names,
  jobDefinitions: names,
  clusterArn: z.string(),
  secretArn: z.string(),
});

export type DeploymentNote = z.infer<typeof deploymentSchema>;

/** The note of one stage. */
export const deploymentFile = (stage: string): string =>
  join(root, '.systole', 'deployments', `${stage}.json`);

/** @throws UsageError when the stage was not deployed from this checkout */
export async function readDeployment(stage: string): Promise<DeploymentNote> {
  const file = deploymentFile(stage);
  if (!existsSync(file))
    throw new UsageError(`stage '${stage}' was not deployed from here: npx systole deploy --stage ${stage}`);
  return deploymentSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

export async function writeDeployment(stage: string, note: DeploymentNote): Promise<void> {
  const file = deploymentFile(stage);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(note, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/**
 * The note of what was deployed.
 * @param outputs of the stacks, as `cdk deploy --outputs-file` writes them: by stack, then by key
 */
export function noteOf(
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
  given: { readonly region: string; readonly settings: Readonly<Record<string, string>> },
): DeploymentNote {
  const found: Record<OutputKind, Record<string, string>> = {
    bucket: {},
    queue: {},
    jobQueue: {},
    jobDefinition: {},
    database: {},
  };
  for (const [key, value] of Object.values(outputs).flatMap((stack) => Object.entries(stack))) {
    const read = readOutput(key);
    if (read !== undefined) found[read.kind][read.name] = value;
  }
  return deploymentSchema.parse({
    ...given,
    buckets: found.bucket,
    queues: found.queue,
    jobQueues: found.jobQueue,
    jobDefinitions: found.jobDefinition,
    clusterArn: found.database.cluster,
    secretArn: found.database.secret,
  });
}
