import { expect, it } from 'vitest';
import type { FrameFigures } from '../../../../shared/echo/measurement/frame-figures.ts';
import { measureFrames } from '../../../../shared/echo/measurement/measure-cine.ts';
import { Random } from '../../../../shared/random.ts';
import { figuresOf, geometryOf, volumesOf } from './beating.ts';

const volumes = volumesOf(
  { frameRate: 30, heartRate: 72, beats: 3, phase: 0, edv: 120, ef: 60, noise: 0 },
  new Random(1),
);
const cut = { fragments: 1, largestShare: 1, holeShare: 0, borderShare: 0.05 };

const doubtsOf = (change: (figures: FrameFigures) => FrameFigures) => {
  const { doubts, ef, laVolume } = measureFrames(
    volumes.map((volume) => change(figuresOf(volume))),
    geometryOf(30),
    'a4c',
  );
  expect(ef).not.toBeNull();
  expect(laVolume).not.toBeNull();
  return doubts;
};

it.each([
  ['nothing', [], (one: FrameFigures) => one],
  [
    'a ventricle at the edge of the picture',
    ['ventricle_cut'],
    (one: FrameFigures) => ({ ...one, lv: { ...one.lv!, quality: cut } }),
  ],
  [
    'an atrium at the edge of the picture',
    ['atrium_cut'],
    (one: FrameFigures) => ({ ...one, la: { ...one.la!, quality: cut } }),
  ],
  [
    'a ventricle that meets no atrium',
    ['annulus_unseen'],
    (one: FrameFigures) => ({
      ...one,
      lv: { ...one.lv!, axis: { ...one.lv!.axis, annulusSeen: false } },
    }),
  ],
])('%s is doubted by its name, and measured', (_, expected, change) => {
  const doubts = doubtsOf(change).filter((doubt) => doubt !== 'beat_at_edge');
  expect(doubts).toEqual(expected);
});
