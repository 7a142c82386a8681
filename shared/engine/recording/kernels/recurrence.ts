import * as tf from '@tensorflow/tfjs-core';
import type { OnnxValue } from '../../onnx/model.ts';
import type { Cell, RecurrentWeights } from '../../operations/recurrence.ts';
import { GraphBuilder, type ValueName } from '../graph-builder.ts';
import { layoutOf, type RecordedValue } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel, runOwnKernel } from '../recording-backend.ts';

const scoring = 'SystoleRecurrence';
const forward = 'SystoleRecurrenceSteps';
const backward = 'SystoleRecurrenceStepsGradient';

/** One recurrent layer in scoring: ONNX's own operator. Shapes as in `recur`. */
export function recordedRecurrence(
  x: tf.Tensor3D,
  { input, hidden, inputBias, hiddenBias }: RecurrentWeights,
  cell: Cell,
  reverse: boolean,
): tf.Tensor3D {
  return runOwnKernel(scoring, { x, input, hidden, inputBias, hiddenBias }, { cell, reverse });
}

/**
 * The steps of one recurrent layer in training, whatever their number as one Scan forward and one backward.
 * @param projected the inputs times their weights, [record, time, gates x units]
 * @returns hidden states [record, time, units]
 */
export function recordedSteps(
  projected: tf.Tensor3D,
  hidden: tf.Tensor2D,
  hiddenBias: tf.Tensor1D,
  cell: Cell,
  reverse: boolean,
): tf.Tensor3D {
  return runOwnKernel<tf.Tensor[]>(
    forward,
    { projected, hidden, hiddenBias },
    { cell, reverse },
  )[0] as tf.Tensor3D;
}

const operators: Readonly<Record<Cell, string>> = { lstm: 'LSTM', gru: 'GRU', rnn: 'RNN' };

/** PyTorch's gates in ONNX's order: i f g o -> i o f c, and r z n -> z r h. */
const gateOrder: Readonly<Record<Cell, readonly number[]>> = { lstm: [0, 3, 1, 2], gru: [1, 0, 2], rnn: [0] };

recordKernel(scoring, ({ x, input, hidden, inputBias, hiddenBias }, { recorder, attributes }) => {
  const { cell, reverse } = attributes as { cell: Cell; reverse: boolean };
  const { graph } = recorder;
  const order = gateOrder[cell];
  const units = hidden!.shape[1]!;
  const ordered = (value: RecordedValue): ValueName => {
    const name = recorder.inRowMajor(value);
    if (order.length === 1) return name;
    const sizes = graph.integers(order.map(() => units));
    const gates = graph.emitMany('Split', [name, sizes], { axis: { int: 0 } }, order.length);
    return graph.emit(
      'Concat',
      order.map((gate) => gates[gate]!),
      { axis: { int: 0 } },
    );
  };
  const oneDirection = (name: ValueName) => graph.emit('Unsqueeze', [name, graph.integers([0])]);
  const weights = [input!, hidden!].map((value) => oneDirection(ordered(value)));
  const biases = graph.emit('Concat', [ordered(inputBias!), ordered(hiddenBias!)], { axis: { int: 0 } });
  const sequence = recorder.inLayout(x!, timeFirst(x!.shape));
  const [states] = graph.emitMany(
    operators[cell],
    [sequence, ...weights, oneDirection(biases)],
    {
      hidden_size: { int: units },
      direction: { string: reverse ? 'reverse' : 'forward' },
      ...(cell === 'gru' ? { linear_before_reset: { int: 1 } } : {}),
    },
    1,
  );
  const shape = [...x!.shape.slice(0, 2), units];
  return recorder.of(states!, 'float32', shape, [1, -1, 0, 2]); // [time, direction, record, unit]
});

/** What the forward steps keep for the backward ones, each [record, time, units]; the hidden states come first. */
const kept: Readonly<Record<Cell, readonly string[]>> = {
  lstm: ['hidden', 'memory', 'i', 'f', 'g', 'o'],
  gru: ['hidden', 'r', 'z', 'n', 'newHidden'],
  rnn: ['hidden'],
};

