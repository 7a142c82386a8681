import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chord, chordPolygon } from '../../../../shared/echo/ground-truth/chord-polygon.ts';
import { fillPolygon } from '../../../../shared/echo/ground-truth/fill-polygon.ts';
import { groundTruthEdge, groundTruthMask } from '../../../../shared/echo/ground-truth/ground-truth-mask.ts';
import { resizeMask } from '../../../../shared/echo/ground-truth/resize-mask.ts';
import { diskVolume } from '../../../../shared/echo/measurement/disk-volume.ts';
import { seeds } from '../../../seeds.ts';
import { ellipseChords } from '../xcelera/synthetic-export.ts';

const chordsOf = (ellipse: ReturnType<typeof ellipseChords>): Chord[] =>
  ellipse.map(({ type, from, to }, sequence) => ({
    sequence,
    type,
    x1: from[0],
    y1: from[1],
    x2: to[0],
    y2: to[1],
  }));
const area = ({ pixels }: { pixels: Uint8Array }) => pixels.reduce((sum, pixel) => sum + pixel, 0);

describe('chordPolygon', () => {
  const chord = (sequence: number, type: string, x: number): Chord => ({
    sequence,
    type,
    x1: x,
    y1: sequence,
    x2: x + 10,
    y2: sequence,
  });

  it('goes down the starts, over the end of the axis, and up the ends', () => {
    expect(chordPolygon([chord(2, 'Disco', 20), chord(0, 'Eje largo', 0), chord(1, 'Disco', 10)])).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
      [10, 0],
      [30, 2],
      [20, 1],
    ]);
  });

  it.each<[string, Chord[]]>([
    ['nothing', []],
    ['no axis', [chord(0, 'Disco', 0), chord(1, 'Disco', 0), chord(2, 'Disco', 0)]],
    ['an axis alone', [chord(0, 'Eje largo', 0), chord(1, 'Disco', 0)]],
    ['two axes', [chord(0, 'Eje largo', 0), chord(1, 'Eje largo', 0), chord(2, 'Disco', 0)]],
    ['a disc twice', [chord(0, 'Eje largo', 0), chord(1, 'Disco', 0), chord(1, 'Disco', 5)]],
    ['half a disc', [chord(0, 'Eje largo', 0), chord(1, 'Disco', 0), { ...chord(2, 'Disco', 5), y2: null }]],
  ])('is none of %s', (_, chords) => {
    expect(chordPolygon(chords)).toBeUndefined();
  });
});

describe('fillPolygon', () => {
  it('takes the pixels whose centres are inside', () => {
    const square = [
      [0.5, 0.5],
      [3.5, 0.5],
      [3.5, 2.5],
      [0.5, 2.5],
    ] as const;
    const { pixels } = fillPolygon(square, 4, 5);
    expect([...pixels].join('')).toBe('00000011100111000000');
  });

  it.each(seeds)('has the area of a triangle, wherever its corners are (seed %i)', (seed) => {
    const corner = fc.tuple(
      fc.double({ min: 5, max: 195, noNaN: true }),
      fc.double({ min: 5, max: 95, noNaN: true }),
    );
    fc.assert(
      fc.property(corner, corner, corner, (a, b, c) => {
        const exact = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
        const round = [a, b, c].reduce((sum, [x, y], i, all) => {
          const [u, v] = all[(i + 1) % 3]!;
          return sum + Math.hypot(u - x, v - y);
        }, 0);
        // Each pixel on the outline is off by half a pixel at most.
        expect(Math.abs(area(fillPolygon([a, b, c], 100, 200)) - exact)).toBeLessThanOrEqual(round / 2 + 3);
      }),
      { seed },
    );
  });

  it('leaves out what lies outside of the picture', () => {
    const square = [
      [-50, -50],
      [50, -50],
      [50, 50],
      [-50, 50],
    ] as const;
    expect(area(fillPolygon(square, 10, 20))).toBe(200);
    expect(area(fillPolygon([], 10, 20))).toBe(0);
  });
});

describe('groundTruthMask', () => {
  it.each([0, 0.3, -1.1])('of an ellipse at angle %f has its area', (angle) => {
    const mask = groundTruthMask(chordsOf(ellipseChords([400, 300], 150, 70, angle)), 600, 800)!;
    const pixelArea = (600 / groundTruthEdge) * (800 / groundTruthEdge);
    expect((area(mask) * pixelArea) / (Math.PI * 150 * 70)).toBeCloseTo(1, 1.7);
  });

  it('of a spheroid has its volume by the method of disks', () => {
    // 10 cm long and 5 cm across, 0.03 cm a pixel: 131 mL.
    const mask = groundTruthMask(chordsOf(ellipseChords([400, 300], 5 / 0.03, 2.5 / 0.03)), 600, 800)!;
    const pixel = { x: (0.03 * 800) / groundTruthEdge, y: (0.03 * 600) / groundTruthEdge };
    const volume = (4 / 3) * Math.PI * 5 * 2.5 ** 2;
    expect(Math.abs(diskVolume(mask, pixel)!.volume - volume) / volume).toBeLessThan(0.03);
  });

  it('is none outside of the picture', () => {
    expect(groundTruthMask(chordsOf(ellipseChords([2000, 300], 50, 20)), 600, 800)).toBeUndefined();
  });
});

describe('resizeMask', () => {
  it('takes the nearest pixel', () => {
    const mask = { rows: 2, columns: 3, pixels: Uint8Array.of(1, 0, 1, 0, 1, 0) };
    expect([...resizeMask(mask, 4, 6).pixels].join('')).toBe('110011110011001100001100');
    expect([...resizeMask(mask, 1, 1).pixels]).toEqual([1]);
  });
});
