import { afterAll, beforeAll, expect, it } from 'vitest';
import { findingsOf } from '../../shared/catalog/ecg-findings.ts';
import { edgePatience } from '../../shared/catalog/recordings.ts';
import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { generateEcg } from '../../shared/ecg/generator.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { TestCloud } from './embedded.ts';

let cloud: TestCloud;

beforeAll(async () => {
  // Without the edge's function: everything goes through Batch.
  cloud = await TestCloud.open({ functions: ['ingest', 'dispatch', 'track', 'migrate'] });
});
afterAll(() => cloud.close());

it('Batch measures, judges and explains as the edge does, and refuses what cannot be read', async () => {
  const { recording } = generateEcg({ kind: 'left-bundle-branch-block', seed: 11, seconds: 10 });
  const off = recording.leads.map((lead, index) =>
    index > 4 ? { ...lead, samples: lead.samples.map(() => 0) } : lead,
  );
  const records = { fine: recording, off: { ...recording, leads: off } };
  for (const [record, one] of Object.entries(records))
    for (const [file, bytes] of writeRecord(one, { record, format: 16, container: 'dat' }))
      await cloud.put(`batch/${file}`, bytes);
  await cloud.until('batch/', (all) => all.filter(({ state }) => state === 'ready').length === 2);
  await cloud.query(`update catalog.recordings set ready_at = now() - make_interval(secs => :seconds)`, {
    seconds: edgePatience + 1,
  });
  const all = await cloud.until(
    'batch/',
    (now) => now.every(({ state }) => state === 'scored' || state === 'rejected'),
    240,
  );
  const fine = all.find(({ key }) => key === 'batch/fine.hea')!;
  const [row] = await cloud.query('select lane from catalog.recordings where id = :id::uuid', {
    id: fine.id,
  });
  expect(row).toEqual({ lane: 'batch' });
  const found = (await findingsOf(cloud.target.database, fine.id!))!;
  expect(found.quality.verdict).toBe('good');
  expect(found.measurements.values.qrsDuration).toBeGreaterThan(110);
  expect(found.explanations.map(({ label }) => label)).toEqual([fine.positive[0]]);
  const page = await cloud.resultText(pageKey(fine.id!));
  expect(page).toContain('Measurements');
  expect(page).toContain('integrated gradients');

  const unreadable = all.find(({ key }) => key === 'batch/off.hea')!;
  expect([unreadable.state, unreadable.reason]).toEqual(['rejected', 'not_readable']);
  expect((await findingsOf(cloud.target.database, unreadable.id!))!.quality.verdict).toBe('not_readable');
});
