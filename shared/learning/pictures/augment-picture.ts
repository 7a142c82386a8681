import type { Random } from '../../random.ts';
import type { PictureAugmentation } from './picture-experiment.ts';
import type { PreparedPicture } from './prepared-pictures.ts';

/** A picture under augmentation, `[row, column]` of size x size; labels of one element are the picture's class. */
export interface AugmentedPicture {
  readonly size: number;
  readonly grey: Float32Array;
  readonly labels: Uint8Array;
}

/** Changes a picture as an experiment's list says, in its order; grey stays within 0-255. */
export function augmentPicture(
  { grey, labels }: PreparedPicture,
  size: number,
  augmentation: readonly PictureAugmentation[],
  random: Random,
): AugmentedPicture {
  let picture: AugmentedPicture = { size, grey: Float32Array.from(grey), labels };
  for (const step of augmentation) picture = changed(picture, step, random);
  return picture;
}

function changed(picture: AugmentedPicture, step: PictureAugmentation, random: Random): AugmentedPicture {
  switch (step.kind) {
    case 'affine':
      return affine(picture, step, random);
    case 'gamma': {
      const exponent = Math.exp(random.between(-step.spread, step.spread));
      return mapped(picture, (value) => 255 * (value / 255) ** exponent);
    }
    case 'gain': {
      const factor = 1 + random.between(-step.contrast, step.contrast);
      const offset = 255 * random.between(-step.brightness, step.brightness);
      return mapped(picture, (value) => factor * value + offset);
    }
    case 'speckle':
      return random.uniform() < step.probability ? speckled(picture, step.deviation, random) : picture;
    case 'shadow':
      return random.uniform() < step.probability ? shadowed(picture, step.depth, random) : picture;
  }
}

function mapped(picture: AugmentedPicture, change: (value: number, at: number) => number): AugmentedPicture {
  const { grey } = picture;
  for (let at = 0; at < grey.length; at++) grey[at] = Math.min(255, Math.max(0, change(grey[at]!, at)));
  return picture;
}

/** Turned, scaled, moved and mirrored about the centre at once, so that the picture is resampled once. */
function affine(
  { size, grey, labels }: AugmentedPicture,
  { degrees, scale, shift, mirror }: Extract<PictureAugmentation, { kind: 'affine' }>,
  random: Random,
): AugmentedPicture {
  const angle = (random.between(-degrees, degrees) * Math.PI) / 180;
  const zoom = 1 + random.between(-scale, scale);
  const [down, right] = [size * random.between(-shift, shift), size * random.between(-shift, shift)];
  const flip = random.uniform() < mirror ? -1 : 1;
  const [cosine, sine] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
  const centre = (size - 1) / 2;
  const masked = labels.length > 1;
  const turned = new Float32Array(size * size);
  const turnedLabels = masked ? new Uint8Array(size * size) : labels;
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      // From the new pixel back to where it was.
      const y = row - centre - down;
      const x = flip * (column - centre - right);
      const fromRow = centre + cosine * y + sine * x;
      const fromColumn = centre - sine * y + cosine * x;
      const top = Math.floor(fromRow);
      const left = Math.floor(fromColumn);
      if (top < 0 || left < 0 || top >= size - 1 || left >= size - 1) continue;
      const [lower, inner] = [fromRow - top, fromColumn - left];
      const corner = top * size + left;
      const upper = grey[corner]! + inner * (grey[corner + 1]! - grey[corner]!);
      const under = grey[corner + size]! + inner * (grey[corner + size + 1]! - grey[corner + size]!);
      turned[at] = upper + lower * (under - upper);
      if (masked) turnedLabels[at] = labels[corner + (lower >= 0.5 ? size : 0) + (inner >= 0.5 ? 1 : 0)]!;
    }
  }
  return { size, grey: turned, labels: turnedLabels };
}

/** Each pixel times 1 + the mean of four neighbouring normal numbers, scaled to `deviation`. */
function speckled(picture: AugmentedPicture, deviation: number, random: Random): AugmentedPicture {
  const { size } = picture;
  const noise = new Float32Array((size + 1) * (size + 1));
  for (let i = 0; i < noise.length; i++) noise[i] = random.normal();
  const spread = deviation / 2; // the sum of four has twice the deviation of one
  return mapped(picture, (value, at) => {
    const corner = at + Math.floor(at / size);
    const sum = noise[corner]! + noise[corner + 1]! + noise[corner + size + 1]! + noise[corner + size + 2]!;
    return value * (1 + spread * sum);
  });
}

/** Widest sector and the half angle of the fan in which its middle lies, radians. */
const widestShadow = 0.2;
const halfFan = 0.7;

/** A sector from the middle of the upper edge with soft borders, dark from a random depth on. */
function shadowed(picture: AugmentedPicture, depth: number, random: Random): AugmentedPicture {
  const { size } = picture;
  const middle = random.between(-halfFan, halfFan);
  const width = random.between(0.03, widestShadow);
  const strength = random.between(0, depth);
  const start = size * random.between(0, 0.5);
  return mapped(picture, (value, at) => {
    const row = Math.floor(at / size);
    const column = (at % size) - size / 2;
    if (Math.hypot(row, column) < start) return value;
    const distance = (Math.atan2(column, row) - middle) / width;
    return value * (1 - strength * Math.exp(-(distance ** 2)));
  });
}
