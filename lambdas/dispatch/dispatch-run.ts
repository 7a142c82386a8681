import { randomUUID } from 'node:crypto';
import { type BatchClient, SubmitJobCommand, type SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { Database } from '../../shared/catalog/database.ts';
import { promotedModels, type RegisteredModel } from '../../shared/catalog/models.ts';
import { pack } from '../../shared/catalog/pack.ts';
import {
  type ClaimedRecording,
  claimedRecordings,
  claimRecordings,
} from '../../shared/catalog/recordings.ts';
import { markSubmitted } from '../../shared/catalog/runs.ts';
import { type ProgramName, programs } from '../../shared/deployment/description.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { jobName } from '../../shared/deployment/job-name.ts';
import { type ManifestLine, manifestKey, writeManifest } from '../../shared/storage/manifest.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { endIfOver } from '../end-job.ts';

/** Recordings of one run: a manifest of some megabytes, read by each child. */
export const recordingsPerRun = 20_000;

export interface Services {
  readonly database: Database;
  readonly objects: Objects;
  readonly batch: BatchClient;
}

/**
 * Claims what is ready of one modality and submits preprocessing and, where it can be scored, inference by the models in
 * force that follows it child by child (N_TO_N).
 * @returns how many recordings were claimed
 */
export async function dispatchRun(
  { database, objects, batch }: Services,
  claim: {
    readonly modality: 'ecg' | 'echo';
    readonly all: boolean;
    /** The models that it takes are there. */
    readonly scorable: boolean;
  },
): Promise<number> {
  const runId = randomUUID();
  const claimed = await claimRecordings(database, {
    runId,
    ...claim,
    limit: recordingsPerRun,
  });
  if (claimed === 0) return 0;
  // After the claim: what somebody made ready for a model that was put in force just before is scored by that one.
  const models = claim.scorable ? await modelsInForce(database, claim.modality) : [];

  const recordings: ClaimedRecording[] = [];
  for await (const page of claimedRecordings(database, runId)) recordings.push(...page);
  const { children, child } = pack(recordings.map(({ modality }) => modality));
  const lines = recordings.map(
    (recording, index): ManifestLine => ({
      runId,
      child: child[index]!,
      ...recording,
      models,
    }),
  );
  const manifest = { bucket: environment.bucket('work'), key: manifestKey(runId) };
  await writeManifest(objects, manifest, lines);

  const preprocess = await submit(batch, 'preprocess', runId, manifest, children);
  const infer =
    models.length > 0
      ? await submit(batch, 'infer', runId, manifest, children, [
          children > 1 ? { jobId: preprocess, type: 'N_TO_N' } : { jobId: preprocess },
        ])
      : null;
  await markSubmitted(database, runId, { preprocess, infer });
  await endIfOver(database, { kind: 'run', id: runId, job: infer ?? preprocess });
  return claimed;
}

async function modelsInForce(database: Database, modality: 'ecg' | 'echo'): Promise<RegisteredModel[]> {
  const models = await promotedModels(database);
  return models.filter(({ task }) => (task === 'ecg') === (modality === 'ecg'));
}

/** Submits one program over a manifest. An array of one child is not allowed: it is a plain job. @returns its id */
export async function submit(
  batch: BatchClient,
  program: ProgramName,
  runId: string,
  manifest: { readonly bucket: string; readonly key: string },
  children: number,
  dependsOn: SubmitJobCommandInput['dependsOn'] = [],
): Promise<string> {
  const { jobId } = await batch.send(
    new SubmitJobCommand({
      jobName: jobName(program, runId),
      jobQueue: environment.jobQueue(programs[program].jobQueue),
      jobDefinition: environment.jobDefinition(program),
      // Programs of one queue share its instances fairly.
      shareIdentifier: program,
      ...(children > 1 ? { arrayProperties: { size: children } } : {}),
      dependsOn,
      containerOverrides: {
        environment: [{ name: 'SYSTOLE_MANIFEST', value: `s3://${manifest.bucket}/${manifest.key}` }],
      },
      tags: { 'systole:run': runId, 'systole:program': program },
      propagateTags: true,
    }),
  );
  return jobId!;
}
