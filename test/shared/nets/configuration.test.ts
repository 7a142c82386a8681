import { describe, expect, it } from 'vitest';
import { dsailBlocks, netSchema } from '../../../shared/nets/configuration.ts';

describe('netSchema', () => {
  it('fills in what the published systems use', () => {
    expect(netSchema.parse({ name: 'dsail' })).toEqual({
      name: 'dsail',
      block: 'resnet-basic',
      blocks: 8,
      width: 2,
      kernel: 11,
      stride: 4,
      shortcut: 'pool',
      dropout: 0.3,
      leads: 12,
      chunk: 2048,
      chunkStride: 1536,
    });
    expect(netSchema.parse({ name: 'vgg' })).toMatchObject({
      size: 224,
      width: 1,
      fullyConnected: 4096,
      mean: 24,
    });
  });

  it.each<[string, object, RegExp]>([
    ['an unknown net', { name: 'lenet' }, /name/],
    ['no name', {}, /name/],
    ['an unknown key', { name: 'unet', depth: 3 }, /depth/],
    ["another net's key", { name: 'pe-baseline', heads: 4 }, /heads/],
    ['a missing cell', { name: 'pe-resnet18-recurrent' }, /cell/],
    ['an unknown block', { name: 'dsail', block: 'densenet' }, /block/],
    ['blocks that are not four groups', { name: 'dsail', blocks: 6 }, /blocks/],
    [
      'cardinality without groups',
      { name: 'dsail', cardinality: 4 },
      /cardinality.*no meaning for resnet-basic/s,
    ],
    [
      'groups without cardinality',
      { name: 'dsail', block: 'resnext-basic' },
      /cardinality.*needed for resnext-basic/s,
    ],
    ['radix without splits', { name: 'dsail', block: 'seresnet-basic', radix: 2 }, /radix/],
    ['splits without radix', { name: 'dsail', block: 'resnest-bottleneck', cardinality: 2 }, /radix/],
    [
      'groups that do not divide the channels',
      { name: 'dsail', block: 'resnext-basic', width: 1, cardinality: 3 },
      /cardinality/,
    ],
    ['a step beyond the chunk', { name: 'dsail', chunk: 1000 }, /chunkStride/],
    ['a size that cannot be halved five times', { name: 'unet', size: 100 }, /size/],
    ['heads that do not divide the features', { name: 'pe-resnet18-attention', heads: 3 }, /heads/],
  ])('refuses %s and names the key', (_, configuration, key) => {
    const result = netSchema.safeParse(configuration);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error!.issues)).toMatch(key);
  });

  it('knows nine blocks', () => {
    for (const block of dsailBlocks) {
      const grouped = block.includes('next') || block.startsWith('resnest');
      const options = {
        ...(grouped ? { cardinality: 4 } : {}),
        ...(block.startsWith('resnest') ? { radix: 2 } : {}),
      };
      expect(netSchema.safeParse({ name: 'dsail', block, ...options }).success).toBe(true);
    }
    expect(dsailBlocks).toHaveLength(9);
  });
});