tf.registerGradient({
  kernelName: forward,
  inputsToSave: ['hidden'],
  outputsToSave: [true, true, true, true, true, true],
  gradFunc: (dys, saved, attributes) => {
    const dSequence = Array.isArray(dys) ? (dys[0] as tf.Tensor) : dys;
    const [weights, sequence, ...rest] = saved as [tf.Tensor2D, tf.Tensor3D, ...tf.Tensor3D[]];
    const { cell, reverse } = attributes as unknown as { cell: Cell; reverse: boolean };
    const inputs: Record<string, tf.Tensor> = { dSequence, weights, hidden: sequence };
    for (const [i, name] of kept[cell].slice(1).entries()) inputs[name] = rest[i]!;
    const [dProjected, dHidden = dProjected] = runOwnKernel<tf.Tensor3D[]>(backward, inputs, attributes);
    const [records, time, units] = sequence.shape;
    const rows = [records * time, weights.shape[0]];
    return {
      projected: () => dProjected!,
      hidden: () => {
        const before = tf.reshape(shifted(sequence, reverse), [records * time, units]);
        return tf.matMul(tf.reshape(dHidden!, rows), before, true);
      },
      hiddenBias: () => tf.sum(dHidden!, [0, 1]),
    };
  },
});

/** The state before each step: zero at the first. */
function shifted(sequence: tf.Tensor3D, reverse: boolean): tf.Tensor3D {
  const [records, time, units] = sequence.shape;
  const states = tf.slice(sequence, [0, reverse ? 1 : 0, 0], [records, time - 1, units]);
  return tf.pad(states, [[0, 0], reverse ? [0, 1] : [1, 0], [0, 0]]);
}

recordKernel(forward, ({ projected, hidden, hiddenBias }, { recorder, attributes }) => {
  const { cell, reverse } = attributes as { cell: Cell; reverse: boolean };
  const [records, time] = projected!.shape as [number, number];
  const units = hidden!.shape[1]!;
  const weights = recorder.inRowMajor(hidden!);
  const bias = recorder.inRowMajor(hiddenBias!);
  const states = cell === 'lstm' ? ['hidden', 'memory'] : ['hidden'];
  const outputs = scan(recorder, {
    states,
    sequences: { projected: projected! },
    reverse,
    units,
    step: (body, { hidden: h, memory: c, projected: p }) => {
      const fromHidden = body.emit('Gemm', [h!, weights, bias], { transB: { int: 1 } });
      const results = forwardStep[cell](body, p!, fromHidden, h!, c!, units);
      return { states: results, sequences: results };
    },
    results: kept[cell],
  });
  return kept[cell].map((name) => recorder.of(outputs[name]!, 'float32', [records, time, units], [1, 0, 2]));
});

recordKernel(backward, (inputs, { recorder, attributes }) => {
  const { cell, reverse } = attributes as { cell: Cell; reverse: boolean };
  const { weights, dSequence, ...saved } = inputs;
  const [records, time, units] = dSequence!.shape as [number, number, number];
  const matrix = recorder.inRowMajor(weights!);
  const { hidden, ...others } = saved;
  const sequences: Record<string, RecordedValue> = { dSequence: dSequence!, ...others };
  if (cell === 'rnn') sequences.hidden = hidden!;
  else sequences.before = stateBefore(recorder, cell === 'lstm' ? saved.memory! : hidden!, reverse);
  const results = cell === 'gru' ? ['dProjected', 'dFromHidden'] : ['dProjected'];
  const outputs = scan(recorder, {
    states: cell === 'lstm' ? ['dHidden', 'dMemory'] : ['dHidden'],
    sequences,
    reverse: !reverse,
    units,
    step: (body, values) => {
      const dh = body.emit('Add', [values.dSequence!, values.dHidden!]);
      const { dProjected, dFromHidden = dProjected, ...states } = backwardStep[cell](body, dh, values);
      const through = body.emit('MatMul', [dFromHidden!, matrix]);
      const dHidden = states.dHidden === undefined ? through : body.emit('Add', [states.dHidden, through]);
      return {
        states: { ...states, dHidden },
        sequences: { dProjected: dProjected!, dFromHidden: dFromHidden! },
      };
    },
    results,
  });
  const shape = [records, time, weights!.shape[0]!];
  return results.map((name) => recorder.of(outputs[name]!, 'float32', shape, [1, 0, 2]));
});

