import type { OnnxAttribute } from '../../onnx/model.ts';
import { equalLists, filler, heldAxes, type RecordedType, type RecordedValue } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel } from '../recording-backend.ts';

/** tf.js kernel -> ONNX operator of the same meaning on floats. */
const unary: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Asin: 'Asin',
  Atan: 'Atan',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

for (const [kernel, operator] of Object.entries(unary)) {
  recordKernel(kernel, ({ x }, { recorder }) => map(recorder, operator, x!));
}

recordKernel('Identity', ({ x }) => ({ ...x! }));
recordKernel('Square', ({ x }, { recorder }) => combine(recorder, 'Mul', x!, x!));
recordKernel('Rsqrt', ({ x }, { recorder }) => map(recorder, 'Reciprocal', map(recorder, 'Sqrt', x!)));
recordKernel('Expm1', ({ x }, { recorder }) => shift(recorder, map(recorder, 'Exp', x!), -1));
recordKernel('Log1p', ({ x }, { recorder }) => map(recorder, 'Log', shift(recorder, x!, 1)));
recordKernel('Relu6', ({ x }, { recorder }) => clip(recorder, x!, 0, 6));
recordKernel('LeakyRelu', ({ x }, { recorder, attributes }) =>
  map(recorder, 'LeakyRelu', x!, { alpha: { float: attributes.alpha as number } }),
);
recordKernel('ClipByValue', ({ x }, { recorder, attributes }) =>
  clip(recorder, x!, attributes.clipValueMin as number, attributes.clipValueMax as number),
);
/** 1 for positive x, alpha for the rest; Abs's gradient asks for alpha = -1. NaN stays NaN nowhere in a graph. */
recordKernel('Step', ({ x }, { recorder, attributes }) => {
  const alpha = (attributes.alpha as number | undefined) ?? 0;
  const positive = combine(recorder, 'Greater', x!, recorder.uniform(x!.dtype, [], 0), 'bool');
  if (alpha === 0) return cast(recorder, positive, 'float32');
  return select(
    recorder,
    positive,
    recorder.uniform('float32', [], 1),
    recorder.uniform('float32', [], alpha),
  );
});
/** The gradient of elu from its output y: dy where y is positive, dy (y + 1) elsewhere. */
recordKernel('EluGrad', ({ dy, y }, { recorder }) => {
  const positive = combine(recorder, 'Greater', y!, recorder.uniform('float32', [], 0), 'bool');
  return select(recorder, positive, dy!, combine(recorder, 'Mul', dy!, shift(recorder, y!, 1)));
});
recordKernel('Cast', ({ x }, { recorder, attributes }) =>
  cast(recorder, x!, attributes.dtype as RecordedType),
);
recordKernel('ZerosLike', ({ x }, { recorder }) => recorder.uniform(x!.dtype, x!.shape, 0));
recordKernel('OnesLike', ({ x }, { recorder }) => recorder.uniform(x!.dtype, x!.shape, 1));
recordKernel('Fill', (_, { recorder, attributes }) =>
  recorder.uniform(
    (attributes.dtype as RecordedType | undefined) ?? 'float32',
    attributes.shape as number[],
    attributes.value as number,
  ),
);

const binary: Readonly<Record<string, string>> = {
  Add: 'Add',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  RealDiv: 'Div',
  Sub: 'Sub',
};

for (const [kernel, operator] of Object.entries(binary)) {
  recordKernel(kernel, ({ a, b }, { recorder }) => combine(recorder, operator, a!, b!));
}

const comparisons: Readonly<Record<string, string>> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};

for (const [kernel, operator] of Object.entries(comparisons)) {
  recordKernel(kernel, ({ a, b }, { recorder }) => combine(recorder, operator, a!, b!, 'bool'));
}

recordKernel('NotEqual', ({ a, b }, { recorder }) =>
  map(recorder, 'Not', combine(recorder, 'Equal', a!, b!, 'bool')),
);
recordKernel('SquaredDifference', ({ a, b }, { recorder }) => {
  const difference = combine(recorder, 'Sub', a!, b!);
  return combine(recorder, 'Mul', difference, difference);
});
recordKernel('Prelu', ({ x, alpha }, { recorder }) => {
  const zero = recorder.uniform('float32', [], 0);
  const negative = combine(recorder, 'Mul', alpha!, combine(recorder, 'Min', x!, zero));
  return combine(recorder, 'Add', map(recorder, 'Relu', x!), negative);
});
recordKernel('Select', ({ condition, t, e }, { recorder }) => select(recorder, condition!, t!, e!));

/** One value through an operator that works element by element. */
export function map(
  recorder: Recorder,
  operator: string,
  x: RecordedValue,
  attributes: Record<string, OnnxAttribute> = {},
): RecordedValue {
  const { uniform: _, ...view } = x;
  return { ...view, name: recorder.graph.emit(operator, [x.name], attributes) };
}

