import { describe, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { expectToLearn } from './training-step.ts';

describe('a training step', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it.each([
    { name: 'dsail', width: 1, blocks: 4, kernel: 5, chunk: 128, chunkStride: 128, dropout: 0 },
    {
      name: 'dsail',
      block: 'resnest-bottleneck',
      width: 1,
      blocks: 4,
      kernel: 3,
      cardinality: 2,
      radix: 2,
      chunk: 128,
      chunkStride: 128,
      dropout: 0,
    },
    { name: 'vgg', size: 32, width: 0.125, fullyConnected: 32, dropout: 0 },
    { name: 'unet', size: 32, width: 0.125, dropout: 0 },
  ])('moves every parameter of %j and lowers the loss', (options) => expectToLearn(engine, options));
});
