import * as tf from '@tensorflow/tfjs-core';
import type { InputSpecs, LossFunction, StepDefinition } from '../engine.ts';
import type { OnnxGraph, OnnxNode, OnnxValue } from '../onnx/model.ts';
import './kernels/all.ts';
import { finalValue, type RecordedMask, recordedPass } from './recorded-pass.ts';
import { physicalShape, type RecordedType, type RecordedValue, rowMajor } from './recorded-value.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import { recordedValueOf, recordWith, tensorOf } from './recording-backend.ts';

/** A tensor that is kept between steps: goes in under `input`, comes out anew under `output`. */
export interface StateBinding {
  readonly kind: 'parameter' | 'slot';
  readonly name: string;
  /** The logical shape, and how the graph holds it. */
  readonly shape: readonly number[];
  readonly layout: readonly number[];
  readonly input: string;
  /** Absent when the step leaves it as it is. */
  readonly output: string | undefined;
  /** Whether the new values may be written over the old ones. */
  readonly inPlace: boolean;
}

export interface OutputBinding {
  readonly name: string;
  readonly output: string;
  readonly shape: readonly number[];
  readonly dtype: RecordedType;
}

/** A whole training step as one graph. */
export interface RecordedStep {
  readonly graph: OnnxGraph;
  readonly state: readonly StateBinding[];
  readonly masks: readonly RecordedMask[];
  readonly scalars: readonly string[];
  /** The first is the loss. */
  readonly outputs: readonly OutputBinding[];
}

/**
 * Records forward, backward and update. The forward pass is recorded once before: it tells which parameters there
 * are and in which layouts they are wanted.
 */
export function recordStep(
  definition: Omit<StepDefinition, 'seed'>,
  options: Pick<RecorderOptions, 'channelBlock'> = {},
): RecordedStep {
  const { optimizer, parameters, inputs, loss } = definition;
  const rehearsal = new Recorder();
  const names = recordWith(rehearsal, (outside) => {
    const pass = recordedPass(rehearsal, parameters, true, outside);
    try {
      loss(inputTensors(rehearsal, inputs), pass);
      return [...pass.recordedParameters.keys()];
    } finally {
      pass.dispose();
    }
  });
  const recorder = new Recorder({ ...options, wishes: rehearsal.wishes });
  return recordWith(recorder, (outside) => {
    const pass = recordedPass(recorder, parameters, true, outside);
    try {
      for (const name of names) pass.declare(name);
      const placeholders = inputTensors(recorder, inputs);
      const named: { current: ReturnType<LossFunction> | undefined } = { current: undefined };
      const trainable = [...pass.recordedParameters.values()]
        .map(({ variable }) => variable)
        .filter((variable) => variable.trainable);
      const { grads } = tf.variableGrads(() => {
        named.current = loss(placeholders, pass);
        for (const tensor of Object.values(named.current)) tf.keep(tensor);
        return named.current.loss;
      }, trainable);
      const scalarNames = Object.keys(optimizer.scalars(1, 0));
      const scalars = Object.fromEntries(
        scalarNames.map((name) => [name, tensorOf(recorder.input(`scalar ${name}`, 'float32', [], []))]),
      ) as Record<string, tf.Scalar>;
      const bindings: Omit<StateBinding, 'inPlace'>[] = [];
      const results: OnnxValue[] = [];
      const outputs: OutputBinding[] = [];
      const taken = new Set<string>();
      const addResult = (value: RecordedValue, layout: readonly number[]): string => {
        let name = recorder.inLayout(value, layout);
        // Inputs, constants and values that are an output already come out under a name of their own.
        if (taken.has(name) || !recorder.graph.isNodeOutput(name)) name = recorder.graph.alias(name);
        taken.add(name);
        results.push({ name, type: value.dtype, shape: physicalShape({ shape: value.shape, layout }) });
        return name;
      };
      for (const [name, tensor] of Object.entries(named.current!)) {
        const value = recordedValueOf(tensor);
        tensor.dispose();
        const output = addResult(value, rowMajor(value.shape));
        const binding = { name, output, shape: value.shape, dtype: value.dtype };
        if (name === 'loss') outputs.unshift(binding);
        else outputs.push(binding);
      }
      for (const parameter of pass.recordedParameters.values()) {
        const { name, variable, initial } = parameter;
        const base = { shape: initial.shape, layout: initial.layout };
        const gradient = grads[variable.name];
        let final = finalValue(parameter);
        if (gradient != null) {
          const slots: Record<string, tf.Tensor> = {};
          for (const slot of optimizer.slots) {
            const input = `${name}/${slot}`;
            slots[slot] = tensorOf(recorder.input(input, 'float32', initial.shape, initial.layout));
          }
          const updated = optimizer.update({ name, value: tensorOf(final), gradient }, slots, scalars);
          final = recordedValueOf(updated.value);
          for (const slot of optimizer.slots) {
            const output = addResult(recordedValueOf(updated.slots[slot]!), initial.layout);
            bindings.push({
              kind: 'slot',
              name: `${name}/${slot}`,
              ...base,
              input: `${name}/${slot}`,
              output,
            });
          }
        } else if (variable.trainable) {
          for (const slot of optimizer.slots) {
            const slotName = `${name}/${slot}`;
            bindings.push({ kind: 'slot', name: slotName, ...base, input: slotName, output: undefined });
          }
        }
        const output = final.name === initial.name ? undefined : addResult(final, initial.layout);
        bindings.push({ kind: 'parameter', name, ...base, input: name, output });
      }
      const graph = recorder.graph.finish('step', results);
      const makers = new Map(
        graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
      );
      const state = bindings.map((binding) => ({
        ...binding,
        inPlace: isReadBeforeWritten(graph, makers, binding),
      }));
      return { graph, state, masks: pass.masks, scalars: scalarNames, outputs };
    } finally {
      pass.dispose();
    }
  });
}

/** Element by element, so that a result may lie where an operand lay. */
const elementwise = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * Whether every node that reads the old values runs before the one that makes the new ones, whatever order ONNX
 * Runtime chooses: so it is when the new values are made from what the readers made.
 */
function isReadBeforeWritten(
  { nodes }: OnnxGraph,
  makers: ReadonlyMap<string, OnnxNode>,
  { kind, input, output }: Omit<StateBinding, 'inPlace'>,
): boolean {
  // Parameters are read all over the backward pass.
  if (kind !== 'slot' || output === undefined) return false;
  const writer = makers.get(output)!;
  const before = new Set([writer]);
  for (const node of before) {
    for (const name of node.inputs) {
      const maker = makers.get(name);
      if (maker !== undefined) before.add(maker);
    }
  }
  return nodes
    .filter((node) => node.inputs.includes(input))
    .every((reader) => before.has(reader) && (reader !== writer || elementwise.has(reader.operator)));
}

/** The inputs of a net as placeholders, in row-major order; their names in the graph start with the prefix. */
export function inputTensors(
  recorder: Recorder,
  inputs: InputSpecs,
  prefix = 'input ',
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      tensorOf(recorder.input(`${prefix}${name}`, dtype, shape, rowMajor(shape))),
    ]),
  );
}
