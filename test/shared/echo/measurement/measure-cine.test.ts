import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChamberMasks } from '../../../../shared/echo/measurement/chamber-masks.ts';
import type { FrameFigures } from '../../../../shared/echo/measurement/frame-figures.ts';
import { measureCine, measureFrames } from '../../../../shared/echo/measurement/measure-cine.ts';
import { fillingAt, heartbeats } from '../../../../shared/echo/phantom/heartbeat.ts';
import { Random } from '../../../../shared/random.ts';
import { seeds } from '../../../seeds.ts';
import { type Beating, figuresOf, geometryOf, systole, volumesOf } from './beating.ts';
import { masksOf, volumeOf } from './shapes.ts';

const beating: Beating = {
  frameRate: 30,
  heartRate: 70,
  beats: 2.6,
  phase: 0.8,
  edv: 120,
  ef: 58,
  noise: 0,
};

function measured(given: Partial<Beating>, seed = 1) {
  const one = { ...beating, ...given };
  const figures = volumesOf(one, new Random(seed)).map((volume) => figuresOf(volume));
  return measureFrames(figures, geometryOf(one.frameRate), 'a4c');
}

/** Whole strokes of a cine: from an end-diastole to its end-systole. */
function strokes({ heartRate, beats, phase }: Beating): number {
  let count = 0;
  for (let beat = 0; beat < phase + beats; beat++)
    if (beat >= phase && beat + systole(heartRate) <= phase + beats - 0.1) count++;
  return count;
}

