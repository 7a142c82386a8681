import { Database } from '../../shared/catalog/database.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import { heldRecordings, type RefusedRecording, rejectRecordings } from '../../shared/catalog/recordings.ts';
import { secondsToScore } from '../../shared/catalog/seconds-to-score.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { SystoleError } from '../../shared/errors.ts';
import { emitMetrics } from '../../shared/metrics.ts';
import { updateStudies } from '../../shared/scoring/update-studies.ts';
import { eachLimited } from '../../shared/storage/each-limited.ts';
import { type ManifestLine, readManifest } from '../../shared/storage/manifest.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { type JobContext, report, reportFailure, runProgram } from '../job.ts';
import { openEcgScorer } from './ecg-scorer.ts';
import { openEchoScorer } from './echo-scorer.ts';
import { inferFiles } from './infer-files.ts';
import type { Scorer } from './scorer.ts';

/**
 * The inference program: scores what preprocessing left for this child's slice, with the models that were in force when
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
  const { modality } = all[0]!;
  if (lines.length > 0) {
    const engine = await openEngine();
    report('engine', { engine: engine.name, threads: engine.threads });
    if (modality === 'ecg')
      await scoreLines(lines, await openEcgScorer(all[0]!, objects, engine), { database, objects, signal });
    else
      await scoreLines(lines, await openEchoScorer(all[0]!, objects, engine), { database, objects, signal });
  }
  // Those of a run that was interrupted before this line are not held any more.
  if (modality === 'echo') {
    const ids = all.map(({ id }) => id);
    report('studies', { written: await updateStudies(database, ids, codeVersion) });
  }
}

async function scoreLines<Scored>(
  lines: readonly ManifestLine[],
  scorer: Scorer<Scored>,
  { database, objects, signal }: { database: Database; objects: Objects; signal: AbortSignal },
): Promise<void> {
  const { group, concurrency } = scorer;
  for (let start = 0; start < lines.length && !signal.aborted; start += group) {
    const scored: Scored[] = [];
    const refused: RefusedRecording[] = [];
    const failed: unknown[] = [];
    await eachLimited(lines.slice(start, start + group), concurrency, async (line) => {
      if (signal.aborted) return;
      try {
        scored.push(await scorer.score(line));
      } catch (error) {
        if (error instanceof SystoleError && error.reason !== 'weights_invalid')
          refused.push({ id: line.id, runId: line.runId, reason: error.reason, detail: error.detail });
        else failed.push(error);
      }
    });
    if (failed.length > 0 && scored.length + refused.length === 0) throw failed[0];
    for (const error of failed) reportFailure(error);
    const stored = await scorer.record(database, scored);
    const rejected = await rejectRecordings(database, refused);
    if (rejected.length > 0) await writeDueNotes(database, objects, environment.bucket('results'));
    emitMetrics({
      RecordingsScored: stored.length,
      RecordingsRejected: rejected.length,
      SecondsToScore: await secondsToScore(database, stored),
    });
    report('scored', {
      done: Math.min(start + group, lines.length),
      of: lines.length,
      stored: stored.length,
      run: lines[0]!.runId,
      recordings: [...stored, ...refused.map(({ id }) => id)],
    });
  }
  await scorer.dispose();
}

await runProgram({
  name: 'infer',
  job: inferSlice,
  alone: inferFiles,
  usage: 'infer FILE.safetensors|FOLDER... --model FOLDER [--threads N]',
});
