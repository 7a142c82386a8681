import type { SQSRecord } from 'aws-lambda';
import { Database } from '../../shared/catalog/database.ts';
import { promotedModels } from '../../shared/catalog/models.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import type { RecordingSource } from '../../shared/catalog/objects.ts';
import {
  type RefusedRecording,
  recordScores,
  rejectRecordings,
  type ScoredRecording,
} from '../../shared/catalog/recordings.ts';
import { secondsToScore } from '../../shared/catalog/seconds-to-score.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { openRuntime } from '../../shared/engine/onnx/runtime.ts';
import { SystoleError } from '../../shared/errors.ts';
import { emitMetrics } from '../../shared/metrics.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { ecgPageOf } from '../../shared/scoring/ecg-page-of.ts';
import { EdgeModel } from '../../shared/scoring/edge-model.ts';
import { explain } from '../../shared/scoring/explain.ts';
import { predictionsOf } from '../../shared/scoring/predictions.ts';
import { prepareEcg, UnscorableEcg } from '../../shared/scoring/prepare-ecg.ts';
import { inputVersion, readRecording } from '../../shared/scoring/read-recording.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { log } from '../log.ts';
import { queueHandler } from '../queue-handler.ts';

/** Milliseconds for which the promoted model is taken as known. */
const modelPatience = 30_000;

interface ScoreMessage {
  readonly id: string;
  readonly source: RecordingSource;
}

type Outcome = { readonly scored: ScoredRecording } | { readonly refused: RefusedRecording };

const objects = new Objects();
const database = new Database(environment.database());
// One core at the edge: a second thread would wait for it. Loaded while the first message is on its way.
const runtime = openRuntime('onnxruntime-node', 1);

/**
 * The fast way of a single ECG: reads it, measures it, scores it, explains the score, stores its page and its rows. What somebody else has scored
 * meanwhile is left as it is. A recording that cannot be scored for a reason in the file is rejected with it; only
 * failures outside the file send a message back to the queue.
 */
export const handler = queueHandler(async (records) => {
  const model = await promotedModel();
  const outcomes = await Promise.allSettled(records.map((record) => scoreOne(record, model)));
  const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const refused = done.flatMap((outcome) => ('refused' in outcome ? [outcome.refused] : []));
  const scored = await recordScores(
    database,
    done.flatMap((outcome) => ('scored' in outcome ? [outcome.scored] : [])),
  );
  if (refused.length > 0) {
    await rejectRecordings(database, refused);
    await writeDueNotes(database, objects, environment.bucket('results'));
  }
  emitMetrics({
    RecordingsScored: scored.length,
    RecordingsRejected: refused.length,
    SecondsToScore: await secondsToScore(database, scored),
  });
  log('info', 'scored', {
    messages: records.length,
    scored: scored.length,
    refused: refused.length,
    recordings: done.map((outcome) => ('scored' in outcome ? outcome.scored.id : outcome.refused.id)),
  });
  return outcomes;
});

async function scoreOne(record: SQSRecord, model: EdgeModel): Promise<Outcome> {
  const { id, source } = JSON.parse(record.body) as ScoreMessage;
  try {
    const recording = await readRecording(objects, source);
    const { preprocessed, findings } = prepareEcg(recording, model.card.preprocessing);
    const predictions = predictionsOf(model.card, await model.score(preprocessed));
    const explanation =
      model.gradient && (await explain(model.card, model.gradient, preprocessed, predictions));
    const page = ecgPageOf(id, recording, predictions, model.card, findings, explanation);
    await objects.put(
      { bucket: environment.bucket('results'), key: pageKey(id) },
      page,
      'text/html; charset=utf-8',
    );
    return {
      scored: {
        id,
        runId: null,
        modelName: model.card.name,
        modelVersion: model.card.version,
        preprocessingHash: model.card.preprocessingHash,
        codeVersion,
        inputVersion: inputVersion(source),
        predictions,
        findings: findings && { ...findings, codeVersion },
        explanation,
      },
    };
  } catch (error) {
    if (!(error instanceof SystoleError) || error.reason === 'weights_invalid') throw error;
    const { reason, detail } = error;
    const findings = error instanceof UnscorableEcg ? error.findings : undefined;
    return {
      refused: { id, runId: null, reason, detail, findings: findings && { ...findings, codeVersion } },
    };
  }
}

let loaded: { model: EdgeModel; prefix: string; until: number } | undefined;

/** The model in force, looked up now and then and loaded when another was promoted. */
async function promotedModel(): Promise<EdgeModel> {
  if (loaded !== undefined && loaded.until > Date.now()) return loaded.model;
  const promoted = (await promotedModels(database)).find(({ task }) => task === 'ecg');
  // Not a reason to reject a file: it waits until a model is promoted.
  if (promoted === undefined) throw new Error('no model is promoted for electrocardiograms');
  const { prefix } = promoted;
  const model =
    loaded?.prefix === prefix
      ? loaded.model
      : await EdgeModel.load(bucketFolder(objects, environment.bucket('models'), prefix), await runtime);
  loaded = { model, prefix, until: Date.now() + modelPatience };
  return model;
}