describe('heartbeats', () => {
  const conditions = [15, 30, 60, 120].flatMap((frameRate) =>
    [40, 70, 110, 150].map((heartRate) => ({ frameRate, heartRate })),
  );

  it.each(conditions)('are found at $frameRate frames and $heartRate beats', ({ frameRate, heartRate }) => {
    for (let seed = 0; seed < 12; seed++) {
      const random = new Random(seed);
      const ef = 25 + 45 * random.uniform();
      const one = { frameRate, heartRate, ef, beats: 1.5 + 2 * random.uniform(), phase: random.uniform() };
      const { beats, ef: fraction } = measured({ ...one, noise: 0.01 }, seed);
      expect(beats.length).toBeGreaterThanOrEqual(strokes({ ...beating, ...one }));
      // Fewer than ten frames a beat miss the ends of the stroke.
      const tolerance = (60 * frameRate) / heartRate < 10 ? 13 : 6;
      expect(Math.abs(fraction!.value - ef)).toBeLessThan(tolerance);
    }
  });

  it('have their volumes and frames', () => {
    const { beats, edv, esv, ef, heartRate, laVolume, unmeasurable, doubts, recommendation } = measured({});
    const framesPerBeat = (60 * 30) / 70;
    const firstSystole = (1.2 - 0.8 + systole(70) - 0.2) * framesPerBeat;
    expect(beats).toHaveLength(2);
    expect(Math.abs(beats[0]!.endSystole - firstSystole)).toBeLessThanOrEqual(1);
    expect(beats[1]!.endSystole - beats[0]!.endSystole).toBeGreaterThanOrEqual(25);
    expect(beats[0]!.endDiastole).toBeLessThan(beats[0]!.endSystole);
    expect(edv!.value).toBeCloseTo(120, -0.7);
    expect(esv!.value).toBeCloseTo(120 * 0.42, -0.7);
    expect(ef!.value).toBeCloseTo(58, -0.3);
    expect(ef!.count).toBe(2);
    expect(heartRate).toBeGreaterThan(66);
    expect(heartRate).toBeLessThan(74);
    expect(laVolume!.value).toBeCloseTo(60 - 30 * 0.42, -0.3);
    expect(recommendation).toBe('greyzone');
    expect(unmeasurable).toEqual([]);
    expect(doubts).toEqual([]);
  });

  it('are not mistaken for one another where the rate of the header is wrong', () => {
    const figures = volumesOf({ ...beating, beats: 4 }, new Random(1)).map((volume) => figuresOf(volume));
    const cine = measureFrames(figures, geometryOf(30, { heartRate: 140 }), 'a4c');
    expect(cine.heartRate).toBeGreaterThan(66);
    expect(cine.heartRate).toBeLessThan(74);
    expect(cine.doubts).toContain('heart_rate_differs');
  });

  it('of a cine too short to tell its rate are not smoothed away by a wrong one', () => {
    const one = { ...beating, heartRate: 110, beats: 1.2, phase: 0.9, frameRate: 60 };
    const figures = volumesOf(one, new Random(1)).map((volume) => figuresOf(volume));
    for (const heartRate of [30, 60, 220]) {
      const { ef } = measureFrames(figures, geometryOf(60, { heartRate }), 'a4c');
      expect(Math.abs(ef!.value - 58)).toBeLessThan(3);
    }
  });

  it('that are cut at the ends of the cine do not count', () => {
    // From the middle of one stroke to the middle of the next.
    const { beats, ef } = measured({ phase: systole(70) / 2, beats: 2, frameRate: 50 });
    expect(beats.every(({ endDiastole }) => endDiastole > 10)).toBe(true);
    expect(ef!.value).toBeCloseTo(58, -0.3);
  });

  it('that are cut shortly before end-systole do not count beside a whole one', () => {
    const cut = 0.78 * systole(70);
    const { beats, ef } = measured({ phase: 0.85, beats: 1.15 + cut, frameRate: 50 });
    expect(beats).toHaveLength(1);
    expect(ef!.value).toBeCloseTo(58, -0.3);
  });

  it('are as deep as the ventricle, which rests at its smallest for some hundredths of a second', () => {
    const volumes = { edv: 120, esv: 48, laMaximum: 60, laMinimum: 30 };
    for (const heartRate of [55, 75, 95]) {
      const rhythm = { heartRate, rateVariation: 0, volumeVariation: 0 };
      const beats = heartbeats(rhythm, volumes, 3, new Random(1));
      const figures = Array.from({ length: 150 }, (_, frame) =>
        figuresOf(fillingAt(beats, volumes, frame / 50).lv),
      );
      const { edv, esv } = measureFrames(figures, geometryOf(50), 'a4c');
      expect(Math.abs(edv!.value / 120 - 1)).toBeLessThan(0.0125);
      expect(Math.abs(esv!.value / 48 - 1)).toBeLessThan(0.0125);
    }
  });

  it('are measured from a single one that starts at end-diastole, and said to be at the edge', () => {
    const { beats, ef, doubts, heartRate } = measured({ phase: 0, beats: 0.98, frameRate: 50 });
    expect(beats).toHaveLength(1);
    expect(ef!.value).toBeCloseTo(58, -0.3);
    expect(ef!.sd).toBeNull();
    expect(doubts).toContain('beat_at_edge');
    expect(heartRate).toBeNull();
  });

  it('are none in half a stroke, in a heart that stands still and in noise', () => {
    expect(measured({ phase: 0.1, beats: 0.15, frameRate: 120 }).unmeasurable).toEqual(['no_full_beat']);
    expect(measured({ ef: 0 }).unmeasurable).toEqual(['no_full_beat']);
    for (let seed = 0; seed < 10; seed++)
      expect(measured({ ef: 0, noise: 0.03, frameRate: 50, beats: 4 }, seed).beats).toEqual([]);
  });

  it('are measured by their median, with their spread', () => {
    // The third of four beats is weak, as after an early beat.
    const figures = [58, 56, 30, 60].flatMap((ef) =>
      volumesOf({ ...beating, ef, phase: 0, beats: 1 }, new Random(1)).map((volume) => figuresOf(volume)),
    );
    const { ef, beats } = measureFrames(figures, geometryOf(30), 'a4c');
    expect(beats.length).toBeGreaterThanOrEqual(3);
    expect(ef!.value).toBeGreaterThan(50);
    expect(ef!.sd).toBeGreaterThan(8);
    expect(Math.min(...beats.map((beat) => beat.ef))).toBeLessThan(35);
  });
});

