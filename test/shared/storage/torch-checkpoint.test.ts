import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../shared/errors.ts';
import { float32Values, type StoredTensor, storedFloat32 } from '../../../shared/storage/stored-tensor.ts';
import { readTorchCheckpoint } from '../../../shared/storage/torch-checkpoint.ts';
import { seeds } from '../../seeds.ts';
import {
  dictionary,
  integer,
  pickle,
  storage,
  tensor,
  tuple,
  unicode,
  writeTorchCheckpoint,
  writeZip,
} from './checkpoint-writer.ts';

const python = '/usr/bin/python3';

const weights = new Map<string, StoredTensor>([
  ['conv.weight', storedFloat32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ['conv.bias', storedFloat32([2], Float32Array.of(-1, 0.5))],
  ['bn.num_batches_tracked', { type: 'I64', shape: [], bytes: new Uint8Array(BigInt64Array.of(7n).buffer) }],
]);

function valuesOf(bytes: Uint8Array): Record<string, number[]> {
  return Object.fromEntries(
    [...readTorchCheckpoint(bytes)].map(([name, stored]) => [name, [...float32Values(stored)]]),
  );
}

const expected = { 'conv.weight': [1, 2, 3, 4, 5, 6], 'conv.bias': [-1, 0.5], 'bn.num_batches_tracked': [7] };

/** A checkpoint whose one storage holds 0 to 11. */
function overTwelve(...parts: Parameters<typeof pickle>): Uint8Array {
  const content = new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer);
  return writeZip([
    ['x/data.pkl', pickle(...parts)],
    ['x/data/0', content],
  ]);
}

const twelve = storage('F32', '0', 12);

