import type { ForwardDefinition } from '../engine.ts';
import type { OnnxGraph, OnnxValue } from '../onnx/model.ts';
import './kernels/all.ts';
import { toLayout } from './permutation.ts';
import type { OutputBinding } from './record-step.ts';
import { inputTensors } from './record-step.ts';
import { recordedPass } from './recorded-pass.ts';
import { physicalShape } from './recorded-value.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import { recordedValueOf, recordWith } from './recording-backend.ts';

/**
 * Stands for the free batch while a net is recorded: prime, so that no dimension of a net is a multiple of it by chance, and
 * no larger, because tf.js fills ones and zeros of its size when it makes gradients.
 */
export const freeBatchSize = 4099;

export interface RecordedForward {
  readonly graph: OnnxGraph;
  readonly outputs: readonly OutputBinding[];
}

/**
 * Records the forward pass with the weights inside, as initializers named as the parameters are. Inputs and outputs
 * keep their names.
 * @param options `standard` keeps to operators of the ONNX standard.
 */
export async function recordForward(
  definition: ForwardDefinition,
  options: Pick<RecorderOptions, 'standard'> = {},
): Promise<RecordedForward> {
  const { batch = 'static' } = definition;
  const inputs =
    batch === 'static'
      ? definition.inputs
      : Object.fromEntries(
          Object.entries(definition.inputs).map(([name, { shape, dtype }]) => [
            name,
            { dtype, shape: [freeBatchSize, ...shape.slice(1)] },
          ]),
        );
  const freeBatch = batch === 'free' ? freeBatchSize : undefined;
  const rehearsal = new Recorder({ ...options, freeBatch });
  recordOnce(rehearsal, { ...definition, inputs });
  const recorder = new Recorder({ ...options, freeBatch, wishes: rehearsal.wishes });
  const { results, outputs, parameters } = recordOnce(recorder, { ...definition, inputs });
  for (const { name, shape, layout } of parameters) {
    const data = await definition.parameters.variables().get(name)!.data<'float32'>();
    const values = toLayout(data, shape, layout);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    recorder.graph.initializer({ name, type: 'float32', shape: physicalShape({ shape, layout }), bytes });
  }
  return { graph: recorder.graph.finish('forward', results), outputs };
}

function recordOnce(recorder: Recorder, { forward, parameters, inputs }: ForwardDefinition) {
  return recordWith(recorder, (outside) => {
    const pass = recordedPass(recorder, parameters, false, outside);
    try {
      const results: OnnxValue[] = [];
      const outputs: OutputBinding[] = [];
      for (const [name, tensor] of Object.entries(forward(inputTensors(recorder, inputs, ''), pass))) {
        const value = recordedValueOf(tensor);
        const output = recorder.graph.alias(recorder.inRowMajor(value), name);
        results.push({ name: output, type: value.dtype, shape: recorder.dimensions(value.shape) });
        outputs.push({ name, output, shape: value.shape, dtype: value.dtype });
      }
      return {
        results,
        outputs,
        parameters: [...pass.recordedParameters.values()].map(({ initial, name }) => ({
          name,
          shape: initial.shape,
          layout: initial.layout,
        })),
      };
    } finally {
      pass.dispose();
    }
  });
}