describe('poor outlines', () => {
  const figures = volumesOf({ ...beating, beats: 3 }, new Random(3)).map((volume) => figuresOf(volume));
  const spoilt = (frames: number[], spoil: (figures: FrameFigures) => FrameFigures) =>
    figures.map((one, frame) => (frames.includes(frame) ? spoil(one) : one));
  const clean = measureFrames(figures, geometryOf(30), 'a4c');

  it('of single frames are bridged', () => {
    const leap = (one: FrameFigures): FrameFigures => ({
      ...one,
      lv: one.lv && {
        ...one.lv,
        volume: 2 * one.lv.volume,
        diameters: one.lv.diameters.map((d) => 1.41 * d),
      },
    });
    const lost = (one: FrameFigures): FrameFigures => ({ ...one, lv: null });
    const torn = (one: FrameFigures): FrameFigures => ({
      ...one,
      lv: one.lv && { ...one.lv, volume: 1, quality: { ...one.lv.quality, fragments: 4, largestShare: 0.4 } },
    });
    for (const spoil of [leap, lost, torn]) {
      const { ef, doubts, sound, beats } = measureFrames(
        spoilt([12, 30, 31, 50], spoil),
        geometryOf(30),
        'a4c',
      );
      expect(sound.filter((one) => !one)).toHaveLength(4);
      expect(doubts).toContain('frames_left_out');
      expect(beats).toHaveLength(clean.beats.length);
      expect(Math.abs(ef!.value - clean.ef!.value)).toBeLessThan(1.5);
    }
  });

  it('of most frames make the cine unmeasurable', () => {
    const most = figures.map((_, frame) => frame).filter((frame) => frame % 5 > 1);
    const blurred = spoilt(most, (one) => ({ ...one, confidence: 0.4 }));
    const absent = spoilt(most, (one) => ({ ...one, lv: null }));
    expect(measureFrames(blurred, geometryOf(30), 'a4c').unmeasurable).toEqual(['poor_segmentation']);
    expect(measureFrames(absent, geometryOf(30), 'a4c').unmeasurable).toEqual(['chamber_absent']);
    expect(measureFrames(absent, geometryOf(30), 'a4c').ef).toBeNull();
  });

  it('of an atrium leave the ventricle measured', () => {
    const without = figures.map((one) => ({ ...one, la: null }));
    const { laVolume, atriumUnmeasurable, ef, unmeasurable } = measureFrames(without, geometryOf(30), 'a4c');
    expect(laVolume).toBeNull();
    expect(atriumUnmeasurable).toBe('chamber_absent');
    expect(unmeasurable).toEqual([]);
    expect(ef!.value).toBe(clean.ef!.value);
  });
});

describe('what the header does not say', () => {
  const figures = volumesOf(beating, new Random(1)).map((volume) => figuresOf(volume));

  it('leaves ejection fraction and takes volumes where it is the spacing', () => {
    const geometry = geometryOf(30, { spacing: null, spacingAbsent: 'no_spacing', aspectFrom: 'assumed' });
    const cine = measureFrames(figures, geometry, 'a2c');
    expect(cine.ef!.value).toBe(measureFrames(figures, geometryOf(30), 'a4c').ef!.value);
    expect(cine.edv).toBeNull();
    expect(cine.esv).toBeNull();
    expect(cine.laVolume).toBeNull();
    expect(cine.shape!.lengthEndDiastole).toBeNull();
    expect(cine.curve.unit).toBe('relative');
    expect(Math.max(...cine.curve.smoothed)).toBe(1);
    expect(cine.unmeasurable).toEqual(['no_spacing']);
    expect(cine.atriumUnmeasurable).toBe('no_spacing');
    expect(cine.doubts).toEqual(['square_pixels_assumed']);
  });

  it('is said where it is the frame time', () => {
    const cine = measureFrames(figures, geometryOf(30, { frameTimeFrom: 'default' }), 'a4c');
    expect(cine.doubts).toEqual(['frame_time_default']);
  });

  it.each([
    [1, 30, 'not_a_cine'],
    [4, 30, 'too_few_frames'],
    [40, 5, 'too_few_frames'],
  ])('%i frames at %i a second: %s', (frames, frameRate, reason) => {
    expect(measureFrames(figures.slice(0, frames), geometryOf(frameRate), 'a4c').unmeasurable).toEqual([
      reason,
    ]);
  });
});

