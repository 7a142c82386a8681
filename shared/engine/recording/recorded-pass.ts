import * as tf from '@tensorflow/tfjs-core';
import type { NetParameters, Pass } from '../pass.ts';
import { maskScale } from '../random-mask.ts';
import { type RecordedValue, rowMajor } from './recorded-value.ts';
import type { Recorder } from './recorder.ts';
import { recordedValueOf, tensorOf } from './recording-backend.ts';

/** A parameter as it stands in a recording. */
export interface RecordedParameter {
  readonly name: string;
  readonly variable: tf.Variable;
  /** What it held at the start. */
  readonly initial: RecordedValue;
}

/** A dropout mask: an input of the graph, 1 where a value is kept. */
export interface RecordedMask {
  readonly input: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

export interface RecordedPass extends Pass {
  readonly recordedParameters: ReadonlyMap<string, RecordedParameter>;
  readonly masks: readonly RecordedMask[];
  /** Makes the placeholder of a parameter that exists. */
  declare(name: string): void;
  /** Throws away the variables that stood for the parameters. */
  dispose(): void;
}

/**
 * A pass whose parameters are placeholders in the graph: inputs when training, initializers in scoring.
 * @param outside runs code on the backend that holds the net's own parameters.
 */
export function recordedPass(
  recorder: Recorder,
  parameters: NetParameters,
  training: boolean,
  outside: <T>(work: () => T) => T,
): RecordedPass {
  const recordedParameters = new Map<string, RecordedParameter>();
  const masks: RecordedMask[] = [];
  const placeholder = (name: string, source: tf.Variable): tf.Variable => {
    const found = recordedParameters.get(name);
    if (found !== undefined) return found.variable;
    const layout = recorder.inputLayout(name, source.shape);
    const shape = [...source.shape];
    const initial: RecordedValue = training
      ? recorder.input(name, 'float32', shape, layout)
      : recorder.declareLayout({ name, dtype: 'float32', shape, layout });
    const tensor = tensorOf(initial);
    const variable = tf.variable(tensor, source.trainable);
    tensor.dispose();
    recordedParameters.set(name, { name, variable, initial });
    return variable;
  };
  return {
    training,
    recordedParameters,
    masks,
    parameters: {
      get: (name, shape, initializer, options) =>
        placeholder(
          name,
          outside(() => parameters.get(name, shape, initializer, options)),
        ),
      variables: () =>
        new Map([...recordedParameters].map(([name, { variable }]) => [name, variable] as const)),
    },
    mask(shape, rate) {
      if (!training) throw new Error('A pass of inference draws no dropout mask.');
      const input = `mask ${masks.length}`;
      masks.push({ input, shape: [...shape], rate });
      recorder.graph.input(input, 'uint8', [...shape]);
      const scale = recorder.graph.scalar(maskScale(rate));
      const name = recorder.graph.emit('DequantizeLinear', [input, scale]);
      recorder.maskScales.set(name, maskScale(rate));
      return tensorOf({ name, dtype: 'float32', shape: [...shape], layout: rowMajor(shape) });
    },
    declare(name) {
      placeholder(name, parameters.variables().get(name)!);
    },
    dispose() {
      for (const { variable } of recordedParameters.values()) variable.dispose();
    },
  };
}

/** What a parameter holds at the end of the recording. */
export function finalValue(parameter: RecordedParameter): RecordedValue {
  return recordedValueOf(parameter.variable);
}
