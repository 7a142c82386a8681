import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Database } from '../../shared/catalog/database.ts';
import {
  requestEchoEvaluationsOf,
  requestEvaluation,
  requestEvaluationsOf,
} from '../../shared/catalog/evaluations.ts';
import { storeLabels } from '../../shared/catalog/labels.ts';
import { promotedModels } from '../../shared/catalog/models.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import { type Finding, type Indexed, indexObjects } from '../../shared/catalog/objects.ts';
import { readyBacklog } from '../../shared/catalog/recordings.ts';
import { edgeBacklogLimit, route } from '../../shared/catalog/route.ts';
import { hasOpenRun } from '../../shared/catalog/runs.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { emitMetrics } from '../../shared/metrics.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { log } from '../log.ts';
import { queueHandler } from '../queue-handler.ts';
import { uploadedObjects } from './events.ts';
import { examine } from './examine.ts';

/** Ready recordings of the Batch lane at which the dispatcher is called at once. */
const enoughForBatch = 50;

/** Seconds for which fewer of them wait for others. A schedule instead would never let the database pause. */
const waitForOthers = 60;

/**
 * Seconds for which the first one waits, when no run is on its way: for the rest of its study. What comes while a run is
 * on its way goes with the next one, when that ends or `waitForOthers` has passed.
 */
const waitForStudy = 2;

/** Entries of one SendMessageBatch call. */
const batchEntries = 10;

const objects = new Objects();
const queue = new SQSClient({});
const database = new Database(environment.database());

/**
 * Looks at each uploaded object, indexes all of them in one statement, and passes on what became ready. Everything
 * after the indexing may be lost to a crash and is then repeated: by the redelivered message, or by the dispatcher's
 * sweep. A file that cannot be read is rejected with a reason; only what lies outside the files (S3, the database)
 * makes a message fail.
 */
export const handler = queueHandler(async (records) => {
  const examined = await Promise.allSettled(
    // A message that is no event fails alone.
    records.map(async (record) =>
      Promise.all(uploadedObjects(record).map((object) => examine(object, objects))),
    ),
  );
  const findings = examined.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  if (findings.length === 0) return examined;
  await pass(await indexObjects(database, findings), findings);
  return examined;
});

async function pass(indexed: readonly Indexed[], findings: readonly Finding[]): Promise<void> {
  const ready = new Map<string, Indexed>();
  let refused = 0;
  for (const row of indexed) {
    if (row.recording_id !== null && row.recording_state === 'ready') ready.set(row.recording_id, row);
    if (row.state === 'rejected' || row.recording_state === 'rejected') refused += 1;
  }
  if (refused > 0) await writeDueNotes(database, objects, environment.bucket('results'));

  const ecgs = [...ready.values()].filter(({ modality }) => modality === 'ecg');
  const others = ready.size - ecgs.length;
  /** Seconds after which the dispatcher is called. */
  let wake = findings.some(({ experiment, kind }) => experiment !== undefined || kind === 'xcelera')
    ? 0
    : undefined;
  // An evaluation looks again at what is on its way then.
  if (await takeLabels(indexed, findings)) wake ??= waitForOthers;
  if (ecgs.length > 0) {
    // Before they are sent to be scored: what is asked for after a crash in between would be asked of scored ones.
    if (await requestEvaluationsOf(database, [...ready.keys()])) wake ??= waitForOthers;
    const backlog = await readyBacklog(database, 'ecg', edgeBacklogLimit + 1);
    if (route('ecg', backlog, await ensembleSize()) === 'edge') await sendToEdge(ecgs);
    else wake = 0;
  }
  if (others > 0) {
    await requestEchoEvaluationsOf(database, [...ready.keys()]);
    wake ??= await secondsToWait(others);
  }
  if (wake !== undefined) {
    const message = { QueueUrl: environment.queueUrl('wake'), MessageBody: '{}', DelaySeconds: wake };
    await queue.send(new SendMessageCommand(message));
  }
  emitMetrics({ FilesIn: findings.length, FilesRejected: refused });
  const ids = indexed.flatMap(({ recording_id }) => recording_id ?? []);
  const recordings = [...new Set(ids)];
  log('info', 'indexed', { files: findings.length, ready: ready.size, refused, recordings });
}

/** Seconds until the dispatcher is called for what has just become ready for Batch. */
async function secondsToWait(ready: number): Promise<number> {
  const backlog = await readyBacklog(database, 'echo', enoughForBatch);
  if (backlog >= enoughForBatch) return 0;
  // Where others wait the dispatcher is called for them already, and takes these along.
  return backlog > ready || (await hasOpenRun(database, 'echo')) ? waitForOthers : waitForStudy;
}

/** Stores the rows of label tables and asks for their evaluation. @returns whether there were any */
async function takeLabels(indexed: readonly Indexed[], findings: readonly Finding[]): Promise<boolean> {
  let taken = false;
  for (const { bucket, key, versionId, labels } of findings) {
    const row = indexed.find((one) => one.key === key && one.version_id === versionId);
    if (labels === undefined || row?.state !== 'indexed') continue;
    await storeLabels(database, { bucket, key, versionId }, labels);
    await requestEvaluation(database, 'ecg', 'ecg', key);
    taken = true;
  }
  return taken;
}

async function sendToEdge(ecgs: readonly Indexed[]): Promise<void> {
  for (let start = 0; start < ecgs.length; start += batchEntries) {
    const entries = ecgs.slice(start, start + batchEntries).map(({ recording_id, source }, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify({ id: recording_id, source }),
    }));
    const { Failed } = await queue.send(
      new SendMessageBatchCommand({ QueueUrl: environment.queueUrl('score'), Entries: entries }),
    );
    // The whole batch is delivered again: indexing answers the same, and what is ready is sent once more.
    if (Failed !== undefined && Failed.length > 0)
      throw new Error(`the edge's queue refused ${Failed.length} messages`);
  }
}

let ensemble: { size: number; until: number } | undefined;

/** Nets in the promoted ECG model; asked for once a minute. */
async function ensembleSize(): Promise<number> {
  if (ensemble === undefined || ensemble.until < Date.now()) {
    const model = (await promotedModels(database)).find(({ task }) => task === 'ecg');
    ensemble = { size: model?.ensemble ?? 1, until: Date.now() + 60_000 };
  }
  return ensemble.size;
}
