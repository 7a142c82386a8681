import { expect, it } from 'vitest';
import { findInstance } from '../../../lambdas/ingest/echo-instance.ts';
import { bytesInMemory } from '../../../shared/echo/dicom/byte-source.ts';
import { changed, ultrasoundFile } from '../../shared/echo/ultrasound.ts';

const region = (spatialFormat: number, left: number) => [
  { tag: 0x00186012, vr: 'US', value: [spatialFormat] },
  { tag: 0x00186018, vr: 'UL', value: [left] },
];
const file = (...formats: number[]) => {
  const items = formats.map((format, i) => region(format, 10 + i));
  return ultrasoundFile(changed({ tag: 0x00186011, vr: 'SQ', value: { items } }));
};
const columnsOf = async (bytes: Uint8Array) => (await findInstance(bytesInMemory(bytes))).instance;

it('keeps the place and scale of the two-dimensional region, wherever in the header it stands', async () => {
  expect(await columnsOf(file(0, 3, 1))).toMatchObject({
    region_spatial_format: 1,
    region_location_min_x0: 12,
    regions: [{ spatialFormat: 0 }, { spatialFormat: 3 }, { spatialFormat: 1 }],
  });
  expect(await columnsOf(file(2, 3))).toMatchObject({ region_spatial_format: 2, region_location_min_x0: 10 });
  expect(await columnsOf(ultrasoundFile())).toMatchObject({ regions: [] });
});
