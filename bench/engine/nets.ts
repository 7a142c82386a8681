import * as tf from '@tensorflow/tfjs-core';
import { inputTensors } from '../../shared/engine/recording/record-step.ts';
import { recordedPass } from '../../shared/engine/recording/recorded-pass.ts';
import { Recorder } from '../../shared/engine/recording/recorder.ts';
import { recordWith } from '../../shared/engine/recording/recording-backend.ts';
import '../../shared/engine/recording/kernels/all.ts';
import { buildNet } from '../../shared/nets/build-net.ts';
import { netSchema } from '../../shared/nets/configuration.ts';
import type { Net } from '../../shared/nets/net.ts';
import { Parameters } from '../../shared/nets/parameters.ts';

/** Nets of the benchmark: their configuration, and the number of classes. */
const nets: Readonly<Record<string, readonly [configuration: object, classes: number]>> = {
  dsail: [{ name: 'dsail' }, 24],
  unet: [{ name: 'unet', width: 0.25 }, 6],
  vgg: [{ name: 'vgg' }, 23],
  'resnet18-attention': [{ name: 'pe-resnet18-attention' }, 2],
  'resnet18-lstm': [{ name: 'pe-resnet18-recurrent', cell: 'lstm' }, 2],
  'resnet18-encoder': [{ name: 'pe-resnet18-encoder' }, 2],
};

export const netNames = Object.keys(nets);

export function benchNet(name: string): Net {
  const found = nets[name];
  if (found === undefined) throw new Error(`There is no net ${name}: ${netNames.join(', ')}.`);
  const [configuration, classes] = found;
  return buildNet(netSchema.parse(configuration), classes);
}

/** Multiply-adds of one record's forward pass: convolutions and matrix products. */
export function multiplyAdds(net: Net): number {
  const recorder = new Recorder({ listCalls: true });
  recordWith(recorder, (outside) => {
    const pass = recordedPass(recorder, new Parameters(1), false, outside);
    net.forward(pass, inputTensors(recorder, { x: net.input }).x!);
    pass.dispose();
  });
  let total = 0;
  for (const { kernel, inputs, outputs, attributes } of recorder.calls!) {
    const size = (dimensions: readonly number[]) => tf.util.sizeFromShape([...dimensions]);
    if (kernel === 'Conv2D') total += size(outputs[0]!.shape) * size(inputs.filter!.shape.slice(0, 3));
    if (kernel === 'Conv2DBackpropInput') {
      total += size(inputs.dy!.shape) * size(inputs.filter!.shape.slice(0, 3));
    }
    if (kernel === 'BatchMatMul') {
      const inner = inputs.a!.shape.at(attributes.transposeA === true ? -2 : -1)!;
      total += size(outputs[0]!.shape) * inner;
    }
  }
  return total;
}