describe('a cine', () => {
  /** A heart that keeps its shape while it beats, drawn on masks. */
  function cineOf(size: number, pixelSize: number, angle: number): { masks: ChamberMasks; largest: number } {
    const volumes = volumesOf({ ...beating, frameRate: 15, beats: 2.4, ef: 55 }, new Random(1));
    const hearts = volumes.map((volume) => {
      const scale = Math.cbrt(volume / 120);
      return { radius: 2.5 * scale, halfLength: 5 * scale, cut: 0.6 };
    });
    const drawn = hearts.map((heart) =>
      masksOf(heart, { rows: size, columns: size, pixel: { x: pixelSize, y: pixelSize }, angle }),
    );
    const stack = (chamber: 'lv' | 'la'): Uint8Array => {
      const all = new Uint8Array(drawn.length * size * size);
      drawn.forEach((one, frame) => {
        all.set(one[chamber].pixels, frame * size * size);
      });
      return all;
    };
    const masks = { frames: drawn.length, rows: size, columns: size, lv: stack('lv'), la: stack('la') };
    return { masks, largest: volumeOf({ radius: 2.5, halfLength: 5, cut: 0.6 }) };
  }

  it.each([
    [192, 0],
    [256, 0.4],
    [320, -0.3],
  ])('of %i x %i masks is measured from pixels to millilitres', (size, angle) => {
    const { masks, largest } = cineOf(size, 16 / size, angle);
    // The picture has 640 x 640 pixels, so that a pixel of it is 0.025 cm.
    const geometry = { ...geometryOf(15), rows: 640, columns: 640, spacing: { x: 0.025, y: 0.025 } };
    const cine = measureCine(masks, geometry, 'a4c');
    expect(cine.edv!.value / largest).toBeGreaterThan(0.97);
    expect(cine.edv!.value / largest).toBeLessThan(1.03);
    expect(Math.abs(cine.ef!.value - 55)).toBeLessThan(2.5);
    expect(cine.shape!.lengthEndDiastole).toBeCloseTo(8, 0.6);
    expect(cine.shape!.sphericity).toBeCloseTo(5 / 8, 1.2);
    expect(cine.unmeasurable).toEqual([]);
  });

  it('is JSON as it stands', () => {
    const { masks } = cineOf(128, 16 / 128, 0);
    const cine = measureCine(masks, geometryOf(15), 'a4c');
    expect(JSON.parse(JSON.stringify(cine))).toEqual(cine);
  });

  it.each(seeds)('of any masks has an ejection fraction of 0 to 100 or a reason (seed %i)', (seed) => {
    const size = 24;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (frames, noise, filling) => {
          const random = new Random(noise);
          const pixels = () =>
            Uint8Array.from({ length: frames * size * size }, () => (random.uniform() < filling ? 1 : 0));
          const masks = { frames, rows: size, columns: size, lv: pixels(), la: pixels() };
          const cine = measureCine(masks, geometryOf(15), 'a4c');
          if (cine.ef === null) expect(cine.unmeasurable.length).toBeGreaterThan(0);
          else {
            expect(cine.ef.value).toBeGreaterThanOrEqual(0);
            expect(cine.ef.value).toBeLessThanOrEqual(100);
          }
          expect(cine.curve.raw).toHaveLength(frames);
        },
      ),
      { seed, numRuns: 60 },
    );
  });
});
