import type { KernelCall } from '../recording/recorder.ts';
import {
  type Attribute,
  type ElementType,
  elementType,
  integer,
  integers,
  text,
  truth,
} from './graph-model.ts';

/** What a kernel's node needs of the graph around it. */
export interface NodeContext {
  /** A constant, for what TensorFlow takes as an input and tf.js as an attribute. */
  constant(values: readonly number[], shape?: readonly number[], type?: ElementType): string;
  /** A node beside the kernel's own. */
  node(op: string, input: readonly string[], attr: Readonly<Record<string, Attribute>>): string;
  /** -1 for what depends on the free batch. */
  free(shape: readonly number[]): number[];
}

export interface KernelNode {
  readonly op: string;
  readonly input: readonly string[];
  readonly attr?: Readonly<Record<string, Attribute>>;
}

type Names = Readonly<Record<string, string>>;

type Rule = (inputs: Names, call: KernelCall, context: NodeContext) => KernelNode;

/** Kernels whose TensorFlow operation takes the same inputs in the same order and nothing else. */
const alike: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Add: 'AddV2',
  AddN: 'AddN',
  Asin: 'Asin',
  Atan: 'Atan',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Equal: 'Equal',
  Erf: 'Erf',
  Exp: 'Exp',
  Expm1: 'Expm1',
  Floor: 'Floor',
  Greater: 'Greater',
  GreaterEqual: 'GreaterEqual',
  Identity: 'Identity',
  Less: 'Less',
  LessEqual: 'LessEqual',
  Log: 'Log',
  Log1p: 'Log1p',
  LogicalAnd: 'LogicalAnd',
  LogicalNot: 'LogicalNot',
  LogicalOr: 'LogicalOr',
  LogSoftmax: 'LogSoftmax',
  Maximum: 'Maximum',
  Minimum: 'Minimum',
  Multiply: 'Mul',
  Neg: 'Neg',
  NotEqual: 'NotEqual',
  Pow: 'Pow',
  Prelu: 'Prelu',
  RealDiv: 'RealDiv',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Relu6: 'Relu6',
  Round: 'Round',
  Rsqrt: 'Rsqrt',
  Select: 'SelectV2',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softmax: 'Softmax',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Square: 'Square',
  SquaredDifference: 'SquaredDifference',
  Sub: 'Sub',
  Tan: 'Tan',
  Tanh: 'Tanh',
  ZerosLike: 'ZerosLike',
};

