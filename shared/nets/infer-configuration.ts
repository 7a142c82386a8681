import { SystoleError } from '../errors.ts';
import { type NetConfiguration, type NetName, netSchema } from './configuration.ts';

/** Shapes of a checkpoint's tensors by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export interface InferredNet {
  readonly configuration: NetConfiguration;
  readonly classes: number;
}

/** A net's name and whatever else of its configuration is known. */
export type DescribedNet = { readonly name: NetName } & Readonly<Record<string, unknown>>;

/**
 * The configuration that a checkpoint's names and shapes tell; what they do not tell (strides, chunks, heads, dropout)
 * is as described, or else the published system's.
 * @throws SystoleError weights_invalid when they are not those of the named net.
 */
export function inferConfiguration(described: DescribedNet, shapes: Shapes): InferredNet {
  const { name } = described;
  const dimension = (tensor: string, axis: number): number => {
    const size = shapes.get(tensor)?.[axis];
    if (size === undefined) {
      throw new SystoleError('weights_invalid', `It is no checkpoint of ${name}: it has no ${tensor}.`);
    }
    return size;
  };
  const { classes, ...configuration } = inferences[name](dimension, shapes);
  const checked = netSchema.safeParse({ ...described, ...configuration });
  if (checked.success) return { configuration: checked.data, classes };
  const faults = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new SystoleError('weights_invalid', `It is no checkpoint of ${name}: ${faults.join('; ')}.`);
}

type Inference = (
  dimension: (tensor: string, axis: number) => number,
  shapes: Shapes,
) => { classes: number } & Record<string, unknown>;

const inferences: Readonly<Record<NetName, Inference>> = {
  dsail(dimension, shapes) {
    const channels = dimension('conv1.1.weight', 0);
    const bottleneck = shapes.has('layer1.0.conv3.weight');
    const convolution = bottleneck ? 'layer1.0.conv2.1.weight' : 'layer1.0.conv1.1.weight';
    const groups = channels / dimension(convolution, 1);
    const split = shapes.has('layer1.0.sa_conv1.weight');
    const radix = split ? dimension(convolution, 0) / channels : 1;
    const squeezed = shapes.has('layer1.0.se_conv1.weight') ? 'se' : '';
    const kind = split ? 'resnest' : groups > 1 ? `${squeezed}resnext` : `${squeezed}resnet`;
    let ofGroup = 0;
    while (shapes.has(`layer1.${ofGroup}.bn1.weight`)) ofGroup++;
    return {
      classes: dimension('linear.weight', 0),
      block: `${kind}-${bottleneck ? 'bottleneck' : 'basic'}`,
      blocks: 4 * ofGroup,
      width: channels / 16,
      kernel: dimension('conv1.1.weight', 2),
      leads: dimension('conv1.1.weight', 1),
      shortcut: shapes.has('layer2.0.shortcut.1.weight') ? 'convolution' : 'pool',
      cardinality: groups > 1 ? groups / radix : undefined,
      radix: split ? radix : undefined,
    };
  },
  'pe-baseline': (dimension) => ({
    classes: dimension('output.1.weight', 0),
    leads: dimension('entry_block.0.weight', 1),
    samples: (dimension('output.1.weight', 1) / 384) * 256,
  }),
  'pe-resnet18-attention': (dimension) => ({
    classes: dimension('fc.0.weight', 0),
    leads: dimension('conv1.weight', 1),
    samples: (dimension('fc.0.weight', 1) / 512) * 32,
  }),
  'pe-spectrogram-resnet18-attention': (dimension) => ({
    classes: dimension('output.0.weight', 0),
    leads: dimension('features.0.weight', 1),
  }),
  'pe-resnet18-recurrent': (dimension, shapes) => ({
    classes: dimension('fc.0.weight', 0),
    leads: dimension('conv1.weight', 1),
    cell: ['lstm', 'gru', 'rnn'].find((cell) => shapes.has(`${cell}.weight_ih_l0`)),
  }),
  'pe-resnet18-encoder'(dimension, shapes) {
    const prefix = 'encoder.transformer_encoder.layers';
    let layers = 0;
    while (shapes.has(`${prefix}.${layers}.linear1.weight`)) layers++;
    return {
      classes: dimension('fc.0.weight', 0),
      leads: dimension('conv1.weight', 1),
      samples: (dimension('fc.0.weight', 1) / 512) * 32,
      layers,
      feedForward: dimension(`${prefix}.0.linear1.weight`, 0),
    };
  },
  vgg(dimension) {
    const positions = dimension('network/fc6/W', 0) / dimension('network/conv5_3/W', 3);
    return {
      classes: dimension('network/fc8/W', 1),
      width: dimension('network/conv1_1/W', 3) / 64,
      fullyConnected: dimension('network/fc6/W', 1),
      size: 32 * Math.sqrt(positions),
    };
  },
  unet: (dimension) => ({
    classes: dimension('vgg/conv12_2/W', 3),
    width: dimension('vgg/conv1_1/W', 3) / 64,
  }),
};
