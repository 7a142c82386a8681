import { Database } from '../../shared/catalog/database.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import {
  heldRecordings,
  type RefusedRecording,
  recordPrepared,
  rejectRecordings,
} from '../../shared/catalog/recordings.ts';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { SystoleError } from '../../shared/errors.ts';
import { UnscorableEcg } from '../../shared/scoring/prepare-ecg.ts';
import { eachLimited } from '../../shared/storage/each-limited.ts';
import { readManifest } from '../../shared/storage/manifest.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { type JobContext, report, reportFailure, runProgram } from '../job.ts';
import { preprocessEcg } from './preprocess-ecg.ts';
import { preprocessEcho } from './preprocess-echo.ts';
import { preprocessFiles } from './preprocess-files.ts';

/** Recordings under way at once: while one is computed, the next are read. */
const concurrency = 4;

/** Recordings whose rows are written in one statement. */
const group = 100;

/**
 * The preprocessing program: each recording of this child's slice becomes a tensor in the work bucket, named by the
 * configuration that made it, so that a second run of the same slice finds the work done. A recording that cannot be
 * preprocessed is rejected with its reason and costs no other one anything; where none of a group can be, the fault is
 * outside and the job fails.
 */
async function preprocessSlice({ manifest, child, signal }: JobContext): Promise<void> {
  const objects = new Objects();
  const database = new Database(environment.database());
  const all = await readManifest(objects, manifest, child);
  if (all.length === 0) return;
  // What a run before this one has finished, or somebody else has taken over, is left alone.
  const held = await heldRecordings(database, all[0]!.runId);
  const lines = all.filter(({ id }) => held.has(id));
  for (let start = 0; start < lines.length && !signal.aborted; start += group) {
    const prepared: { id: string; hash: string; again: boolean }[] = [];
    const refused: RefusedRecording[] = [];
    const failed: unknown[] = [];
    const slice = lines.slice(start, start + group);
    await eachLimited(slice, concurrency, async (line) => {
      if (signal.aborted) return;
      try {
        const hash = await (line.modality === 'ecg' ? preprocessEcg : preprocessEcho)(
          line,
          held.get(line.id)!,
          objects,
        );
        prepared.push({ id: line.id, hash, again: line.models.length === 0 });
      } catch (error) {
        if (!(error instanceof SystoleError)) failed.push(error);
        else {
          const { reason, detail } = error;
          const findings = error instanceof UnscorableEcg ? error.findings : undefined;
          refused.push({
            id: line.id,
            runId: line.runId,
            reason,
            detail,
            findings: findings && { ...findings, codeVersion },
          });
        }
      }
    });
    if (failed.length > 0 && prepared.length + refused.length === 0) throw failed[0];
    for (const error of failed) reportFailure(error);
    await recordPrepared(database, slice[0]!.runId, prepared);
    await rejectRecordings(database, refused);
    if (refused.length > 0) await writeDueNotes(database, objects, environment.bucket('results'));
    report('preprocessed', {
      done: Math.min(start + group, lines.length),
      of: lines.length,
      refused: refused.length,
      run: slice[0]!.runId,
      recordings: [...prepared, ...refused].map(({ id }) => id),
    });
  }
}

await runProgram({
  name: 'preprocess',
  job: preprocessSlice,
  alone: preprocessFiles,
  usage:
    'preprocess HEADER.hea|FILE.xml|FILE.dcm... --output FOLDER [--configuration FILE.json] [--model FOLDER...]',
});
