import { resizer } from '../echo/frames/resize.ts';
import type { Chord } from '../echo/measurement/disk-chords.ts';
import type { Colours } from '../storage/animated-png.ts';

/** Label numbers of the chambers in a mask. */
export interface ChamberLabels {
  readonly lv: number;
  readonly la: number;
  readonly lvo: number;
}

/** Colours of the outlines (Okabe and Ito), which colour-blind people can tell apart, on grey too. */
export const chamberColours = {
  lv: { name: 'left ventricle', colour: [86, 180, 233] },
  la: { name: 'left atrium', colour: [230, 159, 0] },
  lvo: { name: 'wall of the left ventricle', colour: [0, 158, 115] },
} as const;

/** Colour of the long axis and of the disks. */
export const diskColour = { name: 'long axis and disks', colour: [240, 228, 66] } as const;

const chambers = ['lv', 'la', 'lvo'] as const;

/** Grey levels of a picture; the numbers of the outlines' colours follow them. */
const greys = 32;

/** What the numbers of a picture stand for. */
export const pictureColours: Colours = [
  ...Array.from({ length: greys }, (_, level) => {
    const grey = Math.round((level * 255) / (greys - 1));
    return [grey, grey, grey] as const;
  }),
  ...chambers.map((chamber) => chamberColours[chamber].colour),
  diskColour.colour,
];

/** What of a frame is shown: the part that is not blank, in the shares of its rows and columns that it takes. */
export interface Crop {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The part of a grey picture that holds anything, with a margin of a hundredth; all of it where it is blank. */
export function cropOf(grey: Uint8Array, rows: number, columns: number): Crop {
  let [top, bottom, left, right] = [rows, 0, columns, 0];
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (grey[at++]! > 0) {
        top = Math.min(top, row);
        bottom = row + 1;
        if (column < left) left = column;
        if (column >= right) right = column + 1;
      }
  if (bottom === 0) return { top: 0, bottom: 1, left: 0, right: 1 };
  return {
    top: Math.max(0, top / rows - 0.01),
    bottom: Math.min(1, bottom / rows + 0.01),
    left: Math.max(0, left / columns - 0.01),
    right: Math.min(1, right / columns + 0.01),
  };
}

/** Draws frames with the outlines of their chambers, all in the same size. */
export class ChamberPicture {
  readonly width: number;
  readonly height: number;
  readonly #edge: number;
  readonly #labels: ChamberLabels;
  readonly #left: number;
  readonly #top: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #resize: (grey: Uint8Array, into: Uint8Array) => void;

  /**
   * @param edge of the frames and masks, which are squares whatever the instance's shape
   * @param aspect width over height of the instance's picture
   * @param height of the result in pixels
   */
  constructor(edge: number, aspect: number, crop: Crop, labels: ChamberLabels, height: number) {
    this.#edge = edge;
    this.#labels = labels;
    this.#left = Math.floor(crop.left * edge);
    this.#top = Math.floor(crop.top * edge);
    this.#columns = Math.max(1, Math.ceil(crop.right * edge) - this.#left);
    this.#rows = Math.max(1, Math.ceil(crop.bottom * edge) - this.#top);
    this.height = height;
    const shape = (aspect * this.#columns) / this.#rows;
    this.width = Math.max(1, Math.round(height * Math.min(4, shape)));
    this.#resize = resizer(this.#rows, this.#columns, this.height, this.width);
  }

  /**
   * @param grey [row, column] of the frame
   * @param labels [row, column] of its mask
   * @param lines of the method of disks, in pixels of the mask
   * @returns [row, column] of `pictureColours`
   */
  draw(grey: Uint8Array, labels: Uint8Array, lines: readonly Chord[] = []): Uint8Array {
    const { width, height } = this;
    const cut = new Uint8Array(this.#rows * this.#columns);
    for (let row = 0; row < this.#rows; row++) {
      const from = (this.#top + row) * this.#edge + this.#left;
      cut.set(grey.subarray(from, from + this.#columns), row * this.#columns);
    }
    const picture = new Uint8Array(width * height);
    this.#resize(cut, picture);
    for (let i = 0; i < picture.length; i++) picture[i] = (picture[i]! * greys) >> 8;
    for (const line of lines) this.#line(line, picture);
    this.#outline(labels, picture);
    return picture;
  }

  #line({ from, to }: Chord, picture: Uint8Array): void {
    const [across, down] = [this.width / this.#columns, this.height / this.#rows];
    const start = { x: (from.x - this.#left) * across, y: (from.y - this.#top) * down };
    const end = { x: (to.x - this.#left) * across, y: (to.y - this.#top) * down };
    const steps = Math.max(1, Math.ceil(Math.hypot(end.x - start.x, end.y - start.y)));
    for (let step = 0; step <= steps; step++) {
      const column = Math.floor(start.x + ((end.x - start.x) * step) / steps);
      const row = Math.floor(start.y + ((end.y - start.y) * step) / steps);
      if (column >= 0 && column < this.width && row >= 0 && row < this.height)
        picture[row * this.width + column] = greys + chambers.length;
    }
  }

  /** Marks the pixels of each chamber that have a neighbour outside of it. */
  #outline(labels: Uint8Array, picture: Uint8Array): void {
    const { width, height } = this;
    const shown = new Uint8Array(width * height);
    const numbers = new Uint8Array(256);
    chambers.forEach((chamber, index) => {
      numbers[this.#labels[chamber]] = greys + index;
    });
    for (let row = 0, at = 0; row < height; row++) {
      const from = (this.#top + Math.floor(((row + 0.5) * this.#rows) / height)) * this.#edge + this.#left;
      for (let column = 0; column < width; column++)
        shown[at++] = numbers[labels[from + Math.floor(((column + 0.5) * this.#columns) / width)]!]!;
    }
    for (let row = 1; row < height - 1; row++)
      for (let column = 1, at = row * width + 1; column < width - 1; column++, at++) {
        const own = shown[at]!;
        if (own === 0) continue;
        if (
          shown[at - 1] !== own ||
          shown[at + 1] !== own ||
          shown[at - width] !== own ||
          shown[at + width] !== own
        )
          picture[at] = own;
      }
  }
}