const rules: Readonly<Record<string, Rule>> = {
  All: reduction,
  Any: reduction,
  ArgMax: extremum,
  ArgMin: extremum,
  AvgPool: pooling,
  BatchMatMul: ({ a, b }, { attributes }) => ({
    op: 'BatchMatMulV2',
    input: [a!, b!],
    attr: { adj_x: truth(attributes.transposeA === true), adj_y: truth(attributes.transposeB === true) },
  }),
  BroadcastTo: ({ x }, { outputs }, { constant, free }) => ({
    op: 'BroadcastTo',
    input: [x!, constant(free(outputs[0]!.shape))],
  }),
  Cast: ({ x }, { inputs, attributes }) => ({
    op: 'Cast',
    input: [x!],
    attr: {
      SrcT: elementType(inputs.x!.dtype as ElementType),
      DstT: elementType(attributes.dtype as ElementType),
    },
  }),
  ClipByValue: ({ x }, { attributes }, { constant }) => ({
    op: 'ClipByValue',
    input: [
      x!,
      constant([attributes.clipValueMin as number], [], 'float32'),
      constant([attributes.clipValueMax as number], [], 'float32'),
    ],
  }),
  Concat: (inputs, { attributes }, { constant }) => ({
    op: 'ConcatV2',
    input: [...Object.values(inputs), constant([attributes.axis as number], [])],
    attr: { N: integer(Object.keys(inputs).length) },
  }),
  Conv2D: ({ x, filter }, { attributes }) => ({
    op: 'Conv2D',
    input: [x!, filter!],
    attr: { ...windowAttributes(attributes), dilations: integers([1, 1, 1, 1]) },
  }),
  Conv2DBackpropInput: ({ dy, filter }, { attributes, outputs }, { constant, node, free }) => {
    const [records, ...rest] = free(outputs[0]!.shape) as [number, number, number, number];
    const shape =
      records === -1
        ? node(
            'ConcatV2',
            [
              node('Slice', [node('Shape', [dy!], {}), constant([0]), constant([1])], {}),
              constant(rest),
              constant([0], []),
            ],
            { N: integer(2) },
          )
        : constant([records, ...rest]);
    return { op: 'Conv2DBackpropInput', input: [shape, filter!, dy!], attr: windowAttributes(attributes) };
  },
  ExpandDims: ({ input }, { attributes }, { constant }) => ({
    op: 'ExpandDims',
    input: [input!, constant([attributes.dim as number], [])],
  }),
  Fill: (_, { attributes, outputs }, { constant, free }) => ({
    op: 'Fill',
    input: [
      constant(free(outputs[0]!.shape)),
      constant([attributes.value as number], [], outputs[0]!.dtype as ElementType),
    ],
    attr: { T: elementType(outputs[0]!.dtype as ElementType) },
  }),
  FusedBatchNorm: ({ x, scale, offset, mean, variance }, { attributes }) => ({
    op: 'FusedBatchNormV3',
    input: [x!, scale!, offset!, mean!, variance!],
    attr: {
      epsilon: { f: attributes.varianceEpsilon as number },
      data_format: text('NHWC'),
      is_training: truth(false),
    },
  }),
  GatherV2: ({ x, indices }, { attributes }, { constant }) => ({
    op: 'GatherV2',
    input: [x!, indices!, constant([attributes.axis as number], [])],
    attr: { batch_dims: integer(0) },
  }),
  LeakyRelu: ({ x }, { attributes }) => ({
    op: 'LeakyRelu',
    input: [x!],
    attr: { alpha: { f: attributes.alpha as number } },
  }),
  Max: reduction,
  MaxPool: pooling,
  Mean: reduction,
  Min: reduction,
  Pack: (inputs, { attributes }) => ({
    op: 'Pack',
    input: Object.values(inputs),
    attr: { axis: integer(attributes.axis as number), N: integer(Object.keys(inputs).length) },
  }),
  PadV2: ({ x }, { attributes }, { constant }) => {
    const paddings = attributes.paddings as [number, number][];
    return {
      op: 'PadV2',
      input: [
        x!,
        constant(paddings.flat(), [paddings.length, 2]),
        constant([attributes.constantValue as number], [], 'float32'),
      ],
    };
  },
  Reshape: ({ x }, { outputs }, { constant, free }) => ({
    op: 'Reshape',
    input: [x!, constant(free(outputs[0]!.shape))],
  }),
  ResizeBilinear: ({ images }, { attributes }, { constant }) => ({
    op: 'ResizeBilinear',
    input: [images!, constant(attributes.size as number[])],
    attr: {
      align_corners: truth(attributes.alignCorners === true),
      half_pixel_centers: truth(attributes.halfPixelCenters === true),
    },
  }),
  Reverse: ({ x }, { attributes }, { constant }) => ({
    op: 'ReverseV2',
    input: [x!, constant(attributes.dims as number[])],
  }),
  Slice: ({ x }, { attributes, inputs, outputs }, { constant, free }) => {
    const begin = attributes.begin as number[];
    const size = free(outputs[0]!.shape).map((length, axis) =>
      length === inputs.x!.shape[axis] ? -1 : length,
    );
    return { op: 'Slice', input: [x!, constant(begin), constant(size)] };
  },
  SplitV: ({ x }, { attributes, inputs, outputs }, { constant }) => {
    const axis = attributes.axis as number;
    const at = axis < 0 ? axis + inputs.x!.shape.length : axis;
    return {
      op: 'SplitV',
      input: [x!, constant(outputs.map(({ shape }) => shape[at]!)), constant([at], [])],
      attr: { num_split: integer(outputs.length) },
    };
  },
  Sum: reduction,
  Tile: ({ x }, { attributes }, { constant }) => ({
    op: 'Tile',
    input: [x!, constant(attributes.reps as number[])],
  }),
  Transpose: ({ x }, { attributes }, { constant }) => ({
    op: 'Transpose',
    input: [x!, constant(attributes.perm as number[])],
  }),
  Unpack: ({ value }, { attributes, outputs }) => ({
    op: 'Unpack',
    input: [value!],
    attr: { axis: integer(attributes.axis as number), num: integer(outputs.length) },
  }),
};

/**
 * TensorFlow's node for a kernel of tf.js.
 * @throws Error naming the kernel when there is none.
 */
export function kernelNode(inputs: Names, call: KernelCall, context: NodeContext): KernelNode {
  const op = alike[call.kernel];
  if (op !== undefined) return { op, input: inOrder(inputs, call) };
  const rule = rules[call.kernel];
  if (rule === undefined) throw new Error(`The kernel ${call.kernel} cannot be exported to a tf.js model.`);
  return rule(inputs, call, context);
}

/** tf.js names the inputs of most kernels in TensorFlow's order. */
function inOrder(inputs: Names, { kernel }: KernelCall): string[] {
  if (kernel === 'Select') return [inputs.condition!, inputs.t!, inputs.e!];
  return Object.values(inputs);
}

function reduction(
  { x }: Names,
  { kernel, attributes, inputs }: KernelCall,
  { constant }: NodeContext,
): KernelNode {
  const axis = attributes.axis ?? attributes.reductionIndices ?? inputs.x!.shape.map((_, i) => i);
  return {
    op: kernel,
    input: [x!, constant([axis].flat() as number[])],
    attr: { keep_dims: truth(attributes.keepDims === true) },
  };
}

function extremum({ x }: Names, { kernel, attributes }: KernelCall, { constant }: NodeContext): KernelNode {
  return { op: kernel, input: [x!, constant([attributes.axis as number], [])] };
}

function pooling({ x }: Names, { kernel, attributes }: KernelCall): KernelNode {
  const size = pair(attributes.filterSize);
  return {
    op: kernel,
    input: [x!],
    attr: { ...windowAttributes(attributes), ksize: integers([1, ...size, 1]) },
  };
}

function windowAttributes(attributes: Readonly<Record<string, unknown>>): Record<string, Attribute> {
  return {
    strides: integers([1, ...pair(attributes.strides), 1]),
    padding: text((attributes.pad as string).toUpperCase()),
    data_format: text('NHWC'),
  };
}

function pair(value: unknown): number[] {
  return typeof value === 'number' ? [value, value] : (value as number[]);
}
