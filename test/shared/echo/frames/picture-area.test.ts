import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../../shared/echo/dicom/instance.ts';
import type { Region } from '../../../../shared/echo/dicom/region.ts';
import { blankOutside, pictureArea } from '../../../../shared/echo/frames/picture-area.ts';
import { read, ultrasoundFile } from '../ultrasound.ts';

const rows = 120;
const columns = 160;

const region = (
  spatialFormat: number,
  minX0: number,
  minY0: number,
  maxX1: number,
  maxY1: number,
): Region => ({
  spatialFormat,
  dataType: 1,
  minX0,
  minY0,
  maxX1,
  maxY1,
  unitsX: 3,
  unitsY: 3,
  deltaX: 0.1,
  deltaY: 0.1,
});

async function instanceWith(regions: Region[]): Promise<Instance> {
  return { ...(await read(ultrasoundFile())).instance, rows, columns, regions };
}

/** A bright triangle with its tip at the top, and a name written in the upper left corner. */
function picture(ground = 0): Uint8Array {
  const grey = new Uint8Array(rows * columns).fill(ground);
  for (let row = 20; row < 110; row++)
    for (let column = 80 - (row - 20) / 2; column <= 80 + (row - 20) / 2; column++)
      grey[row * columns + Math.round(column)] = 120 + ((row * column) % 40);
  for (let row = 4; row < 12; row++)
    for (let column = 6; column < 40; column += 2) grey[row * columns + column] = 255;
  return grey;
}

const at = (grey: Uint8Array, row: number, column: number) => grey[row * columns + column]!;

describe('pictureArea', () => {
  it('keeps the regions of the header and blanks the rest', async () => {
    const grey = picture();
    const area = pictureArea(
      await instanceWith([region(1, 40, 20, 120, 100), region(4, 0, 110, 159, 119)]),
      grey,
    );
    blankOutside(grey, area);
    expect(area.from).toBe('regions');
    expect(at(grey, 8, 10)).toBe(0);
    expect(at(grey, 60, 80)).toBeGreaterThan(100);
    expect(at(grey, 105, 80)).toBe(0);
  });

  it.each([0, 40])('finds the fan where there is no region, on a ground of %i', async (ground) => {
    const grey = picture(ground);
    const area = pictureArea(await instanceWith([]), grey);
    blankOutside(grey, area);
    expect(area.from).toBe('fan');
    expect(at(grey, 8, 10)).toBe(0);
    expect(at(grey, 60, 80)).toBeGreaterThan(100);
    expect(at(grey, 108, 80)).toBeGreaterThan(100);
    expect(at(grey, 60, 5)).toBe(0);
  });

  it('does not believe a region outside the picture, nor one that is only the screen', async () => {
    expect(pictureArea(await instanceWith([region(1, 40, 20, 500, 400)]), picture()).from).toBe('fan');
    expect(pictureArea(await instanceWith([region(0, 0, 0, 159, 119)]), picture()).from).toBe('fan');
  });

  it('blanks everything when nothing is found', async () => {
    const grey = new Uint8Array(rows * columns);
    for (let i = 6; i < 40; i += 2) grey[5 * columns + i] = 255;
    const area = pictureArea(await instanceWith([]), grey);
    blankOutside(grey, area);
    expect(area.from).toBe('none');
    expect(Math.max(...grey)).toBe(0);
  });

  it('blanks the top tenth as the published system does, when asked', async () => {
    const grey = picture();
    const area = pictureArea(await instanceWith([]), grey, 'top-tenth');
    blankOutside(grey, area);
    expect(at(grey, 11, 10)).toBe(0);
    expect(area.mask.indexOf(1)).toBe(12 * columns);
  });
});
