import { register } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { recordedReluGradient } from './recording/kernels/dropout.ts';
import { isRecording } from './recording/recording-backend.ts';

/** tf.js's modules import each other without extension, as bundlers resolve them and Node does not. */
const resolveExtensionless = `
export async function resolve(specifier, context, next) {
  const inside = context.parentURL?.includes('/@tensorflow/tfjs-core/dist/');
  const bare = specifier.startsWith('.') && !specifier.endsWith('.js');
  return next(inside && bare ? specifier + '.js' : specifier, context);
}`;

let loading: Promise<unknown> | undefined;

/** Gives tf.js core its gradients, which its main entry leaves out. */
export function loadGradients(): Promise<unknown> {
  if (loading === undefined) {
    register(`data:text/javascript,${encodeURIComponent(resolveExtensionless)}`);
    loading = import('@tensorflow/tfjs-core/dist/register_all_gradients.js').then(registerOwn);
  }
  return loading;
}

/**
 * ReLU's gradient from its output, where tf.js takes it from its input: the output is kept for the next layer
 * anyway, so the input need not be kept too.
 */
function registerOwn(): void {
  tf.registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dys, [y]) => {
      const dy = dys as tf.Tensor;
      return {
        x: () => (isRecording() ? recordedReluGradient(dy, y!) : tf.mul(dy, tf.cast(tf.step(y!), 'float32'))),
      };
    },
  });
}
