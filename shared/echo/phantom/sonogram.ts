import type { Random } from '../../random.ts';
import { type FanGeometry, forEachFanPixel } from './fan-geometry.ts';
import { type Heart, tissueAt, tissues } from './heart.ts';
import type { Scatterers } from './scatterers.ts';
import type { ViewPlane } from './view-plane.ts';

/** A part of the fan that is darker than it should be. Angles in degrees from the middle, distances in cm. */
export interface Shadow {
  readonly angle: number;
  readonly width: number;
  /** From this distance on. */
  readonly from: number;
  readonly decibels: number;
}

/** How the machine is set and how well the patient can be seen. Decibels unless said otherwise. */
export interface Appearance {
  readonly gain: number;
  /** From black to white. */
  readonly dynamicRange: number;
  /** Blood, and what lies around the heart, relative to the myocardium. */
  readonly blood: number;
  readonly surround: number;
  /** Still, structureless echoes that fade with depth, relative to the myocardium at the probe. */
  readonly haze: number;
  /** Electronic noise at the fan's arc, relative to the myocardium. */
  readonly noise: number;
  /** Change from the probe to the arc: time-gain compensation that is not quite right. */
  readonly tilt: number;
  /** Width of the beam, degrees (standard deviation). */
  readonly beam: number;
  readonly shadows: readonly Shadow[];
}

/** cm between samples along a line, and the pulse's standard deviation in samples. */
const sampleStep = 0.04;
const pulse = 0.9;
/** Degrees between lines. */
const lineStep = 0.62;
/** Scatterers a sample: some four under a beam's width and a pulse's length. */
const density = 0.5;
/** Taps each side of the pulse and of the beam. */
const pulseTaps = 2;
const beamTaps = 4;

/** Decibels relative to the myocardium. Blood is not here: it is fresh in every frame. */
const levels: Record<number, number> = {
  [tissues.myocardium]: 0,
  [tissues.valve]: 7,
  [tissues.wall]: 3,
  [tissues.pericardium]: 6,
  [tissues.papillary]: 0,
};
const tissueCount = Object.keys(tissues).length;
const bloods = new Set<number>([
  tissues.leftVentricle,
  tissues.rightVentricle,
  tissues.leftAtrium,
  tissues.rightAtrium,
  tissues.aorta,
]);

export function scattererCount({ depth, halfAngle }: FanGeometry): number {
  return Math.round(density * sampleCount(depth) * lineCount(halfAngle) * 1.05 * 1.08);
}

const sampleCount = (depth: number): number => Math.ceil(depth / sampleStep);
const lineCount = (halfAngle: number): number => Math.ceil((halfAngle * 360) / Math.PI / lineStep);

/**
 * Forms pictures of the plane as a sector scanner does: complex echoes of the scatterers on a grid of lines and samples,
 * smeared by the pulse along and by the beam across (so that speckle widens with depth), their envelope compressed
 * logarithmically, and converted from lines to the fan. Scatterers are as strong as the tissue that they are in; those
 * of blood are drawn anew in every frame.
 */
export class Sonogram {
  readonly #geometry: FanGeometry;
  readonly #plane: ViewPlane;
  readonly #appearance: Appearance;
  readonly #scatterers: Scatterers;
  readonly #random: Random;
  readonly #samples: number;
  readonly #lines: number;
  /** [line, sample]: what shadows, the fan's sides and the compensation leave of an echo. */
  readonly #gain: Float32Array;
  /** [sample]: the electronics' noise. */
  readonly #noise: Float32Array;
  /** [line, sample]: echoes that stand still. */
  readonly #hazeReal: Float32Array;
  readonly #hazeImaginary: Float32Array;
  /** Normal numbers, a power of two of them. */
  readonly #normals: Float32Array;
  readonly #conversion: Conversion;
  readonly #pulse: readonly number[];
  readonly #beam: Float32Array;
  /** Strength of each scatterer's patch in the tissues around the heart and within it. */
  readonly #around: Float32Array;
  readonly #within: Float32Array;