type Names = Readonly<Record<string, ValueName>>;

const forwardStep: Readonly<
  Record<
    Cell,
    (
      body: GraphBuilder,
      projected: ValueName,
      fromHidden: ValueName,
      h: ValueName,
      c: ValueName,
      units: number,
    ) => Names
  >
> = {
  lstm(body, projected, fromHidden, _, c, units) {
    const sums = split(body, body.emit('Add', [projected, fromHidden]), 4, units);
    const [i, f, o] = [0, 1, 3].map((gate) => body.emit('Sigmoid', [sums[gate]!])) as [
      string,
      string,
      string,
    ];
    const g = body.emit('Tanh', [sums[2]!]);
    const memory = body.emit('Add', [body.emit('Mul', [f, c]), body.emit('Mul', [i, g])]);
    const hidden = body.emit('Mul', [o, body.emit('Tanh', [memory])]);
    return { hidden, memory, i, f, g, o };
  },
  gru(body, projected, fromHidden, h, _, units) {
    const input = split(body, projected, 3, units);
    const state = split(body, fromHidden, 3, units);
    const r = body.emit('Sigmoid', [body.emit('Add', [input[0]!, state[0]!])]);
    const z = body.emit('Sigmoid', [body.emit('Add', [input[1]!, state[1]!])]);
    const newHidden = state[2]!;
    const n = body.emit('Tanh', [body.emit('Add', [input[2]!, body.emit('Mul', [r, newHidden])])]);
    const hidden = body.emit('Add', [n, body.emit('Mul', [z, body.emit('Sub', [h, n])])]);
    return { hidden, r, z, n, newHidden };
  },
  rnn(body, projected, fromHidden) {
    return { hidden: body.emit('Tanh', [body.emit('Add', [projected, fromHidden])]) };
  },
};

const backwardStep: Readonly<Record<Cell, (body: GraphBuilder, dh: ValueName, values: Names) => Names>> = {
  lstm(body, dh, { memory, before, i, f, g, o, dMemory }) {
    const multiply = multiplier(body);
    const squashed = body.emit('Tanh', [memory!]);
    const dc = body.emit('Add', [dMemory!, multiply(dh, o!, tanhSlope(body, squashed))]);
    const dProjected = body.emit(
      'Concat',
      [
        multiply(dc, g!, sigmoidSlope(body, i!)),
        multiply(dc, before!, sigmoidSlope(body, f!)),
        multiply(dc, i!, tanhSlope(body, g!)),
        multiply(dh, squashed, sigmoidSlope(body, o!)),
      ],
      { axis: { int: 1 } },
    );
    return { dProjected, dMemory: multiply(dc, f!) };
  },
  gru(body, dh, { before, r, z, n, newHidden }) {
    const multiply = multiplier(body);
    const difference = body.emit('Sub', [before!, n!]);
    const dz = multiply(dh, difference, sigmoidSlope(body, z!));
    const dn = multiply(dh, body.emit('Sub', [body.scalar(1), z!]), tanhSlope(body, n!));
    const dr = multiply(dn, newHidden!, sigmoidSlope(body, r!));
    const dProjected = body.emit('Concat', [dr, dz, dn], { axis: { int: 1 } });
    const dFromHidden = body.emit('Concat', [dr, dz, multiply(dn, r!)], { axis: { int: 1 } });
    return { dProjected, dFromHidden, dHidden: multiply(dh, z!) };
  },
  rnn(body, dh, { hidden }) {
    return { dProjected: body.emit('Mul', [dh, tanhSlope(body, hidden!)]) };
  },
};

function multiplier(body: GraphBuilder): (first: ValueName, ...rest: ValueName[]) => ValueName {
  return (first, ...rest) => rest.reduce((product, factor) => body.emit('Mul', [product, factor]), first);
}

