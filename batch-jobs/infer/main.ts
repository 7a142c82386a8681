import { Database } from '../../shared/catalog/database.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import {
  heldRecordings,
  type RefusedRecording,
  recordScores,
  rejectRecordings,
  type ScoredRecording,
} from '../../shared/catalog/recordings.ts';
import { secondsToScore } from '../../shared/catalog/seconds-to-score.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { SystoleError } from '../../shared/errors.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { type Model, openModel } from '../../shared/learning/model.ts';
import { emitMetrics } from '../../shared/metrics.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { ecgPageOf } from '../../shared/scoring/ecg-page-of.ts';
import { predictionsOf } from '../../shared/scoring/predictions.ts';
import { inputVersion, readRecording } from '../../shared/scoring/read-recording.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import { eachLimited } from '../../shared/storage/each-limited.ts';
import { type ManifestLine, readManifest } from '../../shared/storage/manifest.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { readSignal, tensorKey } from '../../shared/storage/tensors.ts';
import { type JobContext, report, reportFailure, runProgram } from '../job.ts';
import { inferFiles } from './infer-files.ts';

const concurrency = 4;

/** Recordings whose rows are written in one statement. */
const group = 50;

/**
 * The inference program: scores what preprocessing left for this child's slice, with the model that was in force when
 * the run was dispatched. Rows are written under the run's claim, so that a second run of the same slice, or a late one,
 * scores nothing twice. Where none of a group can be scored, the fault is outside and the job fails.
 */
async function inferSlice({ manifest, child, signal }: JobContext): Promise<void> {
  const objects = new Objects();
  const database = new Database(environment.database());
  const all = (await readManifest(objects, manifest, child)).filter(({ models }) => models.length > 0);
  if (all.length === 0) return;
  // Rejected by preprocessing, scored by a run before this one, or taken over by somebody else: not ours any more.
  const held = await heldRecordings(database, all[0]!.runId);
  const lines = all.filter(({ id }) => (held.get(id) ?? null) !== null);
  if (lines.length === 0) return;
  const engine = await openEngine();
  report('engine', { engine: engine.name, threads: engine.threads });
  const folder = bucketFolder(objects, environment.bucket('models'), all[0]!.models[0]!.prefix);
  const model = await openModel(await readArtifact(folder), engine);
  for (let start = 0; start < lines.length && !signal.aborted; start += group) {
    const scored: ScoredRecording[] = [];
    const refused: RefusedRecording[] = [];
    const failed: unknown[] = [];
    await eachLimited(lines.slice(start, start + group), concurrency, async (line) => {
      if (signal.aborted) return;
      try {
        scored.push(await inferOne(line, model, objects));
      } catch (error) {
        if (error instanceof SystoleError && error.reason !== 'weights_invalid')
          refused.push({ id: line.id, runId: line.runId, reason: error.reason, detail: error.detail });
        else failed.push(error);
      }
    });
    if (failed.length > 0 && scored.length + refused.length === 0) throw failed[0];
    for (const error of failed) reportFailure(error);
    const stored = await recordScores(database, scored);
    await rejectRecordings(database, refused);
    if (refused.length > 0) await writeDueNotes(database, objects, environment.bucket('results'));
    emitMetrics({
      RecordingsScored: stored.length,
      RecordingsRejected: refused.length,
      SecondsToScore: await secondsToScore(database, stored),
    });
    report('scored', {
      done: Math.min(start + group, lines.length),
      of: lines.length,
      stored: stored.length,
    });
  }
  await model.dispose();
}

/** A tensor that is not there is no fault of the recording: the run fails and the next one makes it again. */
function tensorFault(error: unknown): never {
  throw new Error('a preprocessed tensor cannot be read', { cause: error });
}

async function inferOne(line: ManifestLine, model: Model, objects: Objects): Promise<ScoredRecording> {
  const { card } = model;
  const tensor = { bucket: environment.bucket('work'), key: tensorKey(card.preprocessingHash, line.id) };
  const [bytes, recording] = await Promise.all([
    objects.bytes(tensor).catch(tensorFault),
    readRecording(objects, line.source),
  ]);
  const { values, samples } = readSignal(bytes);
  const probabilities = await model.score({ leads: card.leads.length, samples, data: values });
  const predictions = predictionsOf(card, probabilities);
  const page = ecgPageOf(line.id, recording, predictions, card);
  const name = { bucket: environment.bucket('results'), key: pageKey(line.id) };
  await objects.put(name, page, 'text/html; charset=utf-8');
  return {
    id: line.id,
    runId: line.runId,
    modelName: card.name,
    modelVersion: card.version,
    preprocessingHash: card.preprocessingHash,
    codeVersion,
    inputVersion: inputVersion(line.source),
    predictions,
  };
}

await runProgram({
  name: 'infer',
  job: inferSlice,
  alone: inferFiles,
  usage: 'infer FILE.safetensors... --model FOLDER [--threads N]',
});
