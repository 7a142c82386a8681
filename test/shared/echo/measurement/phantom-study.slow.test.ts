import { describe, expect, it } from 'vitest';
import { type ApicalView, measureCine } from '../../../../shared/echo/measurement/measure-cine.ts';
import { measureStudy } from '../../../../shared/echo/measurement/measure-study.ts';
import { phantomCine } from '../../../../shared/echo/phantom/phantom-cine.ts';
import { randomPhantom } from '../../../../shared/echo/phantom/random-phantom.ts';
import { geometryOf } from './beating.ts';

/** What the masks of phantoms call ventricle and atrium. */
const labels = { a4c: { lv: 2, la: 4 }, a2c: { lv: 2, la: 3 } } as const;

function measured(seed: number, view: ApicalView) {
  const cine = phantomCine({ ...randomPhantom(seed, view), frames: 45, rows: 180, columns: 240 });
  const { frames, rows, columns, masks, frameTimeMs, fan } = cine;
  const maskOf = (label: number) => masks.map((value) => Number(value === label));
  const measurement = measureCine(
    { frames, rows, columns, lv: maskOf(labels[view].lv), la: maskOf(labels[view].la) },
    geometryOf(1000 / frameTimeMs, { rows, columns, spacing: fan.spacing }),
    view,
  );
  return { truth: cine.truth, measurement };
}

describe('a study of a phantom', () => {
  it.each([100, 106, 110, 111])('%i is measured in both planes from its true masks', (seed) => {
    const a4c = measured(seed, 'a4c');
    const a2c = measured(seed, 'a2c');
    const study = measureStudy([
      { id: 'a4c', measurement: a4c.measurement },
      { id: 'a2c', measurement: a2c.measurement },
    ]);
    expect(study.method).toBe('biplane');
    const { beats } = a4c.truth;
    const mean = (of: (beat: (typeof beats)[number]) => number): number =>
      beats.reduce((sum, beat) => sum + of(beat), 0) / beats.length;
    expect(Math.abs(study.ef!.value - mean((beat) => beat.ef))).toBeLessThan(3);
    expect(Math.abs(study.edv!.value / mean((beat) => beat.edv) - 1)).toBeLessThan(0.08);
    expect(Math.abs(study.esv!.value / mean((beat) => beat.esv) - 1)).toBeLessThan(0.08);
  });
});
