import { Random } from '../../../../shared/random.ts';
import { greyPng } from '../../../../shared/reports/grey-png.ts';
import { MemoryFolder } from '../small-set.ts';

const [rows, columns] = [40, 48];

/**
 * Pictures of a bright disk (value 255 of its mask) with a dark one (128) below it, in noise: `pictures.csv` with a column
 * a mask and a view, two pictures a patient, all but the last four for training.
 */
export function smallPictures(count: number): MemoryFolder {
  const random = new Random(5);
  const folder = new MemoryFolder();
  let table = 'image,mask,view,split,patient,ef\n';
  for (let p = 0; p < count; p++) {
    const grey = new Uint8Array(rows * columns);
    const mask = new Uint8Array(rows * columns);
    const radius = random.between(6, 9);
    const [y, x] = [random.between(12, 16), random.between(18, 30)];
    const isBright = p % 2 === 0;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        const upper = Math.hypot(row - y, column - x) < radius;
        const lower = Math.hypot(row - y - 15, column - x) < 6;
        mask[at] = upper ? 255 : lower ? 128 : 0;
        grey[at] = 80 + 20 * random.uniform() + (upper ? (isBright ? 120 : 60) : lower ? -70 : 0);
      }
    folder.files.set(`images/${p}.png`, greyPng(grey, rows, columns));
    folder.files.set(`masks/${p}.png`, greyPng(mask, rows, columns));
    const split = p < count - 4 ? 'train' : 'val';
    table += `images/${p}.png,masks/${p}.png,${isBright ? 'a4c' : 'a2c'},${split},P${p >> 1},55\n`;
  }
  folder.files.set('pictures.csv', new TextEncoder().encode(table));
  return folder;
}

const training = `
augmentation:
  - { kind: affine, degrees: 10, scale: 0.1, shift: 0.05 }
  - { kind: gamma, spread: 0.2 }
  - { kind: gain, contrast: 0.1, brightness: 0.05 }
  - { kind: speckle, deviation: 0.1, probability: 0.5 }
  - { kind: shadow, depth: 0.3, probability: 0.5 }
schedule: { kind: warmup-cosine }
seed: 3
averaging: { decay: 0.5 }
threads: 1
preprocessing: { frames: grey, edge: 32, burnedInText: none }
card: { intendedUse: a test, limits: [everything] }
`;

const source = 'kind: KIND, name: made, attribution: nobody, licence: none, prefix: made';

/** A whole experiment with masks, as YAML. */
export function smallSegmentation(changes: Readonly<Record<string, string>> = {}): string {
  return withChanges(
    `${training}
name: small
task: segmentation-a4c
net: { name: unet, size: 32, width: 0.0625, dropout: 0.1, batchNorm: true }
data: { ${source.replace('KIND', 'masks')}, maskValues: { 0: background, 128: atrium, 255: ventricle },
  train: { table: pictures.csv, rows: { split: train }, patient: patient },
  validation: { table: pictures.csv, rows: { split: val }, patient: patient } }
classes: [background, ventricle, atrium]
chambers: { lv: ventricle, la: atrium, lvo: ventricle }
loss: { kind: softmax-cross-entropy-and-dice }
optimizer: { kind: adam, learningRate: 0.01 }
batch: 4
epochs: 8
selection: { epoch: best, metric: dice }
`,
    changes,
  );
}

/** A whole experiment with a class a picture, as YAML. */
export function smallViews(changes: Readonly<Record<string, string>> = {}): string {
  return withChanges(
    `${training}
name: small
task: views
net: { name: vgg, size: 32, width: 0.0625, fullyConnected: 16, dropout: 0 }
data: { ${source.replace('KIND', 'labels')},
  train: { table: pictures.csv, rows: { split: train } },
  validation: { table: pictures.csv, rows: { split: val } } }
classes: [a2c, a4c, plax]
loss: { kind: softmax-cross-entropy, classWeights: [1, 1, 1] }
optimizer: { kind: adam, learningRate: 0.003 }
batch: 4
epochs: 6
selection: { epoch: last, metric: accuracy }
`,
    changes,
  );
}

/** The outermost keys named in `changes` with other values; an empty one leaves the key out. */
function withChanges(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((yaml, [key, value]) => {
    const own = new RegExp(`^${key}:.*\\n(?: .*\\n)*`, 'm');
    return `${yaml.replace(own, '')}\n${value === '' ? '' : `${key}: ${value}`}\n`;
  }, text);
}
