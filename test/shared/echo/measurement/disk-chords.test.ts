import { describe, expect, it } from 'vitest';
import { diskChords } from '../../../../shared/echo/measurement/disk-chords.ts';
import { diskVolume } from '../../../../shared/echo/measurement/disk-volume.ts';

const [rows, columns] = [120, 100];

/** An ellipse about (50, 60) with these half axes, pixels. */
function ellipse(across: number, down: number) {
  const pixels = Uint8Array.from({ length: rows * columns }, (_, at) => {
    const x = (at % columns) + 0.5 - 50;
    const y = Math.floor(at / columns) + 0.5 - 60;
    return (x / across) ** 2 + (y / down) ** 2 <= 1 ? 1 : 0;
  });
  return { rows, columns, pixels };
}

describe('the lines of the method of disks', () => {
  it('are the axis and twenty widths across it, as wide as the disks that are measured', () => {
    const mask = ellipse(30, 50);
    // Pixels twice as high as wide: the lines come in pixels all the same.
    const pixel = { x: 0.05, y: 0.1 };
    const { axis, diameters } = diskVolume(mask, pixel)!;
    const [long, ...disks] = diskChords(mask, axis, pixel);
    expect(Math.abs(long!.from.x - 50)).toBeLessThan(1);
    expect(Math.abs(long!.from.y - 110)).toBeLessThan(1);
    expect(Math.abs(long!.to.y - 10)).toBeLessThan(1);
    expect(disks).toHaveLength(20);
    disks.forEach(({ from, to }, disk) => {
      const width = Math.hypot((to.x - from.x) * pixel.x, (to.y - from.y) * pixel.y);
      // From centre to centre: a pixel less; disks at the round ends are narrower on average than in the middle.
      expect(Math.abs(width + pixel.x - diameters[disk]!)).toBeLessThan(disk % 19 === 0 ? 0.6 : 0.12);
    });
  });
});
