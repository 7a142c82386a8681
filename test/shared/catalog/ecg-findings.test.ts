import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findingsTable } from '../../../cli/findings-table.ts';
import { type EcgExplanation, findingsOf } from '../../../shared/catalog/ecg-findings.ts';
import { recordScores, rejectRecordings } from '../../../shared/catalog/recordings.ts';
import { ecgFindings } from '../../../shared/ecg/findings.ts';
import { generateEcg } from '../../../shared/ecg/generator.ts';
import { Catalog, scoresOf } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());

const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1 });
const flat = recording.leads.map((lead) =>
  lead.name === 'V2' ? { ...lead, samples: lead.samples.map(() => 0) } : lead,
);
const findings = { ...ecgFindings({ ...recording, leads: flat })!, codeVersion: 'c' };
const explanation: EcgExplanation = {
  label: 'MI',
  logit: 1.5,
  baselineLogit: -2,
  leads: { I: 0.75, II: 0.25 },
  binSeconds: 0.1,
  map: { I: [99, 0], II: [-33, 1] },
};
const counts = async () => {
  const [row] = await catalog.database.query(
    `select (select count(*)::int from ecg.measurements) as measurements, (select count(*)::int from ecg.qualities) as qualities,
            (select count(*)::int from ecg.explanations) as explanations`,
  );
  return row;
};

describe('findings', () => {
  it('are stored with the scores, once, and read back as they were', async () => {
    await catalog.empty();
    const [id, other] = await catalog.readyEcgs(2);
    const scored = { ...scoresOf(id!), findings, explanation };
    expect(await recordScores(catalog.database, [scored, scoresOf(other!)])).toHaveLength(2);
    expect(await recordScores(catalog.database, [scored])).toEqual([]);
    expect(await counts()).toEqual({ measurements: 1, qualities: 1, explanations: 1 });
    const { codeVersion: _, ...expected } = findings;
    const { label, logit, baselineLogit, leads } = explanation;
    expect(await findingsOf(catalog.database, id!)).toEqual({
      ...JSON.parse(JSON.stringify(expected)),
      explanations: [{ label, logit, baselineLogit, leads }],
    });
    expect(await findingsOf(catalog.database, other!)).toBeUndefined();
  });

  it('are stored of what is rejected, unless it was ended before', async () => {
    await catalog.empty();
    const [id, ended] = await catalog.readyEcgs(2);
    await recordScores(catalog.database, [scoresOf(ended!)]);
    const refused = { runId: null, reason: 'leads_missing', findings } as const;
    expect(
      await rejectRecordings(catalog.database, [
        { id: id!, ...refused },
        { id: ended!, ...refused },
      ]),
    ).toEqual([id]);
    expect(await counts()).toEqual({ measurements: 1, qualities: 1, explanations: 0 });
    expect((await findingsOf(catalog.database, id!))!.quality.verdict).toBe('doubtful');
  });

  it('are told in words', async () => {
    const text = findingsTable({ ...findings, explanations: [explanation] });
    expect(text).toMatch(/heartRate +\d+ +\/min/);
    expect(text).toContain('quality: doubtful');
    expect(text).toMatch(/V2 +no signal/);
    expect(text).toMatch(/MI +I 75% +II 25%/);
  });
});
