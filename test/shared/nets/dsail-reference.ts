import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Optimizer } from '../../../shared/engine/optimizer.ts';
import type { Pass } from '../../../shared/engine/pass.ts';
import { binaryCrossEntropy } from '../../../shared/learning/losses/binary-cross-entropy.ts';
import { targetsOf } from '../../../shared/learning/losses/targets.ts';
import { type DsailConfiguration, dsailConfiguration } from '../../../shared/nets/configuration.ts';
import { type DsailNet, dsail } from '../../../shared/nets/dsail.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import {
  type NamedTensor,
  namedValues,
  namedWeights,
  readReference,
  readReferenceText,
  relativeError,
} from '../../reference.ts';
import { channelsLast, forwardWith } from './forward.ts';

/** The results files of the reference folder. */
export const dsailFiles = [
  'resnet-basic',
  'resnet-basic-convshortcut',
  'resnet-bottleneck',
  'resnext-basic',
  'resnext-bottleneck',
  'seresnet-basic',
  'seresnet-bottleneck',
  'seresnext-basic',
  'seresnext-bottleneck',
  'resnest-bottleneck',
] as const;

export interface DsailReference {
  readonly config: {
    readonly block: string;
    readonly num_blocks: number;
    readonly width_factor: number;
    readonly kernel_size: number;
    readonly stride: number;
    readonly shortcut: 'pool' | 'conv';
    readonly cardinality: number | null;
    readonly radix: number | null;
  };
  readonly numLeads: number;
  readonly numClasses: number;
  readonly params: readonly NamedTensor[];
  readonly input: NamedTensor;
  readonly logits: { readonly values: readonly number[] };
  readonly trainStep?: {
    readonly labels: { readonly ones: readonly (readonly [recording: number, label: number])[] };
    readonly scoredClasses: readonly string[];
    readonly lossValue: number;
    readonly logits: readonly number[];
    readonly gradientL2: Readonly<Record<string, number>>;
  };
}

/** The logits of the two recordings, of which the first has chunks 0 to 2 and the second has chunk 3. */
function logitsOfTwo(net: DsailNet, pass: Pass, chunks: tf.Tensor): tf.Tensor2D {
  const features = net.chunkFeatures(pass, chunks as tf.Tensor3D);
  const first = tf.max(tf.slice(features, [0, 0], [3, net.features]), 0, true);
  const second = tf.slice(features, [3, 0], [1, net.features]);
  return net.head(pass, tf.concat([first, second], 0) as tf.Tensor2D);
}

export function configurationOf({ config, numLeads }: DsailReference): DsailConfiguration {
  return dsailConfiguration.parse({
    name: 'dsail',
    block: config.block.toLowerCase().replace('_', '-'),
    blocks: config.num_blocks,
    width: config.width_factor,
    kernel: config.kernel_size,
    stride: config.stride,
    shortcut: config.shortcut === 'conv' ? 'convolution' : 'pool',
    dropout: 0,
    cardinality: config.cardinality ?? undefined,
    radix: config.radix ?? undefined,
    leads: numLeads,
  });
}

/** The largest error of the logits, relative to the largest of the published ones. */
export async function logitsError(engine: Engine, file: string): Promise<number> {
  const reference = readReference<DsailReference>(`dsail/${file}.json`);
  const net = dsail(configurationOf(reference), reference.numClasses);
  const chunks = channelsLast(namedValues(reference.input), reference.input.shape);
  const logits = await forwardWith(
    engine,
    reference.params,
    (pass, inputs) => logitsOfTwo(net, pass, inputs.chunks!),
    { chunks },
  );
  return relativeError(logits.data, reference.logits.values);
}

/** Keeps the gradients where the state of the training shows them. */
const gradientsOnly: Optimizer = {
  name: 'gradients-only',
  slots: ['gradient'],
  scalars: () => ({}),
  update: ({ value, gradient }) => ({ value, slots: { gradient } }),
};

export interface StepErrors {
  /** Relative errors of the loss and the logits, and the norm of each parameter's gradient. */
  readonly loss: number;
  readonly logits: number;
  readonly gradients: ReadonlyMap<string, number>;
}

/** How far a training step lies from the published one. */
export async function stepErrors(engine: Engine, file: string): Promise<StepErrors> {
  const reference = readReference<DsailReference>(`dsail/${file}.json`);
  const { labels, scoredClasses, lossValue, logits, gradientL2 } = reference.trainStep!;
  const net = dsail(configurationOf(reference), reference.numClasses);
  const parameters = new Parameters(1);
  parameters.load(namedWeights(reference.params));
  const chunks = channelsLast(namedValues(reference.input), reference.input.shape);
  const { present, absent } = targets(labels.ones, confusionOf(scoredClasses));
  const perClass = { shape: [2, reference.numClasses], dtype: 'float32' } as const;
  const step = await engine.compileStep({
    loss: (inputs, pass) => {
      const answer = logitsOfTwo(net, pass, inputs.chunks!);
      return {
        loss: tf.mean(binaryCrossEntropy(answer, inputs.present!, inputs.absent!)),
        logits: answer,
      };
    },
    parameters,
    optimizer: gradientsOnly,
    inputs: {
      chunks: { shape: chunks.shape, dtype: 'float32' },
      present: perClass,
      absent: perClass,
    },
    seed: 1,
  });
  const batch = { chunks: chunks.values, present, absent };
  const result = await step.run(batch, { learningRate: 0 });
  const { slots } = await step.state();
  await step.dispose();
  parameters.dispose();
  const gradients = new Map(
    [...slots].map(([slot, { data }]) => {
      const name = slot.slice(0, -'/gradient'.length);
      const norm = Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0));
      return [name, Math.abs(norm / (gradientL2[name] ?? Number.NaN) - 1)];
    }),
  );
  for (const name of Object.keys(gradientL2)) if (!gradients.has(name)) gradients.set(name, Number.NaN);
  return {
    loss: Math.abs(result.loss / lossValue - 1),
    logits: relativeError(result.outputs.logits!.data, logits),
    gradients,
  };
}

function targets(ones: readonly (readonly [number, number])[], confusion: readonly (readonly number[])[]) {
  const rows = [0, 1].map((recording) => {
    const labels = new Uint8Array(confusion.length);
    for (const [owner, label] of ones) if (owner === recording) labels[label] = 1;
    return targetsOf(labels, { confusion });
  });
  return {
    present: Float32Array.from(rows.flatMap(({ present }) => [...present])),
    absent: Float32Array.from(rows.flatMap(({ absent }) => [...absent])),
  };
}

/** 1 minus the challenge's rewards, for the scored classes in their order. */
function confusionOf(codes: readonly string[]): number[][] {
  const [header, ...rows] = readReferenceText('challenge-metric/weights.csv')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const places = codes.map((code) => header!.indexOf(code));
  return places.map((row) => places.map((column) => 1 - Number(rows[row - 1]![column])));
}
