import { BatchClient } from '@aws-sdk/client-batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { EventBridgeEvent, SQSEvent } from 'aws-lambda';
import { Database } from '../../shared/catalog/database.ts';
import { promotedModels } from '../../shared/catalog/models.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import { expireHalves, readyBacklog } from '../../shared/catalog/recordings.ts';
import { reopenUnmeasured } from '../../shared/catalog/reopen.ts';
import { edgeBacklogLimit, route } from '../../shared/catalog/route.ts';
import { strandedRuns } from '../../shared/catalog/runs.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { emitMetrics } from '../../shared/metrics.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { closeRun } from '../close-run.ts';
import { log } from '../log.ts';
import { quietErrors } from '../quiet-errors.ts';
import { dispatchRun, recordingsPerRun } from './dispatch-run.ts';
import { endLostJobs } from './end-lost-jobs.ts';
import { submitEvaluations } from './submit-evaluations.ts';
import { submitImport } from './submit-import.ts';
import { submitTraining } from './submit-training.ts';

const database = new Database(environment.database());
const objects = new Objects();
const batch = new BatchClient({ maxAttempts: 8 });
const queue = new SQSClient({});

/**
 * When ingest or track call it, and now and then: sweeps up after whatever was interrupted, claims what is ready, packs
 * it into array jobs, and submits trainings, imports and evaluations. Each step may be repeated.
 */
export const handler = middy<SQSEvent | EventBridgeEvent<string, unknown>, void>()
  .use(quietErrors)
  .handler(async () => {
    const services = { database, objects, batch };
    // First, so that what is given back goes on its way at once.
    const stranded = await strandedRuns(database);
    for (const runId of stranded) await closeRun(database, runId);
    const lost = await endLostJobs(services);
    const reopened = await reopenUnmeasured(database, recordingsPerRun);
    const models = await promotedModels(database);
    const ecgModel = models.find(({ task }) => task === 'ecg');
    const backlog = await readyBacklog(database, 'ecg', edgeBacklogLimit + 1);
    emitMetrics({ RecordingsWaiting: backlog });
    const claimed =
      (await dispatchRun(services, {
        modality: 'ecg',
        all: route('ecg', backlog, ecgModel?.ensemble ?? 1) === 'batch',
        scorable: ecgModel !== undefined,
      })) +
      (await dispatchRun(services, {
        modality: 'echo',
        all: true,
        // Without its view nothing can be said of an instance.
        scorable: models.some(({ task }) => task === 'views'),
      }));
    const trainings = await submitTraining(services);
    const imports = await submitImport(services);
    const expired = await expireHalves(database);
    const notes = await writeDueNotes(database, objects, environment.bucket('results'));
    // Last: it is the one step whose question grows with the data sets, and one that outlasts its time keeps up no other.
    const evaluations = await submitEvaluations(services, queue);
    if (
      claimed + trainings + imports + evaluations + expired + notes + stranded.length + lost + reopened >
      0
    ) {
      log('info', 'dispatched', {
        claimed,
        trainings,
        imports,
        evaluations,
        expired,
        notes,
        stranded: stranded.length,
        lost,
        reopened,
      });
    }
  });
