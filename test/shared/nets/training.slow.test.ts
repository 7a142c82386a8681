import { describe, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { expectToLearn } from './training-step.ts';

describe('a training step', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it.each([
    { name: 'pe-baseline', samples: 256, dropout: 0 },
    { name: 'pe-resnet18-attention', samples: 128 },
    { name: 'pe-spectrogram-resnet18-attention', frequencies: 33, times: 33 },
    { name: 'pe-resnet18-recurrent', samples: 128, cell: 'rnn' },
    { name: 'pe-resnet18-recurrent', samples: 128, cell: 'lstm' },
    { name: 'pe-resnet18-recurrent', samples: 128, cell: 'gru' },
    { name: 'pe-resnet18-encoder', samples: 128, layers: 1, feedForward: 32, dropout: 0 },
  ])('moves every parameter of %j and lowers the loss', (options) => expectToLearn(engine, options));
});
