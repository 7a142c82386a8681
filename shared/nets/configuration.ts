/**
 * The configuration of every net, as it stands under `net:` in an experiment file and in a model's card. Nothing
 * here loads tf.js, so that an experiment is checked at the edge without it.
 */
import * as z from 'zod';

const size = z.int().min(1).max(65_536);
const dropout = z.number().min(0).max(0.95);

export const dsailBlocks = [
  'resnet-basic',
  'resnet-bottleneck',
  'resnext-basic',
  'resnext-bottleneck',
  'seresnet-basic',
  'seresnet-bottleneck',
  'seresnext-basic',
  'seresnext-bottleneck',
  'resnest-bottleneck',
] as const;

/** DSAIL_SNU's residual net; the defaults are its published entry. */
export const dsailConfiguration = z
  .strictObject({
    name: z.literal('dsail'),
    block: z.enum(dsailBlocks).default('resnet-basic'),
    /** Residual blocks, in four groups of as many. */
    blocks: z.int().min(4).max(256).multipleOf(4).default(8),
    /** Channels of the four groups are 16, 32, 64 and 128 times this. */
    width: z.int().min(1).max(64).default(2),
    kernel: z.int().min(1).max(255).default(11),
    /** Subsampling where the second, third and fourth group begin. */
    stride: z.int().min(1).max(16).default(4),
    shortcut: z.enum(['pool', 'convolution']).default('pool'),
    dropout: dropout.default(0.3),
    /** Groups of a grouped convolution: for the resnext, seresnext and resnest blocks, and only for them. */
    cardinality: z.int().min(2).max(64).optional(),
    /** Splits of split attention: for the resnest block, and only for it. */
    radix: z.int().min(2).max(8).optional(),
    leads: z.int().min(1).max(64).default(12),
    /** Samples of one chunk, and the step from one chunk of a recording to the next. */
    chunk: z.int().min(16).max(65_536).default(2048),
    chunkStride: z.int().min(1).max(65_536).default(1536),
  })
  .superRefine(({ block, width, cardinality, radix, chunk, chunkStride }, context) => {
    const needs = (key: string, given: boolean, needed: boolean) => {
      if (given !== needed) {
        const message = `${needed ? 'is needed' : 'has no meaning'} for ${block}`;
        context.addIssue({ code: 'custom', path: [key], message });
      }
    };
    needs('cardinality', cardinality !== undefined, block.includes('next') || block.includes('resnest'));
    needs('radix', radix !== undefined, block.includes('resnest'));
    if (cardinality !== undefined && (16 * width) % (cardinality * (radix ?? 1)) !== 0) {
      const message = `does not divide the ${16 * width} channels of the first group`;
      context.addIssue({ code: 'custom', path: ['cardinality'], message });
    }
    if (chunkStride > chunk) {
      context.addIssue({ code: 'custom', path: ['chunkStride'], message: 'is larger than chunk' });
    }
  });

const leads = z.int().min(1).max(64).default(12);

/** Heads of attention over 512 features, which they share out evenly. */
const heads = z
  .int()
  .min(1)
  .max(512)
  .refine((count) => 512 % count === 0, 'does not divide the 512 features')
  .default(4);

/** The pulmonary-embolism system's residual baseline. */
const peBaselineConfiguration = z.strictObject({
  name: z.literal('pe-baseline'),
  leads,
  samples: size.multipleOf(256).default(4096),
  dropout: dropout.default(0.2),
});

/** The pulmonary-embolism system's ResNet-18 with attention over time. */
const peAttentionConfiguration = z.strictObject({
  name: z.literal('pe-resnet18-attention'),
  leads,
  samples: size.multipleOf(32).default(4096),
  heads,
});

/** The same on log spectrograms. */
const peSpectrogramConfiguration = z.strictObject({
  name: z.literal('pe-spectrogram-resnet18-attention'),
  leads,
  frequencies: size.default(33),
  times: size.default(127),
  heads,
});

/** The pulmonary-embolism system's ResNet-18 with a recurrent layer. */
const peRecurrentConfiguration = z.strictObject({
  name: z.literal('pe-resnet18-recurrent'),
  leads,
  samples: size.multipleOf(32).default(2048),
  cell: z.enum(['rnn', 'lstm', 'gru']),
});

/** The pulmonary-embolism system's ResNet-18 with a transformer encoder. */
const peEncoderConfiguration = z.strictObject({
  name: z.literal('pe-resnet18-encoder'),
  leads,
  samples: size.multipleOf(32).default(2048),
  heads,
  layers: z.int().min(1).max(24).default(3),
  feedForward: size.default(2048),
  dropout: dropout.default(0.1),
  /** `input`: what the published forward pass returns, which computes the encoder and passes its input on. */
  output: z.enum(['encoder', 'input']).default('encoder'),
});

/** usal_echo's view classifier (VGG-16). `width` scales the published 64 to 512 channels. */
export const vggConfiguration = z.strictObject({
  name: z.literal('vgg'),
  size: size.multipleOf(32).default(224),
  width: z.number().positive().max(4).default(1),
  fullyConnected: size.default(4096),
  dropout: dropout.default(0.5),
  /** Batch norm after each convolution, in place of its bias; the published net has none. */
  batchNorm: z.boolean().default(false),
  /** Grey value taken off every pixel. */
  mean: z.number().min(0).max(255).default(24),
});

/** usal_echo's chamber segmentation (U-Net). `width` scales the published 64 to 2048 channels. */
export const unetConfiguration = z.strictObject({
  name: z.literal('unet'),
  size: size.multipleOf(32).default(384),
  width: z.number().positive().max(4).default(1),
  dropout: dropout.default(0.5),
  /** Batch norm after each 3 x 3 convolution, in place of its bias; the published net has none. */
  batchNorm: z.boolean().default(false),
  /** Grey value taken off every pixel. */
  mean: z.number().min(0).max(255).default(24),
});

/** Every net by its name. A key that its net does not know is refused. */
export const netSchema = z.discriminatedUnion('name', [
  dsailConfiguration,
  peBaselineConfiguration,
  peAttentionConfiguration,
  peSpectrogramConfiguration,
  peRecurrentConfiguration,
  peEncoderConfiguration,
  vggConfiguration,
  unetConfiguration,
]);

export type NetConfiguration = z.infer<typeof netSchema>;
export type NetName = NetConfiguration['name'];
export type DsailConfiguration = z.infer<typeof dsailConfiguration>;
export type PeBaselineConfiguration = z.infer<typeof peBaselineConfiguration>;
export type PeAttentionConfiguration = z.infer<typeof peAttentionConfiguration>;
export type PeSpectrogramConfiguration = z.infer<typeof peSpectrogramConfiguration>;
export type PeRecurrentConfiguration = z.infer<typeof peRecurrentConfiguration>;
export type PeEncoderConfiguration = z.infer<typeof peEncoderConfiguration>;
export type VggConfiguration = z.infer<typeof vggConfiguration>;
export type UnetConfiguration = z.infer<typeof unetConfiguration>;
