import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildAll } from '../../../shared/deployment/build.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { parseAnyExperiment } from '../../../shared/learning/any-experiment.ts';
import { trainAny } from '../../../shared/learning/train-any.ts';
import { diskFolder } from '../../../shared/storage/folder.ts';
import { smallPictures, smallSegmentation } from '../../shared/learning/pictures/small-pictures.ts';
import { Program } from '../program.ts';

/** A training of two members in a folder of its own, for the training program. */
export class SmallTraining {
  private constructor(readonly folder: string) {}

  static async make(): Promise<SmallTraining> {
    // Not in the time of the first test.
    await buildAll();
    const folder = await mkdtemp(join(tmpdir(), 'systole-side-by-side-'));
    for (const [name, bytes] of smallPictures(20).files) {
      await mkdir(dirname(join(folder, 'data', name)), { recursive: true });
      await writeFile(join(folder, 'data', name), bytes);
    }
    await writeFile(join(folder, 'small.yml'), smallSegmentation({ members: '2', epochs: '3', batch: '4' }));
    return new SmallTraining(folder);
  }

  /** The program, with its model in a folder of that name. */
  start(output: string): Promise<Program> {
    const { folder } = this;
    return Program.start('train', [
      join(folder, 'small.yml'),
      '--data',
      join(folder, 'data'),
      '--output',
      join(folder, output),
    ]);
  }

  /** What members trained one after the other in this process come to. */
  async inOneProcess(): Promise<Uint8Array[]> {
    const output = diskFolder(join(this.folder, 'one'));
    await trainAny(parseAnyExperiment(await readFile(join(this.folder, 'small.yml'), 'utf8')), {
      dataset: diskFolder(join(this.folder, 'data')),
      checkpoints: output,
      model: output,
      engine: await openEngine({ threads: 1 }),
      command: 'a test',
      codeVersion: 'test',
    });
    return this.weights('one');
  }

  weights(output: string): Promise<Uint8Array[]> {
    return Promise.all(
      [0, 1].map((member) => readFile(join(this.folder, output, `weights-${member}.safetensors`))),
    );
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
