import { describe, expect, it } from 'vitest';
import { ChamberPicture, cropOf, pictureColours } from '../../../shared/reports/chamber-picture.ts';

const edge = 32;
const grey = new Uint8Array(edge * edge).fill(255);
const outline = pictureColours.length - 4;

/** A square chamber of this label in the middle. */
function square(label: number): Uint8Array {
  const labels = new Uint8Array(edge * edge);
  for (let row = 8; row < 24; row++) labels.fill(label, row * edge + 8, row * edge + 24);
  return labels;
}

describe('a picture of chambers', () => {
  it.each([
    ['lv', 2, 0],
    ['la', 4, 1],
    ['lvo', 1, 2],
  ])('draws the outline of %s around its pixels, which stay as they are', (_, label, colour) => {
    const whole = { top: 0, bottom: 1, left: 0, right: 1 };
    const brush = new ChamberPicture(edge, 1, whole, { lv: 2, la: 4, lvo: 1 }, edge);
    const picture = brush.draw(grey, square(label));
    expect([brush.width, brush.height]).toEqual([edge, edge]);
    const drawn = picture.filter((number) => number === outline + colour).length;
    expect(drawn).toBe(4 * 15);
    expect(picture[16 * edge + 16]).toBe(outline - 1); // white
    expect(picture.every((number) => number === outline - 1 || number === outline + colour)).toBe(true);
  });

  it('draws lines of the mask where they lie in what is shown', () => {
    const half = { top: 0, bottom: 0.5, left: 0, right: 0.5 };
    const brush = new ChamberPicture(edge, 1, half, { lv: 2, la: 4, lvo: 1 }, edge);
    const line = { from: { x: 4.25, y: 8.25 }, to: { x: 60, y: 8.25 } };
    const picture = brush.draw(grey, new Uint8Array(edge * edge), [line]);
    const drawn = [...picture.keys()].filter((at) => picture[at] === pictureColours.length - 1);
    // Twice as large as the mask, and cut off at the edge.
    expect(drawn).toEqual(Array.from({ length: edge - 8 }, (_, i) => 16 * edge + 8 + i));
  });

  it('cuts off what is blank and keeps the shape of the instance', () => {
    const [rows, columns] = [100, 200];
    const frame = new Uint8Array(rows * columns);
    for (let row = 20; row < 80; row++) frame.fill(9, row * columns + 50, row * columns + 150);
    const crop = cropOf(frame, rows, columns);
    expect(crop).toEqual({ top: 0.19, bottom: 0.81, left: 0.24, right: 0.76 });
    const brush = new ChamberPicture(128, columns / rows, crop, { lv: 1, la: 2, lvo: 3 }, 62);
    // 60 rows and 100 columns of the instance with their margins.
    expect(brush.width / brush.height).toBeCloseTo(104 / 62, 1);
  });

  it('shows all of a blank picture', () => {
    expect(cropOf(new Uint8Array(6), 2, 3)).toEqual({ top: 0, bottom: 1, left: 0, right: 1 });
  });
});