/** Two values of broadcastable shapes through an operator. The result lies as the larger operand does. */
export function combine(
  recorder: Recorder,
  operator: string,
  a: RecordedValue,
  b: RecordedValue,
  dtype: RecordedType = a.dtype,
): RecordedValue {
  const shape = broadcastShape(a.shape, b.shape);
  const left = broadcastTo(a, shape);
  const right = broadcastTo(b, shape);
  const simple = simplified(recorder, operator, left, right);
  if (simple !== undefined) return simple;
  const layout = commonLayout(recorder, [left, right]);
  const operands = [recorder.aligned(left, layout), recorder.aligned(right, layout)];
  return {
    name: recorder.graph.emit(operator, operands),
    dtype,
    shape,
    layout: heldBy(layout, [left, right]),
  };
}

/** condition ? t : e, element by element. */
export function select(
  recorder: Recorder,
  condition: RecordedValue,
  t: RecordedValue,
  e: RecordedValue,
): RecordedValue {
  const shape = broadcastShape(broadcastShape(condition.shape, t.shape), e.shape);
  const operands = [condition, t, e].map((operand) => broadcastTo(operand, shape));
  const layout = commonLayout(recorder, operands);
  const names = operands.map((operand) => recorder.aligned(operand, layout));
  return {
    name: recorder.graph.emit('Where', names),
    dtype: t.dtype,
    shape,
    layout: heldBy(layout, operands),
  };
}

export function cast(recorder: Recorder, x: RecordedValue, dtype: RecordedType): RecordedValue {
  if (x.dtype === dtype) return x;
  if (x.uniform !== undefined) {
    const value =
      dtype === 'bool' ? Number(x.uniform !== 0) : dtype === 'int32' ? Math.trunc(x.uniform) : x.uniform;
    return recorder.uniform(dtype, x.shape, value);
  }
  const number = { float32: 1, int32: 6, bool: 9 }[dtype];
  return { ...map(recorder, 'Cast', x, { to: { int: number } }), dtype };
}

/** A view of the value in a shape that it broadcasts to. */
export function broadcastTo(x: RecordedValue, shape: readonly number[]): RecordedValue {
  if (equalLists(x.shape, shape)) return x;
  const offset = shape.length - x.shape.length;
  return { ...x, shape, layout: x.layout.map((axis) => (axis === filler ? filler : axis + offset)) };
}

/** A layout that holds every axis that one of the values holds: that of the largest, if it does. */
export function commonLayout(recorder: Recorder, values: readonly RecordedValue[]): readonly number[] {
  const largest = values.reduce((best, value) =>
    recorder.physicalSize(value) > recorder.physicalSize(best) ? value : best,
  );
  const needed = new Set(values.flatMap((value) => heldAxes(value.layout)));
  if ([...needed].every((axis) => largest.layout.includes(axis))) return largest.layout;
  // Keep the order of the largest and put the other axes where they stand logically.
  const order = heldAxes(largest.layout);
  for (const axis of [...needed].filter((axis) => !order.includes(axis)).sort((p, q) => p - q)) {
    const next = order.findIndex((other) => other > axis);
    order.splice(next === -1 ? order.length : next, 0, axis);
  }
  return order;
}

function heldBy(layout: readonly number[], values: readonly RecordedValue[]): number[] {
  return layout.map((axis) => (values.some((value) => value.layout.includes(axis)) ? axis : filler));
}

function simplified(
  recorder: Recorder,
  operator: string,
  a: RecordedValue,
  b: RecordedValue,
): RecordedValue | undefined {
  if (a.uniform !== undefined && b.uniform !== undefined) {
    const value = arithmetic[operator]?.(a.uniform, b.uniform);
    if (value !== undefined) return recorder.uniform(a.dtype, a.shape, value);
  }
  const { uniform } = b;
  if (uniform === (operator === 'Mul' || operator === 'Div' || operator === 'Pow' ? 1 : 0)) {
    if (['Mul', 'Div', 'Pow', 'Add', 'Sub'].includes(operator)) return a;
  }
  if (operator === 'Mul' && a.uniform === 1) return b;
  if (operator === 'Add' && a.uniform === 0) return b;
  if (operator === 'Mul' && (a.uniform === 0 || uniform === 0)) return recorder.uniform(a.dtype, a.shape, 0);
  return undefined;
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

function shift(recorder: Recorder, x: RecordedValue, by: number): RecordedValue {
  return combine(recorder, 'Add', x, recorder.uniform('float32', [], by));
}

function clip(recorder: Recorder, x: RecordedValue, from: number, to: number): RecordedValue {
  const { uniform: _, ...view } = x;
  const bounds = [recorder.graph.scalar(from, x.dtype), recorder.graph.scalar(to, x.dtype)];
  return { ...view, name: recorder.graph.emit('Clip', [x.name, ...bounds]) };
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a[i - rank + a.length] ?? 1;
    const q = b[i - rank + b.length] ?? 1;
    return p === 1 ? q : p;
  });
}