describe('readTorchCheckpoint', () => {
  it('reads a state dictionary', () => {
    expect(valuesOf(writeTorchCheckpoint(weights))).toEqual(expected);
  });

  it.each(['state_dict', 'model_state_dict', 'model', 'net'])('finds it under %s', (key) => {
    const wrap = (stateDict: Buffer) =>
      dictionary([
        ['epoch', integer(3)],
        [key, stateDict],
        ['optimizer', dictionary([['lr', integer(1)]])],
      ]);
    expect(valuesOf(writeTorchCheckpoint(weights, wrap))).toEqual(expected);
  });

  it('finds it two levels down', () => {
    const wrap = (stateDict: Buffer) => dictionary([['model', dictionary([['state_dict', stateDict]])]]);
    expect(valuesOf(writeTorchCheckpoint(weights, wrap))).toEqual(expected);
  });

  it('drops the prefix of DataParallel, and only where every name has it', () => {
    const prefixed = new Map([...weights].map(([name, stored]) => [`module.${name}`, stored]));
    expect(valuesOf(writeTorchCheckpoint(prefixed))).toEqual(expected);
    prefixed.set('other', weights.get('conv.bias')!);
    expect(Object.keys(valuesOf(writeTorchCheckpoint(prefixed)))).toContain('module.conv.bias');
  });

  it('gathers transposed and sliced tensors over a shared storage', () => {
    const bytes = overTwelve(
      dictionary([
        ['whole', tensor(twelve, 0, [3, 4], [4, 1])],
        ['transposed', tensor(twelve, 0, [4, 3], [1, 4])],
        ['columns', tensor(twelve, 1, [3, 2], [4, 2])],
        ['row', tensor(twelve, 8, [1, 4], [99, 1])],
        ['scalar', tensor(twelve, 11, [], [])],
        ['none', tensor(twelve, 0, [0, 4], [4, 1])],
      ]),
    );
    expect(valuesOf(bytes)).toEqual({
      whole: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      transposed: [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11],
      columns: [1, 3, 5, 7, 9, 11],
      row: [8, 9, 10, 11],
      scalar: [11],
      none: [],
    });
  });

  it('reads deflated archives', () => {
    const content = new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer);
    const files: [string, Uint8Array][] = [
      ['x/data.pkl', pickle(dictionary([['a', tensor(twelve, 3, [2], [1])]]))],
      ['x/data/0', content],
    ];
    expect(valuesOf(writeZip(files, { deflate: true }))).toEqual({ a: [3, 4] });
  });

  it('drops the attributes that PyTorch hangs on a state dictionary', () => {
    const bytes = overTwelve(
      dictionary([['a', tensor(twelve, 0, [1], [1])]]),
      '}',
      unicode('_metadata'),
      'ccollections\nOrderedDict\n)R',
      's',
      'b',
    );
    expect(valuesOf(bytes)).toEqual({ a: [0] });
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'os.system',
      overTwelve('cos\nsystem\n', tuple(unicode('true')), 'R'),
      /"os\.system", which Systole does not load/,
    ],
    ['a whole pickled model', overTwelve('cresnet\nResNet\n)', 0x81, '}b'), /"resnet\.ResNet"/],
    ['a global from the stack', overTwelve(unicode('builtins'), unicode('eval'), 0x93), /"builtins\.eval"/],
    [
      'a numpy scalar',
      overTwelve('cnumpy.core.multiarray\nscalar\n', '.'),
      /numpy\.core\.multiarray\.scalar/,
    ],
    ['a call of a storage class', overTwelve('ctorch\nFloatStorage\n)R'), /may not be called/],
    ['a call of a list', overTwelve(']', ')', 'R'), /Something else than a class/],
    [
      'an ordered dictionary from arguments',
      overTwelve('ccollections\nOrderedDict\n', tuple(integer(1)), 'R'),
      /from arguments/,
    ],
    ['an unknown opcode', overTwelve('i'), /Opcode 0x69 at byte 2/],
    ['protocol 0', writeZip([['x/data.pkl', Buffer.from('(dp0\n.')]]), /Opcode/],
    ['protocol 9', writeZip([['x/data.pkl', Buffer.from([0x80, 9, 0x2e])]]), /Protocol 9/],
    [
      'a pickle that ends early',
      writeZip([['x/data.pkl', Buffer.from([0x80, 2, 0x58, 255, 255, 255, 127])]]),
      /ends too early/,
    ],
    ['an empty stack', overTwelve('0'), /stack is empty/],
    ['a pop below a mark', overTwelve(']', '(', 'a'), /stack is empty/],
    ['a memo that was never set', overTwelve('h', 5), /Memo 5/],
    ['an integer beyond 2^53', overTwelve(0x8a, 8, Buffer.from('ffffffffffffff7f', 'hex')), /out of range/],
    [
      'a tensor beyond its storage',
      overTwelve(dictionary([['a', tensor(twelve, 10, [3], [1])]])),
      /beyond its storage/,
    ],
    [
      'a tensor that repeats its storage',
      overTwelve(dictionary([['a', tensor(twelve, 0, [1000, 1000], [0, 0])]])),
      /beyond its storage/,
    ],
    [
      'a negative offset',
      overTwelve(dictionary([['a', tensor(twelve, -1, [1], [1])]])),
      /not built as PyTorch/,
    ],
    [
      'a negative stride',
      overTwelve(dictionary([['a', tensor(twelve, 11, [2], [-1])]])),
      /not built as PyTorch/,
    ],
    [
      'strides of another number',
      overTwelve(dictionary([['a', tensor(twelve, 0, [2, 2], [1])]])),
      /as many strides/,
    ],
    [
      'a storage of another length',
      overTwelve(dictionary([['a', tensor(storage('F32', '0', 13), 0, [1], [1])]])),
      /13 elements has 48 bytes/,
    ],
    [
      'a storage that is not there',
      overTwelve(dictionary([['a', tensor(storage('F32', '1', 12), 0, [1], [1])]])),
      /missing from the archive/,
    ],
    [
      'a storage out of the folder',
      overTwelve(dictionary([['a', tensor(storage('F32', '../data.pkl', 12), 0, [1], [1])]])),
      /missing from the archive/,
    ],
    ['no tensors', overTwelve(dictionary([['a', integer(1)]])), /no dictionary of tensors/],
    ['a list', overTwelve(']'), /no dictionary of tensors/],
    [
      'a dictionary that holds itself',
      overTwelve('}q', 0, unicode('model'), 'h', 0, 's'),
      /no dictionary of tensors/,
    ],
    [
      'big endian tensors',
      writeZip([
        ['x/data.pkl', pickle('}')],
        ['x/byteorder', Buffer.from('big')],
      ]),
      /little endian/,
    ],
    ['an archive without a pickle', writeZip([['x/data/0', Buffer.alloc(4)]]), /no data\.pkl/],
    [
      'two entries of one name',
      writeZip([
        ['x/data.pkl', pickle('}')],
        ['x/data.pkl', pickle('}')],
      ]),
      /one name/,
    ],
    ['no archive', Buffer.from('hello'), /end record/],
    ['nothing', new Uint8Array(), /end record/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => valuesOf(bytes)).toThrow(SystoleError);
    expect(() => valuesOf(bytes)).toThrow(message);
  });

  it('says what to do with the form before PyTorch 1.6', () => {
    expect(() => readTorchCheckpoint(Buffer.from([0x80, 0x02, 0x8a, 0x0a]))).toThrow(/save it again/);
  });

  it('finds a flipped bit by its checksum', () => {
    const bytes = Buffer.from(writeTorchCheckpoint(weights));
    const at = bytes.indexOf(Buffer.from(Float32Array.of(4, 5).buffer));
    bytes[at] = bytes[at]! ^ 1;
    expect(() => valuesOf(bytes)).toThrow(/checksum/);
  });

  it('does not inflate an entry beyond its size', () => {
    const bytes = writeZip([['x/data.pkl', Buffer.alloc(1 << 20)]], { deflate: true });
    const lying = Buffer.from(bytes);
    for (let at = lying.indexOf('PK\x01\x02'); at >= 0; at = lying.indexOf('PK\x01\x02', at + 1))
      lying.writeUInt32LE(100, at + 24);
    expect(() => readTorchCheckpoint(lying)).toThrow(/cannot be inflated to its size/);
  });
});

