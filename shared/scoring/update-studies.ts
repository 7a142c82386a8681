import type { Database } from '../catalog/database.ts';
import { recordStudy, staleStudies, studyCines } from '../catalog/echo-results.ts';
import { measureStudy } from '../echo/measurement/measure-study.ts';
import type { Unmeasurable } from '../echo/measurement/unmeasurable.ts';

/** Instances of one study may be scored side by side; who finds that another was stored meanwhile looks again. */
const looks = 5;

/**
 * Brings the rows of these recordings' studies up to date with all instances that are measured so far. May be called again
 * at any time: what is up to date is left alone.
 * @returns how many rows were written
 */
export async function updateStudies(
  database: Database,
  recordingIds: readonly string[],
  codeVersion: string,
): Promise<number> {
  let written = 0;
  for (let look = 0; look < looks; look++) {
    const stale = await staleStudies(database, recordingIds);
    if (stale.length === 0) break;
    for (const study of stale) {
      const made = await studyCines(database, study);
      const { cines, reasons } = made;
      const measured = measureStudy(cines);
      const row = cines.length > 0 ? measured : { ...measured, unmeasurable: reasons as Unmeasurable[] };
      if (await recordStudy(database, study, made, row, codeVersion)) written += 1;
    }
  }
  return written;
}
