import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../../shared/echo/frames/frame-reader.ts';
import { blankOutside, pictureArea } from '../../../../shared/echo/frames/picture-area.ts';
import { geometryOf } from '../../../../shared/echo/measurement/geometry.ts';
import { forEachFanPixel } from '../../../../shared/echo/phantom/fan-geometry.ts';
import { phantomCine } from '../../../../shared/echo/phantom/phantom-cine.ts';
import { type PhantomIdentity, phantomDicom } from '../../../../shared/echo/phantom/phantom-dicom.ts';
import { read } from '../ultrasound.ts';

const cine = phantomCine({
  view: 'a4c',
  rows: 300,
  columns: 400,
  frames: 4,
  frameTimeMs: 20.5,
  text: ['PHANTOM NOBODY', 'ID 000-17', '22.11.2026', '75 BPM'],
  depthMarks: true,
});

const identity: PhantomIdentity = {
  patientName: 'Phantom^Nobody',
  patientId: '000-17',
  studyInstanceUid: '2.25.17',
  seriesInstanceUid: '2.25.17.1',
  sopInstanceUid: '2.25.17.1.1',
};

/** Frames as jobs decode and blank them. */
async function decoded(bytes: Uint8Array) {
  const { header, instance } = await read(bytes);
  const reader = new FrameReader(header, instance, 'grey');
  const frames: { before: Uint8Array; after: Uint8Array }[] = [];
  let area: ReturnType<typeof pictureArea> | undefined;
  for await (const { pixels } of reader) {
    const before = pixels.slice();
    area ??= pictureArea(instance, pixels);
    blankOutside(pixels, area);
    frames.push({ before, after: pixels.slice() });
  }
  return { instance, frames, area: area!, marks: reader.marks };
}

describe('phantomDicom', () => {
  it.each(['native', 'rle'] as const)(
    'writes %s pixels and a header that are read back',
    async (encoding) => {
      const { instance, frames, marks } = await decoded(
        phantomDicom(cine, { ...identity, heartRate: 75.4 }, encoding),
      );
      expect(instance).toMatchObject({
        modality: 'US',
        refusal: null,
        studyInstanceUid: '2.25.17',
        sopInstanceUid: '2.25.17.1.1',
        rows: 300,
        columns: 400,
        numberOfFrames: 4,
        frameTime: 20.5,
        heartRate: 75,
        ultrasoundColorDataPresent: 0,
        marks: [],
      });
      expect(marks).toEqual([]);
      const geometry = geometryOf(instance);
      expect(geometry.spacing!.x).toBeCloseTo(cine.fan.spacing.x, 12);
      expect(geometry.spacing!.y).toBeCloseTo(cine.fan.spacing.y, 12);
      expect(frames).toHaveLength(4);
      for (const [index, { before }] of frames.entries())
        expect(Buffer.compare(before, cine.pixels.subarray(index * 120_000, (index + 1) * 120_000))).toBe(0);
    },
  );

  it.each([undefined, false] as const)('loses its burned-in text (regions: %s)', async (regions) => {
    const { frames, area } = await decoded(phantomDicom(cine, { ...identity, regions }));
    expect(area.from).toBe(regions === undefined ? 'regions' : 'fan');
    const inside = new Uint8Array(120_000);
    forEachFanPixel(cine.fan, (pixel) => {
      inside[pixel] = 1;
    });
    const outsideSum = (picture: Uint8Array) =>
      picture.reduce((sum, grey, pixel) => sum + (inside[pixel] === 1 ? 0 : grey), 0);
    for (const { before, after } of frames) {
      expect(outsideSum(before)).toBeGreaterThan(100_000);
      expect(outsideSum(after)).toBe(0);
      // The fan itself stays: all of it by its region, nearly all where it had to be found.
      const kept = after.filter((grey) => grey > 0).length;
      const lit = before.filter((grey, pixel) => grey > 0 && inside[pixel] === 1).length;
      expect(kept / lit).toBeGreaterThan(regions === undefined ? 0.9999 : 0.97);
    }
  });
});
