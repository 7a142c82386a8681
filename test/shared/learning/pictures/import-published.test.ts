import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../../../shared/engine/open-engine.ts';
import { memberParameters } from '../../../../shared/learning/model.ts';
import { writePictureTfjs } from '../../../../shared/learning/model-tfjs.ts';
import { importPublished } from '../../../../shared/learning/pictures/import-published.ts';
import { writePictureArtifact } from '../../../../shared/learning/pictures/picture-artifact.ts';
import { pictureForward } from '../../../../shared/learning/pictures/picture-model.ts';
import { readPictureArtifact } from '../../../../shared/learning/pictures/read-picture-artifact.ts';
import { diskFolder } from '../../../../shared/storage/folder.ts';
import { writeSafetensors } from '../../../../shared/storage/safetensors.ts';
import { storedFloat32 } from '../../../../shared/storage/stored-tensor.ts';
import { hasReference, type NamedTensor, namedValues, readReference } from '../../../reference.ts';
import { greyLevelModel } from './grey-level-models.ts';

interface EchoReference {
  readonly params: readonly NamedTensor[];
  readonly input: NamedTensor;
  readonly logits: { readonly values: readonly number[] };
  readonly logitsAt: readonly {
    readonly row: number;
    readonly column: number;
    readonly values: readonly number[];
  }[];
}

const origin = { command: 'import', codeVersion: '1.0.0' };
let path: string;
beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'systole-import-'));
});
afterAll(() => rm(path, { recursive: true, force: true }));

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
};

describe.skipIf(!hasReference)("usal_echo's checkpoints (need ../shared/reference)", () => {
  it.each([
    ['vgg-views', 'vgg', 'views', 23],
    ['unet-a4c', 'unet', 'segmentation-a4c', 6],
    ['unet-a2c', 'unet', 'segmentation-a2c', 4],
  ] as const)('%s becomes a model that answers as it did', async (file, net, task, classes) => {
    const reference = readReference<EchoReference>(`echo/${file}.json`);
    const tensors = new Map(
      reference.params.map((tensor) => [
        `${tensor.name}:0`,
        storedFloat32(tensor.shape, Float32Array.from(namedValues(tensor))),
      ]),
    );
    const imported = importPublished(net, [writeSafetensors(tensors)], origin);
    const folder = diskFolder(join(path, file));
    await writePictureArtifact(folder, imported);
    const artifact = await readPictureArtifact(folder);
    expect(artifact.card).toMatchObject({ task, evaluatedOn: 'nothing', evaluation: null });
    expect(artifact.card.preprocessing.burnedInText).toBe('top-tenth');
    const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
    const compiled = await engine.compileForward(pictureForward(artifact.card, memberParameters(artifact)));
    const { probabilities } = await compiled.run({
      frames: Float32Array.from(namedValues(reference.input)),
    });
    const answer = probabilities!.data as Float32Array;
    const expected =
      net === 'vgg'
        ? [{ start: 0, values: reference.logits.values }]
        : reference.logitsAt.map(({ row, column, values }) => ({
            start: (row * artifact.card.net.size + column) * classes,
            values,
          }));
    for (const { start, values } of expected)
      for (const [label, probability] of softmax(values.slice(0, classes)).entries())
        expect(Math.abs(answer[start + label]! - probability)).toBeLessThan(1e-4);
    await compiled.dispose();
  });
});

it('refuses a net that answers for another number of classes', () => {
  const { members } = greyLevelModel('a4c');
  const tensors = new Map(
    [...members[0]!].map(([name, { shape, data }]) => [name, storedFloat32(shape, data)]),
  );
  expect(() => importPublished('unet', [writeSafetensors(tensors)], origin)).toThrow(
    'answers for 3 classes, the published ones for 6 or 4',
  );
});

it('is a tf.js graph model too', async () => {
  const artifact = greyLevelModel('a4c');
  const folder = diskFolder(join(path, 'tfjs'));
  await writePictureTfjs(folder, artifact);
  const model = JSON.parse(Buffer.from((await folder.read('model.json'))!).toString()) as {
    weightsManifest: { paths: string[] }[];
  };
  expect(model.weightsManifest[0]!.paths.length).toBeGreaterThan(0);
});
