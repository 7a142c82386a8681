import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import { phantomCine } from '../../shared/echo/phantom/phantom-cine.ts';
import { phantomDicom } from '../../shared/echo/phantom/phantom-dicom.ts';
import { randomPhantom } from '../../shared/echo/phantom/random-phantom.ts';
import { TestCloud } from './embedded.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await TestCloud.open();
}, 120_000);
afterAll(() => cloud.close());

/** Models are trained on seeds below 100,000. */
const seeds = [100_003, 100_004, 100_005, 100_006];
const views = ['a4c', 'a2c'] as const;
const needed = ['views', 'segmentation-a4c', 'segmentation-a2c'];
const shipped = shippedModels().map(({ task }): string => task);
const isShipped = needed.every((task) => shipped.includes(task));

/** Relative to the truth. */
const error = (measured: number | null, truth: number): number =>
  measured === null ? Number.POSITIVE_INFINITY : Math.abs(measured / truth - 1);

/** Of every cine measured: points and shares of the truth. */
const errors: { ef: number; edv: number; esv: number }[] = [];

describe.skipIf(!isShipped)('phantoms that the shipped models have not seen', () => {
  it.each(seeds)(
    'get their view, volumes and ejection fraction (seed %i)',
    { timeout: 300_000 },
    async (seed) => {
      const prefix = `phantom-${seed}/`;
      const uid = `2.25.${seed}`;
      const truths = views.map((view, index) => {
        const options = randomPhantom(seed, view);
        const cine = phantomCine({ ...options, rows: 600, columns: 800, aspect: 4 / 3 });
        return { view, cine, sopInstanceUid: `${uid}.1.${index + 1}`, heart: options.heart! };
      });
      for (const { view, cine, sopInstanceUid } of truths)
        await cloud.put(
          `${prefix}${view}.dcm`,
          phantomDicom(cine, {
            patientName: 'Phantom^Nobody',
            patientId: 'phantom',
            studyInstanceUid: uid,
            seriesInstanceUid: `${uid}.1`,
            sopInstanceUid,
          }),
        );
      await cloud.until(prefix, (all) => all.filter(({ state }) => state === 'scored').length === 2, 200);
      const rows = await cloud.query<{
        key: string;
        view: string;
        ef: number | null;
        edv: number | null;
        esv: number | null;
        reasons: string[];
      }>(
        `select o.key, c.view, m.ef, m.edv_ml as edv, m.esv_ml as esv, m.reasons
       from measurement.instances m join classification.predictions c using (recording_id)
       join catalog.recordings r on r.id = m.recording_id join catalog.objects o on o.id = r.object_id
       where starts_with(o.key, :prefix)`,
        { prefix },
      );
      for (const { view, cine, heart } of truths) {
        const row = rows.find(({ key }) => key === `${prefix}${view}.dcm`)!;
        expect(row).toMatchObject({ view, reasons: [] });
        expect(Math.abs(row.ef! - cine.truth.ef)).toBeLessThan(6);
        expect(error(row.edv, heart.edv!)).toBeLessThan(0.16);
        expect(error(row.esv, heart.esv!)).toBeLessThan(0.16);
        errors.push({
          ef: Math.abs(row.ef! - cine.truth.ef),
          edv: error(row.edv, heart.edv!),
          esv: error(row.esv, heart.esv!),
        });
      }
      const study = await cloud.eventually(async () => {
        const [one] = await cloud.query<{ method: string; ef: number; edv: number }>(
          'select method, ef, edv_ml as edv from measurement.studies where study_instance_uid = :uid',
          { uid },
        );
        return one?.method === 'biplane' ? one : undefined;
      });
      expect(Math.abs(study.ef - truths[0]!.cine.truth.ef)).toBeLessThan(3);
      expect(error(study.edv, truths[0]!.heart.edv!)).toBeLessThan(0.08);
    },
  );

  it('are measured within 3 points and 8 per cent on average', () => {
    expect(errors).toHaveLength(seeds.length * views.length);
    const mean = (figure: (one: (typeof errors)[number]) => number) =>
      errors.reduce((sum, one) => sum + figure(one), 0) / errors.length;
    expect(mean(({ ef }) => ef)).toBeLessThan(3);
    expect(mean(({ edv }) => edv)).toBeLessThan(0.08);
    expect(mean(({ esv }) => esv)).toBeLessThan(0.08);
  });
});
