import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Red, green and blue of the colours that a picture's bytes are numbers of; at most 256. */
export type Colours = readonly (readonly [number, number, number])[];

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Filters of PNG, 9.2: each row as it is, or less the row above, which suits areas of one value. */
const filters = { none: 0, up: 2 } as const;
/** Pixels of one frame; what is larger was not written here. */
const mostPixels = 1 << 26;

/**
 * Writes an animated PNG of indexed colour, frame by frame: a file that every browser plays and that is a still picture of
 * its first frame to whoever knows no animation. Only its compressed frames are held.
 * Source: PNG, third edition (W3C 2025), 11.3.6 and 4.9.
 */
export class AnimatedPng {
  readonly #width: number;
  readonly #height: number;
  readonly #colours: Colours;
  readonly #milliseconds: number;
  readonly #filter: keyof typeof filters;
  readonly #frames: Uint8Array[] = [];

  /** @param milliseconds for which each frame is shown */
  constructor(
    width: number,
    height: number,
    colours: Colours,
    milliseconds: number,
    filter: keyof typeof filters = 'none',
  ) {
    this.#width = width;
    this.#height = height;
    this.#colours = colours;
    this.#milliseconds = milliseconds;
    this.#filter = filter;
  }

  get frames(): number {
    return this.#frames.length;
  }

  /** @param numbers [row, column], the number of each pixel's colour */
  add(numbers: Uint8Array): void {
    const width = this.#width;
    const rows = new Uint8Array(this.#height * (width + 1));
    const up = this.#filter === 'up';
    for (let row = 0; row < this.#height; row++) {
      const at = row * (width + 1);
      const from = row * width;
      rows[at] = filters[this.#filter];
      if (up && row > 0)
        for (let column = 0; column < width; column++)
          rows[at + 1 + column] = numbers[from + column]! - numbers[from - width + column]!;
      else rows.set(numbers.subarray(from, from + width), at + 1);
    }
    this.#frames.push(deflateSync(rows));
  }

  /** @throws RangeError when there is no frame */
  file(): Uint8Array {
    if (this.#frames.length === 0) throw new RangeError('There is no frame.');
    const header = new Uint8Array(13);
    const view = new DataView(header.buffer);
    view.setUint32(0, this.#width);
    view.setUint32(4, this.#height);
    header[8] = 8; // bits
    header[9] = 3; // indexed colour
    const control = new Uint8Array(8); // played for ever
    new DataView(control.buffer).setUint32(0, this.#frames.length);
    const chunks = [
      chunk('IHDR', header),
      chunk('acTL', control),
      chunk('PLTE', Uint8Array.from(this.#colours.flat())),
    ];
    let sequence = 0;
    for (const [index, data] of this.#frames.entries()) {
      chunks.push(chunk('fcTL', this.#frameControl(sequence++)));
      chunks.push(index === 0 ? chunk('IDAT', data) : chunk('fdAT', numbered(sequence++, data)));
    }
    return Buffer.concat([signature, ...chunks, chunk('IEND', new Uint8Array(0))]);
  }

  #frameControl(sequence: number): Uint8Array {
    const bytes = new Uint8Array(26);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, sequence);
    view.setUint32(4, this.#width);
    view.setUint32(8, this.#height);
    view.setUint16(20, Math.max(1, Math.min(65_535, Math.round(this.#milliseconds))));
    view.setUint16(22, 1000);
    return bytes;
  }
}

/** The frames of a file that `AnimatedPng` wrote. */
export interface AnimatedPngFrames {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  /** One frame, [row, column]: the number of each pixel's colour. */
  frame(index: number): Uint8Array;
}

/** @throws RangeError when the file is not one of `AnimatedPng` */
export function readAnimatedPng(bytes: Uint8Array): AnimatedPngFrames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!signature.every((byte, index) => bytes[index] === byte)) throw new RangeError('It is no PNG.');
  const frames: Uint8Array[] = [];
  let size: { width: number; height: number } | undefined;
  for (let at = signature.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new RangeError('A chunk is longer than the file.');
    const data = bytes.subarray(at + 8, end);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      throw new RangeError('A chunk is broken.');
    if (type === 'IHDR') size = sizeOf(data);
    else if (type === 'IDAT') frames.push(data);
    else if (type === 'fdAT') frames.push(data.subarray(4));
    at = end + 4;
  }
  if (size === undefined || frames.length === 0) throw new RangeError('There is no frame.');
  const { width, height } = size;
  return {
    width,
    height,
    count: frames.length,
    frame: (index) => unfiltered(frames[index]!, width, height),
  };
}

function sizeOf(header: Uint8Array): { width: number; height: number } {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length !== 13 || header[8] !== 8 || header[9] !== 3 || header[12] !== 0)
    throw new RangeError('It is no picture of indexed colour of 8 bits.');
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  if (width === 0 || height === 0 || width * height > mostPixels)
    throw new RangeError('It is too large, or empty.');
  return { width, height };
}

function unfiltered(data: Uint8Array, width: number, height: number): Uint8Array {
  const length = height * (width + 1);
  const rows = inflateSync(data, { maxOutputLength: length });
  if (rows.length !== length) throw new RangeError('A frame is short.');
  const numbers = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const at = row * (width + 1);
    const to = row * width;
    const filter = rows[at];
    if (filter !== filters.none && filter !== filters.up)
      throw new RangeError('A row is filtered in another way.');
    numbers.set(rows.subarray(at + 1, at + 1 + width), to);
    if (filter === filters.up && row > 0)
      for (let column = 0; column < width; column++) numbers[to + column]! += numbers[to - width + column]!;
  }
  return numbers;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function numbered(sequence: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + data.length);
  new DataView(bytes.buffer).setUint32(0, sequence);
  bytes.set(data, 4);
  return bytes;
}
