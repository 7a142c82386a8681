import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import { inputTensors } from '../engine/recording/record-step.ts';
import { recordedPass } from '../engine/recording/recorded-pass.ts';
import { Recorder } from '../engine/recording/recorder.ts';
import { recordWith } from '../engine/recording/recording-backend.ts';
import '../engine/recording/kernels/all.ts';
import type { Net } from './net.ts';

/** The parameters of a net and their shapes, in order of use. Nothing is computed: the forward pass is recorded. */
export function parameterShapes(net: Net): ReadonlyMap<string, readonly number[]> {
  const variables = new Map<string, tf.Variable>();
  const parameters: Pass['parameters'] = {
    get(name, shape, _, { trainable = true } = {}) {
      const found = variables.get(name) ?? tf.variable(tf.zeros([...shape]), trainable);
      variables.set(name, found);
      return found;
    },
    variables: () => variables,
  };
  const recorder = new Recorder();
  recordWith(recorder, (outside) => {
    const pass = recordedPass(recorder, parameters, false, outside);
    try {
      net.forward(pass, inputTensors(recorder, { x: net.input }).x!);
    } finally {
      pass.dispose();
    }
  });
  const shapes = new Map([...variables].map(([name, variable]) => [name, [...variable.shape]]));
  for (const variable of variables.values()) variable.dispose();
  return shapes;
}