describe.each(seeds)('checkpoints, fuzzed (seed %i)', (seed) => {
  const whole = overTwelve(
    dictionary([
      ['a', tensor(twelve, 0, [3, 4], [4, 1])],
      ['b', tensor(twelve, 1, [2, 2], [1, 4])],
    ]),
  );

  it('answers every damaged file with tensors or a named error', () => {
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        answered(bytes);
        answered(bytes.subarray(0, length));
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('answers every damaged pickle in a sound archive with tensors or a named error', () => {
    const sound = pickle(dictionary([['a', tensor(twelve, 0, [3, 4], [4, 1])]]));
    const damage = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        answered(
          writeZip([
            ['x/data.pkl', bytes],
            ['x/data/0', new Uint8Array(48)],
          ]),
        );
      }),
      { seed, numRuns: 3000 },
    );
  });

  function answered(bytes: Uint8Array): void {
    try {
      for (const [, stored] of readTorchCheckpoint(bytes)) float32Values(stored);
    } catch (error) {
      if (!(error instanceof SystoleError)) throw error;
    }
  }
});

describe.skipIf(!hasTorch())('checkpoints written by PyTorch itself (needs python3-torch)', () => {
  it('reads every type, stride and wrapping of torch.save', () => {
    const folder = mkdtempSync(join(tmpdir(), 'systole-torch-'));
    try {
      execFileSync(python, ['-c', program], { cwd: folder });
      const flat = valuesOf(readFileSync(join(folder, 'flat.pt')));
      expect(flat).toEqual({
        float: [0, 1, 2, 3, 4, 5],
        transposed: [0, 3, 1, 4, 2, 5],
        slice: [1, 4],
        double: [0.5],
        half: [1.5, -2],
        bfloat: [1.5, -2],
        long: [-3],
        int: [5],
        short: [-5],
        char: [-5],
        byte: [200],
        bool: [1, 0],
        parameter: [9],
        empty: [],
      });
      const wrapped = valuesOf(readFileSync(join(folder, 'wrapped.sav')));
      expect(Object.keys(wrapped)).toEqual([
        '0.weight',
        '0.bias',
        '1.weight',
        '1.bias',
        '1.running_mean',
        '1.running_var',
        '1.num_batches_tracked',
      ]);
      expect(wrapped['0.weight']).toEqual([0.25, 0.25, 0.25, 0.25, 0.25, 0.25]);
      expect(() => readTorchCheckpoint(readFileSync(join(folder, 'model.pt')))).toThrow(/torch\.nn\.modules/);
      expect(() => readTorchCheckpoint(readFileSync(join(folder, 'legacy.pt')))).toThrow(/save it again/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function hasTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const program = `
import torch
a = torch.arange(6, dtype=torch.float32).reshape(2, 3)
torch.save({
    'float': a, 'transposed': a.t(), 'slice': a[:, 1], 'double': torch.tensor([0.5], dtype=torch.float64),
    'half': torch.tensor([1.5, -2.0]).half(), 'bfloat': torch.tensor([1.5, -2.0]).bfloat16(),
    'long': torch.tensor(-3), 'int': torch.tensor([5], dtype=torch.int32), 'short': torch.tensor([-5], dtype=torch.int16),
    'char': torch.tensor([-5], dtype=torch.int8), 'byte': torch.tensor([200], dtype=torch.uint8),
    'bool': torch.tensor([True, False]), 'parameter': torch.nn.Parameter(torch.tensor([9.0])), 'empty': torch.zeros(0),
}, 'flat.pt')
net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
torch.nn.init.constant_(net[0].weight, 0.25)
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(4, 3)).sum().backward()
optimizer.step()
torch.nn.init.constant_(net[0].weight, 0.25)
parallel = torch.nn.DataParallel(net)
torch.save({'epoch': 3, 'best': 0.5, 'state_dict': parallel.state_dict(), 'optimizer': optimizer.state_dict()}, 'wrapped.sav')
torch.save(net, 'model.pt')
torch.save(net.state_dict(), 'legacy.pt', _use_new_zipfile_serialization=False)
`;