/** s (1 - s), from the sigmoid's output. */
function sigmoidSlope(body: GraphBuilder, s: ValueName): ValueName {
  return body.emit('Mul', [s, body.emit('Sub', [body.scalar(1), s])]);
}

/** 1 - t^2, from the tangent's output. */
function tanhSlope(body: GraphBuilder, t: ValueName): ValueName {
  return body.emit('Sub', [body.scalar(1), body.emit('Mul', [t, t])]);
}

function split(body: GraphBuilder, name: ValueName, parts: number, units: number): readonly ValueName[] {
  const sizes = body.integers(Array<number>(parts).fill(units));
  return body.emitMany('Split', [name, sizes], { axis: { int: 1 } }, parts);
}

interface ScanDefinition {
  /** States from step to step, [record, units], zero at the start. */
  readonly states: readonly string[];
  /** Read step by step, [record, time, ...]. */
  readonly sequences: Readonly<Record<string, RecordedValue>>;
  /** From the last step to the first. */
  readonly reverse: boolean;
  readonly units: number;
  step(body: GraphBuilder, values: Names): { states: Names; sequences: Names };
  /** Which of the step's sequences are wanted. */
  readonly results: readonly string[];
}

/** An ONNX Scan over time; the results are in the order of time, [time, record, ...]. */
function scan(
  recorder: Recorder,
  { states, sequences, reverse, units, step, results }: ScanDefinition,
): Names {
  const { graph } = recorder;
  const names = Object.keys(sequences);
  const records = sequences[names[0]!]!.shape[0]!;
  const body = new GraphBuilder(`${graph.uniqueName()}/`);
  const bodyInput = (width: number) =>
    body.input(body.uniqueName(), 'float32', recorder.dimensions([records, width]));
  const bodyInputs: Record<string, ValueName> = {};
  for (const state of states) bodyInputs[state] = bodyInput(units);
  for (const name of names) bodyInputs[name] = bodyInput(sequences[name]!.shape[2]!);
  const result = step(body, bodyInputs);
  const outputs = [
    ...states.map((state) => result.states[state]!),
    ...results.map((name) => result.sequences[name]!),
  ].map((name): OnnxValue => ({ name: body.alias(name), type: 'float32', shape: ['', ''] }));
  // A Scan gives its body the inputs by position, so even those that no node reads are declared.
  const bodyGraph = { ...body.finish('step', outputs), inputs: body.allInputs() };
  const zero = graph.emit('Expand', [graph.scalar(0), graph.integers([records, units])]);
  const directions = (count: number) => ({ ints: Array<number>(count).fill(reverse ? 1 : 0) });
  const produced = graph.emitMany(
    'Scan',
    [
      ...states.map(() => zero),
      ...names.map((name) => recorder.inLayout(sequences[name]!, timeFirst(sequences[name]!.shape))),
    ],
    {
      body: { graph: bodyGraph },
      num_scan_inputs: { int: names.length },
      scan_input_directions: directions(names.length),
      scan_output_directions: directions(results.length),
    },
    states.length + results.length,
  );
  return Object.fromEntries(results.map((name, i) => [name, produced[states.length + i]!]));
}

function stateBefore(recorder: Recorder, sequence: RecordedValue, reverse: boolean): RecordedValue {
  const { graph } = recorder;
  const [, time] = sequence.shape;
  const name = recorder.inLayout(sequence, timeFirst(sequence.shape));
  const range = reverse ? [1, time!] : [0, time! - 1];
  const states = graph.emit('Slice', [
    name,
    graph.integers([range[0]!]),
    graph.integers([range[1]!]),
    graph.integers([0]),
  ]);
  const pads = reverse ? [0, 0, 0, 1, 0, 0] : [1, 0, 0, 0, 0, 0];
  const shifted = graph.emit('Pad', [states, graph.integers(pads)]);
  return { ...recorder.of(shifted, 'float32', sequence.shape, [1, 0, 2]) };
}

/** [record, time, feature] as time, record, feature. */
function timeFirst(shape: readonly number[]): number[] {
  return layoutOf(shape, [1, 0, 2]);
}
