import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../shared/errors.ts';
import { buildNet } from '../../../shared/nets/build-net.ts';
import { type NetName, netSchema } from '../../../shared/nets/configuration.ts';
import { importCheckpoint } from '../../../shared/nets/import-checkpoint.ts';
import { inferConfiguration } from '../../../shared/nets/infer-configuration.ts';
import { parameterShapes } from '../../../shared/nets/parameter-shapes.ts';
import { writeSafetensors } from '../../../shared/storage/safetensors.ts';
import { type StoredTensor, storedFloat32 } from '../../../shared/storage/stored-tensor.ts';
import { hasReference, type NamedTensor, namedUniform, readReference } from '../../reference.ts';
import { writeTorchCheckpoint } from '../storage/checkpoint-writer.ts';
import { configurationOf, type DsailReference, dsailFiles } from './dsail-reference.ts';

/** A small net of each kind. */
const small: readonly [Record<string, unknown> & { name: NetName }, number][] = [
  [{ name: 'dsail', width: 1, kernel: 5, blocks: 4 }, 3],
  [
    {
      name: 'dsail',
      block: 'seresnext-bottleneck',
      width: 1,
      kernel: 3,
      cardinality: 4,
      shortcut: 'convolution',
    },
    24,
  ],
  [
    { name: 'dsail', block: 'resnest-bottleneck', width: 1, kernel: 3, cardinality: 2, radix: 2, leads: 8 },
    5,
  ],
  [{ name: 'vgg', width: 0.0625, fullyConnected: 8, size: 64 }, 23],
  [{ name: 'unet', width: 0.03125 }, 4],
];

function weightsOf(configuration: object, classes: number, seed = ''): Map<string, StoredTensor> {
  const net = buildNet(netSchema.parse(configuration), classes);
  return new Map(
    [...parameterShapes(net)].map(([name, shape]) => {
      const count = shape.reduce((product, dimension) => product * dimension, 1);
      return [name, storedFloat32(shape, Float32Array.from(namedUniform(seed + name, count)))];
    }),
  );
}

