import type * as tf from '@tensorflow/tfjs-core';
import type { RecordedValue } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel, runOwnKernel } from '../recording-backend.ts';
import { cast, combine } from './elementwise.ts';

const reluGradient = 'SystoleReluGradient';

/** ReLU's gradient, recorded: dy where the output y is positive. */
export function recordedReluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return runOwnKernel(reluGradient, { dy, y }, {});
}

recordKernel('Multiply', ({ a, b }, { recorder }) => {
  const product = combine(recorder, 'Mul', a!, b!);
  if (recorder.maskScales.has(b!.name)) recorder.maskedProducts.push({ product, factor: a!, mask: b!.name });
  return product;
});

/**
 * Where dropout follows the ReLU, its result z says both: z is positive where y is and the mask keeps it. So
 * neither y nor the mask has to be held until the backward pass.
 */
recordKernel(reluGradient, ({ dy, y }, { recorder }) => {
  const zero = recorder.uniform('float32', [], 0);
  const { gradient, output, scale } = beforeDropout(recorder, dy!, y!);
  const positive = combine(recorder, 'Greater', output, zero, 'bool');
  if (scale === 1) return combine(recorder, 'Mul', gradient, cast(recorder, positive, 'float32'));
  const bytes = recorder.graph.emit('Cast', [positive.name], { to: { int: 2 } });
  const name = recorder.graph.emit('DequantizeLinear', [bytes, recorder.graph.scalar(scale)]);
  return combine(recorder, 'Mul', gradient, { ...positive, name, dtype: 'float32' });
});

/** The gradient and the output after the dropout between, if there is one; else those of the ReLU itself. */
function beforeDropout(
  { maskedProducts, maskScales }: Recorder,
  dy: RecordedValue,
  y: RecordedValue,
): { gradient: RecordedValue; output: RecordedValue; scale: number } {
  const backward = maskedProducts.find(({ product }) => product.name === dy.name);
  const forward = maskedProducts.find(
    ({ factor, mask }) => factor.name === y.name && mask === backward?.mask,
  );
  if (backward === undefined || forward === undefined) return { gradient: dy, output: y, scale: 1 };
  return { gradient: backward.factor, output: forward.product, scale: maskScales.get(backward.mask)! };
}
