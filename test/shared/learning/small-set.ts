import { Random } from '../../../shared/random.ts';
import type { Folder } from '../../../shared/storage/folder.ts';

/** Files in memory. */
export class MemoryFolder implements Folder {
  readonly files = new Map<string, Uint8Array>();

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.files.get(name);
  }

  async write(name: string, bytes: Uint8Array | string): Promise<void> {
    this.files.set(name, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes.slice());
  }

  async list(): Promise<string[]> {
    return [...this.files.keys()];
  }
}

const leads = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];

/**
 * A data set that a small net learns in seconds: twelve leads of noise; class A has upward spikes in lead I, class
 * B downward ones in V1. WFDB format 16 at 100 Hz without unit.
 */
export function smallSet(
  count: number,
  samples: number,
  seed: number,
  classes: readonly [string, string] = ['A', 'B'],
): MemoryFolder {
  const random = new Random(seed);
  const folder = new MemoryFolder();
  let table = `record,patient,${classes.join()}\n`;
  for (let r = 0; r < count; r++) {
    const name = `R${String(r).padStart(4, '0')}`;
    const a = random.uniform() < 0.5 ? 1 : 0;
    const b = random.uniform() < 0.3 ? 1 : 0;
    table += `${name},P${Math.floor(r / 2)},${a},${b}\n`;
    const data = new Int16Array(samples * leads.length);
    for (let i = 0; i < samples; i++) {
      for (let l = 0; l < leads.length; l++) {
        let value = random.normal();
        if (l === 0 && i % 40 < 3) value += a * 10;
        if (l === 6 && i % 40 > 36) value -= b * 10;
        data[i * leads.length + l] = Math.round(value * 1000);
      }
    }
    const lines = leads.map((lead, l) => {
      let sum = 0;
      for (let i = l; i < data.length; i += leads.length) sum = (sum + data[i]!) | 0;
      return `${name}.dat 16 1000(0)/NU 16 0 ${data[l]} ${(sum << 16) >> 16} 0 ${lead}`;
    });
    const header = [`${name} ${leads.length} 100 ${samples}`, ...lines].join('\n');
    folder.files.set(`records/${name}.dat`, new Uint8Array(data.buffer));
    folder.files.set(`records/${name}.hea`, new TextEncoder().encode(`${header}\n`));
  }
  folder.files.set('labels.csv', new TextEncoder().encode(table));
  return folder;
}

/** A whole experiment on it, as YAML. */
export function smallExperiment(changes: Record<string, string> = {}): string {
  const parts: Record<string, string> = {
    net: '{ name: dsail, width: 1, blocks: 4, kernel: 5, dropout: 0.2, chunk: 128, chunkStride: 96 }',
    validation: 'validation: { labels: labels.csv, recordings: records }',
    window: '{ samples: 112 }',
    augmentation: '[{ kind: noise, deviation: 0.1 }, { kind: drop-leads, probability: 0.05 }]',
    mixup: '{ where: features, alpha: 0.2 }',
    loss: '{ kind: binary-cross-entropy }',
    optimizer: '{ kind: adam, learningRate: 0.01, weightDecay: 0.0005 }',
    schedule: '{ kind: warmup-cosine }',
    batch: '16',
    epochs: '4',
    selection: '{ epoch: best, metric: auroc }',
    averaging: '{ decay: 0.5 }',
    ...changes,
  };
  return `
name: small
net: ${parts.net}
data:
  name: made
  attribution: nobody
  licence: none
  prefix: made
  train: { labels: labels.csv, recordings: records }
  ${parts.validation}
classes: [A, B]
preprocessing: { input: millivolts, steps: [{ step: scale, method: standard }] }
window: ${parts.window}
augmentation: ${parts.augmentation}
${parts.mixup === '' ? '' : `mixup: ${parts.mixup}`}
loss: ${parts.loss}
optimizer: ${parts.optimizer}
schedule: ${parts.schedule}
batch: ${parts.batch}
epochs: ${parts.epochs}
seed: 3
selection: ${parts.selection}
${parts.averaging === '' ? '' : `averaging: ${parts.averaging}`}
${parts.earlyStopping === undefined ? '' : `earlyStopping: ${parts.earlyStopping}`}
card: { intendedUse: a test, limits: [everything] }
`;
}
