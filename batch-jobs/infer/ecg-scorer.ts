import { recordScores, type ScoredRecording } from '../../shared/catalog/recordings.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { ecgFindings } from '../../shared/ecg/findings.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { type Model, openModel } from '../../shared/learning/model.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { ecgPageOf } from '../../shared/scoring/ecg-page-of.ts';
import { explain } from '../../shared/scoring/explain.ts';
import type { ModelGradient } from '../../shared/scoring/integrated-gradients.ts';
import { openGradient } from '../../shared/scoring/open-gradient.ts';
import { predictionsOf } from '../../shared/scoring/predictions.ts';
import { inputVersion, readRecording } from '../../shared/scoring/read-recording.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { readSignal, tensorKey } from '../../shared/storage/tensors.ts';
import type { Scorer } from './scorer.ts';

/** Scores ECGs with the model of the run. */
export async function openEcgScorer(
  line: ManifestLine,
  objects: Objects,
  engine: Engine,
): Promise<Scorer<ScoredRecording>> {
  const folder = bucketFolder(objects, environment.bucket('models'), line.models[0]!.prefix);
  const artifact = await readArtifact(folder);
  const model = await openModel(artifact, engine);
  const opened = await openGradient(artifact, engine);
  return {
    concurrency: 4,
    group: 50,
    score: (one) => scoreEcg(one, model, opened?.gradient, objects),
    record: recordScores,
    async dispose() {
      await opened?.dispose();
      await model.dispose();
    },
  };
}

async function scoreEcg(
  line: ManifestLine,
  model: Model,
  gradient: ModelGradient | undefined,
  objects: Objects,
): Promise<ScoredRecording> {
  const { card } = model;
  const tensor = { bucket: environment.bucket('work'), key: tensorKey(card.preprocessingHash, line.id) };
  const [bytes, recording] = await Promise.all([
    objects.bytes(tensor).catch(tensorFault),
    readRecording(objects, line.source),
  ]);
  const preprocessed = readSignal(bytes);
  const { values, samples } = preprocessed;
  const probabilities = await model.score({ leads: card.leads.length, samples, data: values });
  const predictions = predictionsOf(card, probabilities);
  const findings = ecgFindings(recording);
  const explanation = gradient && (await explain(card, gradient, preprocessed, predictions));
  const page = ecgPageOf(line.id, recording, predictions, card, findings, explanation);
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
    findings: findings && { ...findings, codeVersion },
    explanation,
  };
}

/** A tensor that is not there is no fault of the recording: the run fails and the next one makes it again. */
function tensorFault(error: unknown): never {
  throw new Error('a preprocessed tensor cannot be read', { cause: error });
}
