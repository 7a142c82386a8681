import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordScores } from '../../../shared/catalog/recordings.ts';
import { secondsToScore } from '../../../shared/catalog/seconds-to-score.ts';
import { Catalog, newId, scoresOf } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());

it('measures from the first sight of the upload to the scores, of scored recordings alone', async () => {
  const [scored, waiting] = await catalog.readyEcgs(2, 'a/');
  await catalog.database.query(
    `update catalog.objects set received_at = now() - interval '90 seconds'
     where id in (select object_id from catalog.recordings where id = :id::uuid)`,
    { id: scored! },
  );
  await recordScores(catalog.database, [scoresOf(scored!)]);
  const seconds = await secondsToScore(catalog.database, [scored!, waiting!, newId()]);
  expect(seconds).toHaveLength(1);
  expect(seconds[0]).toBeGreaterThanOrEqual(90);
  expect(seconds[0]).toBeLessThan(150);
  expect(await secondsToScore(catalog.database, [])).toEqual([]);
});