describe('importCheckpoint', () => {
  it.each(small)('reads %j from safetensors and from a PyTorch checkpoint', (configuration, classes) => {
    const weights = weightsOf(configuration, classes);
    for (const file of [writeSafetensors(weights), writeTorchCheckpoint(weights)]) {
      const model = importCheckpoint({ name: configuration.name }, [file]);
      const expected = netSchema.parse(configuration);
      // A fully convolutional net does not tell its size, nor does any net its dropout.
      expect({ ...model.configuration, dropout: 0 }).toEqual({ ...expected, dropout: 0 });
      expect(model.classes).toBe(classes);
      expect([...model.members[0]!.keys()]).toEqual([...weights.keys()]);
      for (const [name, { data, shape }] of model.members[0]!) {
        const stored = weights.get(name)!;
        expect(shape).toEqual(stored.shape);
        expect(Buffer.compare(Buffer.from(data.buffer), stored.bytes)).toBe(0);
      }
    }
  });

  const [configuration, classes] = small[0]!;
  const weights = weightsOf(configuration, classes);
  const changed = (change: (tensors: Map<string, StoredTensor>) => void): Uint8Array => {
    const copy = new Map(weights);
    change(copy);
    return writeSafetensors(copy);
  };

  it('makes one model of several folds', () => {
    const folds = ['a', 'b', 'c'].map((fold) =>
      writeTorchCheckpoint(weightsOf(configuration, classes, fold)),
    );
    const { members } = importCheckpoint({ name: 'dsail' }, folds);
    expect(members).toHaveLength(3);
    expect(members[0]!.get('linear.bias')!.data).not.toEqual(members[1]!.get('linear.bias')!.data);
  });

  it('leaves out what PyTorch and TensorFlow store beside weights', () => {
    const scalar: StoredTensor = { type: 'I64', shape: [], bytes: new Uint8Array(8) };
    const file = changed((tensors) => tensors.set('bn1.num_batches_tracked', scalar));
    expect(importCheckpoint({ name: 'dsail' }, [file]).members[0]!.has('bn1.num_batches_tracked')).toBe(
      false,
    );

    const unet = weightsOf(small[4]![0], 4);
    const named = new Map<string, StoredTensor>([...unet].map(([name, tensor]) => [`${name}:0`, tensor]));
    named.set('vgg/conv1_1/W/Adam_1:0', unet.get('vgg/conv1_1/W')!);
    named.set('global_step:0', scalar);
    const { members } = importCheckpoint({ name: 'unet' }, [writeSafetensors(named)]);
    expect([...members[0]!.keys()]).toEqual([...unet.keys()]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'a missing parameter',
      changed((tensors) => tensors.delete('layer2.0.bn2.bias')),
      /Missing: layer2\.0\.bn2\.bias\./,
    ],
    [
      'many missing ones',
      changed((tensors) =>
        [...tensors.keys()].filter((name) => name.includes('layer3')).map((name) => tensors.delete(name)),
      ),
      /Missing: layer3.* and \d+ more\./,
    ],
    [
      'an unknown one',
      changed((tensors) => tensors.set('head.weight', tensors.get('bn1.bias')!)),
      /Unknown: head\.weight\./,
    ],
    [
      'another shape',
      changed((tensors) => tensors.set('bn1.bias', storedFloat32([7], new Float32Array(7)))),
      /Of another shape: bn1\.bias \(\[7\] in the place of \[128\]\)/,
    ],
    [
      'NaN',
      changed((tensors) => tensors.set('linear.bias', storedFloat32([3], Float32Array.of(1, Number.NaN, 2)))),
      /Not finite: linear\.bias\./,
    ],
    [
      'infinity',
      changed((tensors) =>
        tensors.set('linear.bias', storedFloat32([3], Float32Array.of(1, Number.POSITIVE_INFINITY, 2))),
      ),
      /Not finite: linear\.bias\./,
    ],
    [
      'the weights of another net',
      writeSafetensors(weightsOf(small[4]![0], 4)),
      /no checkpoint of dsail: it has no conv1\.1\.weight/,
    ],
    [
      'a width that is none',
      changed((tensors) =>
        tensors.set('conv1.1.weight', storedFloat32([17, 12, 5], new Float32Array(17 * 60))),
      ),
      /no checkpoint of dsail: .*width/,
    ],
    ['a truncated file', writeSafetensors(weights).subarray(0, 5000), /safetensors/],
  ])('refuses %s by name', (_, file, message) => {
    expect(() => importCheckpoint({ name: 'dsail' }, [file])).toThrow(SystoleError);
    expect(() => importCheckpoint({ name: 'dsail' }, [file])).toThrow(message);
  });

  it('names the file of an ensemble that is wrong, and the one that is of another net', () => {
    const good = writeSafetensors(weights);
    const bad = changed((tensors) => tensors.delete('bn1.bias'));
    expect(() => importCheckpoint({ name: 'dsail' }, [good, bad])).toThrow(/File 2: Missing: bn1\.bias/);
    const other = writeSafetensors(weightsOf({ ...configuration, kernel: 7 }, classes));
    expect(() => importCheckpoint({ name: 'dsail' }, [good, good, other])).toThrow(
      /File 3 is of another net/,
    );
  });
});

describe.skipIf(!hasReference)('names and shapes of the published nets (need ../shared/reference)', () => {
  it.each(dsailFiles)('dsail %s', (file) => {
    const reference = readReference<DsailReference>(`dsail/${file}.json`);
    const { configuration, classes } = inferConfiguration({ name: 'dsail' }, shapesOf(reference.params));
    expect({ ...configuration, dropout: 0 }).toEqual(configurationOf(reference));
    expect(parameterShapes(buildNet(configuration, classes))).toEqual(shapesOf(reference.params));
  });

  it.each<[string, NetName]>([
    ['pe/baseline', 'pe-baseline'],
    ['pe/resnet18-attention', 'pe-resnet18-attention'],
    ['pe/resnet18-encoder', 'pe-resnet18-encoder'],
    ['pe/resnet18-gru', 'pe-resnet18-recurrent'],
    ['pe/resnet18-lstm', 'pe-resnet18-recurrent'],
    ['pe/resnet18-rnn', 'pe-resnet18-recurrent'],
    ['pe/spectrogram-resnet18-attention', 'pe-spectrogram-resnet18-attention'],
    ['echo/unet-a2c', 'unet'],
    ['echo/unet-a4c', 'unet'],
    ['echo/vgg-views', 'vgg'],
  ])('%s', (file, name) => {
    const { params } = readReference<{ params: NamedTensor[] }>(`${file}.json`);
    const used = params.filter((parameter) => parameter.name !== 'rb1.shortcut.1.weight');
    const { configuration, classes } = inferConfiguration({ name }, shapesOf(params));
    expect(parameterShapes(buildNet(configuration, classes))).toEqual(shapesOf(used));
  });

  function shapesOf(params: readonly NamedTensor[]): Map<string, readonly number[]> {
    return new Map(params.map(({ name, shape }) => [name, shape]));
  }
});