  constructor(
    geometry: FanGeometry,
    plane: ViewPlane,
    appearance: Appearance,
    scatterers: Scatterers,
    random: Random,
  ) {
    this.#geometry = geometry;
    this.#plane = plane;
    this.#appearance = appearance;
    this.#scatterers = scatterers;
    this.#random = random;
    this.#samples = sampleCount(geometry.depth);
    this.#lines = lineCount(geometry.halfAngle);
    this.#gain = this.#gains();
    this.#noise = this.#noises();
    this.#normals = new Float32Array(1 << 16);
    random.addNormal(this.#normals, 1);
    const size = this.#samples * this.#lines;
    this.#hazeReal = new Float32Array(size);
    this.#hazeImaginary = new Float32Array(size);
    random.addNormal(this.#hazeReal, 1);
    random.addNormal(this.#hazeImaginary, 1);
    const hazes = Float32Array.from(
      { length: this.#samples },
      (_, i) => amplitude(appearance.haze) * Math.exp((-(i + 0.5) * sampleStep) / (0.14 * geometry.depth)),
    );
    for (let i = 0; i < size; i++) {
      this.#hazeReal[i]! *= hazes[i % this.#samples]!;
      this.#hazeImaginary[i]! *= hazes[i % this.#samples]!;
    }
    this.#pulse = gaussian(pulse, pulseTaps);
    // The beam is narrowest at the middle depths, where it is focused.
    this.#beam = new Float32Array(this.#samples * (2 * beamTaps + 1));
    for (let i = 0; i < this.#samples; i++) {
      const share = (i + 0.5) / this.#samples;
      const width = (appearance.beam / lineStep) * (1 + 0.9 * (share - 0.45) ** 2);
      this.#beam.set(gaussian(width, beamTaps), i * (2 * beamTaps + 1));
    }
    this.#conversion = conversionTo(geometry, this.#lines, this.#samples);
    this.#around = scatterers.patch.map((patch) => amplitude(6 * patch));
    this.#within = scatterers.patch.map((patch) => amplitude(1.6 * patch));
  }

  /** Draws one frame `[row, column]` into a picture that is black. */
  draw(heart: Heart, picture: Uint8Array): void {
    const tissue = this.#tissueMap(heart);
    const { real, imaginary } = this.#echoes(heart, tissue);
    this.#smear(real);
    this.#smear(imaginary);
    const lines = this.#compressed(real, imaginary);
    this.#conversion(lines, picture);
  }

  #gains(): Float32Array {
    const { tilt, shadows } = this.#appearance;
    const gains = new Float32Array(this.#lines * this.#samples);
    for (let line = 0; line < this.#lines; line++) {
      const angle = (line + 0.5 - this.#lines / 2) * lineStep;
      const side = Math.abs(angle) / ((this.#geometry.halfAngle * 180) / Math.PI);
      for (let sample = 0; sample < this.#samples; sample++) {
        const range = (sample + 0.5) * sampleStep;
        // The aperture looks smaller from the sides.
        let decibels = (tilt * range) / this.#geometry.depth - 5 * side * side;
        for (const shadow of shadows) {
          const off = (angle - shadow.angle) / shadow.width;
          const depth = Math.max(0, Math.min(1, (range - shadow.from) / 0.6));
          decibels += shadow.decibels * depth * Math.exp(-(off ** 4));
        }
        gains[line * this.#samples + sample] = amplitude(decibels);
      }
    }
    return gains;
  }

  #noises(): Float32Array {
    const { noise, tilt } = this.#appearance;
    return Float32Array.from({ length: this.#samples }, (_, sample) =>
      amplitude(noise + tilt - 24 * (1 - (sample + 0.5) / this.#samples)),
    );
  }

  #tissueMap(heart: Heart): Uint8Array {
    const { probe, right, down } = this.#plane;
    const map = new Uint8Array(this.#lines * this.#samples);
    for (let line = 0, at = 0; line < this.#lines; line++) {
      const angle = ((line + 0.5 - this.#lines / 2) * lineStep * Math.PI) / 180;
      const x = Math.sin(angle) * right[0] + Math.cos(angle) * down[0];
      const y = Math.sin(angle) * right[1] + Math.cos(angle) * down[1];
      const z = Math.sin(angle) * right[2] + Math.cos(angle) * down[2];
      for (let sample = 0; sample < this.#samples; sample++, at++) {
        const range = (sample + 0.5) * sampleStep;
        map[at] = tissueAt(heart, probe[0] + range * x, probe[1] + range * y, probe[2] + range * z);
      }
    }
    return map;
  }

  /** What the lines receive, before pulse and beam smear it. */
  #echoes(heart: Heart, tissue: Uint8Array): { real: Float32Array; imaginary: Float32Array } {
    const strengths = Float32Array.from({ length: tissueCount }, (_, code) =>
      bloods.has(code) ? 0 : amplitude(code === tissues.outside ? this.#appearance.surround : levels[code]!),
    );
    const real = new Float32Array(tissue.length);
    const imaginary = new Float32Array(tissue.length);
    const { count, across, down, real: re, imaginary: im } = this.#scatterers;
    this.#scatterers.moveTo(heart);
    const samples = this.#samples;
    const perRadian = 180 / Math.PI / lineStep;
    for (let i = 0; i < count; i++) {
      const u = across[i]!;
      const v = down[i]!;
      const line = Math.atan2(u, v) * perRadian + this.#lines / 2 - 0.5;
      const sample = Math.sqrt(u * u + v * v) / sampleStep - 0.5;
      const l = Math.floor(line);
      const s = Math.floor(sample);
      if (l < 0 || l >= this.#lines - 1 || s < 0 || s >= samples - 1) continue;
      const at = l * samples + s;
      const fl = line - l;
      const fs = sample - s;
      const nearest = at + (fl < 0.5 ? 0 : samples) + (fs < 0.5 ? 0 : 1);
      const code = tissue[nearest]!;
      const strength =
        strengths[code]! *
        this.#gain[nearest]! *
        (code === tissues.outside ? this.#around[i]! : this.#within[i]!);
      if (strength === 0) continue;
      const r = strength * re[i]!;
      const m = strength * im[i]!;
      real[at]! += (1 - fl) * (1 - fs) * r;
      real[at + 1]! += (1 - fl) * fs * r;
      real[at + samples]! += fl * (1 - fs) * r;
      real[at + samples + 1]! += fl * fs * r;
      imaginary[at]! += (1 - fl) * (1 - fs) * m;
      imaginary[at + 1]! += (1 - fl) * fs * m;
      imaginary[at + samples]! += fl * (1 - fs) * m;
      imaginary[at + samples + 1]! += fl * fs * m;
    }
    this.#addFresh(tissue, real);
    this.#addFresh(tissue, imaginary);
    for (let i = 0; i < tissue.length; i++) {
      real[i]! += this.#hazeReal[i]!;
      imaginary[i]! += this.#hazeImaginary[i]!;
    }
    return { real, imaginary };
  }

  /** Blood and electronic noise: drawn anew in every frame, from a table that is entered at random. */
  #addFresh(tissue: Uint8Array, part: Float32Array): void {
    const blood = amplitude(this.#appearance.blood);
    const flows = Uint8Array.from({ length: tissueCount }, (_, code) => (bloods.has(code) ? 1 : 0));
    const mask = this.#normals.length - 1;
    for (let line = 0, at = 0; line < this.#lines; line++) {
      let entry = this.#random.integer(this.#normals.length);
      for (let sample = 0; sample < this.#samples; sample++, at++) {
        const level = this.#noise[sample]! + (flows[tissue[at]!] === 1 ? blood * this.#gain[at]! : 0);
        part[at]! += level * this.#normals[entry++ & mask]!;
      }
    }
  }

  /** Convolves with pulse and beam, in place. */
  #smear(part: Float32Array): void {
    const samples = this.#samples;
    const column = new Float32Array(samples + 2 * pulseTaps);
    const along = new Float32Array(part.length);
    const [p0, p1, p2] = [this.#pulse[0]!, this.#pulse[1]!, this.#pulse[2]!];
    for (let line = 0; line < this.#lines; line++) {
      const start = line * samples;
      column.set(part.subarray(start, start + samples), pulseTaps);
      for (let i = 0; i < samples; i++)
        along[start + i] =
          p2 * column[i + 2]! + p1 * (column[i + 1]! + column[i + 3]!) + p0 * (column[i]! + column[i + 4]!);
    }
    part.fill(0);
    for (let line = 0; line < this.#lines; line++)
      for (let tap = -beamTaps; tap <= beamTaps; tap++) {
        const from = line + tap;
        if (from < 0 || from >= this.#lines) continue;
        const [to, source] = [line * samples, from * samples];
        for (let i = 0, k = tap + beamTaps; i < samples; i++, k += 2 * beamTaps + 1)
          part[to + i]! += this.#beam[k]! * along[source + i]!;
      }
  }

  /** Envelope in decibels as grey levels 0 to 255. */
  #compressed(real: Float32Array, imaginary: Float32Array): Float32Array {
    const { gain, dynamicRange } = this.#appearance;
    const scale = 255 / dynamicRange;
    // The myocardium's mean power is 1 after the smear; it lies 22 dB below white at no gain.
    const offset = dynamicRange - 22 + gain;
    const lines = new Float32Array(real.length);
    for (let i = 0; i < lines.length; i++) {
      const power = real[i]! * real[i]! + imaginary[i]! * imaginary[i]! + 1e-12;
      lines[i] = Math.max(0, Math.min(255, scale * (10 * Math.log10(power) + offset)));
    }
    return lines;
  }
}

/** Draws lines `[line, sample]` of grey levels into a picture. */
type Conversion = (lines: Float32Array, picture: Uint8Array) => void;

/** Bilinear between lines and samples; where pixels are larger than samples, these are averaged first. */
function conversionTo(geometry: FanGeometry, lineTotal: number, samples: number): Conversion {
  const { spacing, depth } = geometry;
  const sampleBox = Math.max(1, Math.round(spacing.y / sampleStep));
  const lineWidth = (0.6 * depth * lineStep * Math.PI) / 180;
  const lineBox = Math.max(1, Math.round(spacing.x / lineWidth));
  const pixels: number[] = [];
  const cells: number[] = [];
  const fractions: number[] = [];
  forEachFanPixel(geometry, (pixel, across, down) => {
    const line = (Math.atan2(across, down) * 180) / Math.PI / lineStep + lineTotal / 2 - 0.5;
    const sample = Math.hypot(across, down) / sampleStep - 0.5;
    const l = Math.max(0, Math.min(lineTotal - 2, Math.floor(line)));
    const s = Math.max(0, Math.min(samples - 2, Math.floor(sample)));
    pixels.push(pixel);
    cells.push(l * samples + s);
    fractions.push(Math.max(0, Math.min(1, line - l)), Math.max(0, Math.min(1, sample - s)));
  });
  const pixelAt = Int32Array.from(pixels);
  const cellAt = Int32Array.from(cells);
  const fraction = Float32Array.from(fractions);
  return (lines, picture) => {
    boxed(lines, lineTotal, samples, samples, 1, sampleBox);
    boxed(lines, samples, 1, lineTotal, samples, lineBox);
    for (let i = 0; i < pixelAt.length; i++) {
      const at = cellAt[i]!;
      const fl = fraction[2 * i]!;
      const fs = fraction[2 * i + 1]!;
      const near = lines[at]! + fs * (lines[at + 1]! - lines[at]!);
      const far = lines[at + samples]! + fs * (lines[at + samples + 1]! - lines[at + samples]!);
      picture[pixelAt[i]!] = near + fl * (far - near) + 0.5;
    }
  };
}

/** Replaces each value by the mean of `width` around it, along one direction, in place. */
function boxed(
  values: Float32Array,
  series: number,
  seriesStride: number,
  length: number,
  stride: number,
  width: number,
): void {
  if (width === 1) return;
  const sums = new Float64Array(length + 1);
  const before = Math.floor((width - 1) / 2);
  for (let one = 0; one < series; one++) {
    const start = one * seriesStride;
    for (let i = 0; i < length; i++) sums[i + 1] = sums[i]! + values[start + i * stride]!;
    for (let i = 0; i < length; i++) {
      const from = Math.max(0, i - before);
      const to = Math.min(length, from + width);
      values[start + i * stride] = (sums[to]! - sums[from]!) / (to - from);
    }
  }
}

function amplitude(decibels: number): number {
  return 10 ** (decibels / 20);
}

/** A bell of which the squares sum to 1. */
function gaussian(deviation: number, taps: number): number[] {
  const bell = Array.from({ length: 2 * taps + 1 }, (_, i) => Math.exp(-0.5 * ((i - taps) / deviation) ** 2));
  const norm = Math.hypot(...bell);
  return bell.map((value) => value / norm);
}
