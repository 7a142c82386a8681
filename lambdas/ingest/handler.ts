import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Database } from '../../shared/catalog/database.ts';
import {
  dependsOnRuns,
  dispatchDelay,
  enoughForBatch,
  waitForOthers,
} from '../../shared/catalog/dispatch-delay.ts';
import {
  requestEchoEvaluationsOf,
  requestEvaluation,
  requestEvaluationsOf,
} from '../../shared/catalog/evaluations.ts';
import { storeLabels } from '../../shared/catalog/labels.ts';
import { promotedModels } from '../../shared/catalog/models.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import { type Finding, type Indexed, indexObjects } from '../../shared/catalog/objects.ts';
import { edgeBacklogLimit, route } from '../../shared/catalog/route.ts';
import { hasOpenRun } from '../../shared/catalog/runs.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { emitMetrics } from '../../shared/metrics.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { log } from '../log.ts';
import { queueHandler } from '../queue-handler.ts';
import { uploadedObjects } from './events.ts';
import { examine } from './examine.ts';

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
  /** Seconds after which somebody wants the dispatcher to be called. */
  const delays: number[] = [];
  if (findings.some(({ experiment, kind }) => experiment !== undefined || kind === 'xcelera')) delays.push(0);
  // An evaluation looks again at what is on its way then.
  if (await takeLabels(indexed, findings)) delays.push(waitForOthers);
  if (ecgs.length > 0) {
    // Before they are sent to be scored: what is asked for after a crash in between would be asked of scored ones.
    const known = await requestEvaluationsOf(database, [...ready.keys()], edgeBacklogLimit + 1);
    if (known.asked) delays.push(waitForOthers);
    if (route('ecg', known.ready, await ensembleSize()) === 'edge') await sendToEdge(ecgs);
    else delays.push(0);
  }
  if (others > 0) {
    const waiting = await requestEchoEvaluationsOf(database, [...ready.keys()], enoughForBatch);
    const running = dependsOnRuns(waiting, others) && (await hasOpenRun(database, 'echo'));
    delays.push(dispatchDelay(waiting, others, running));
  }
  if (delays.length > 0) await callDispatcher(Math.min(...delays));
  emitMetrics({ FilesIn: findings.length, FilesRejected: refused });
  const ids = indexed.flatMap(({ recording_id }) => recording_id ?? []);
  const recordings = [...new Set(ids)];
  log('info', 'indexed', { files: findings.length, ready: ready.size, refused, recordings });
}

/** When this process's last message reaches the dispatcher at the earliest, in milliseconds of the clock. */
let calledFor = 0;

/**
 * Has the dispatcher called in so many seconds, once for all that this process has passed on until then: by the time a
 * message comes that is on its way, this one's rows are in the database as well.
 */
async function callDispatcher(DelaySeconds: number): Promise<void> {
  const now = Date.now();
  const wanted = now + 1000 * DelaySeconds;
  if (calledFor > now && calledFor <= wanted) return;
  const message = { QueueUrl: environment.queueUrl('wake'), MessageBody: '{}', DelaySeconds };
  await queue.send(new SendMessageCommand(message));
  calledFor = wanted;
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
