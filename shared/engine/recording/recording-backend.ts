/**
 * A tf.js backend that records: its kernels append ONNX nodes to the graph of the recorder at work. This file holds
 * everything that depends on tf.js beyond its public operations (pinned at 4.22): the engine, tensors made from a
 * dataId, the switch of backends.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RecordedType, RecordedValue } from './recorded-value.ts';
import type { ListedTensor, Recorder } from './recorder.ts';

export const backendName = 'systole-recording';

interface StoredValues {
  readonly values: tf.backend_util.BackendValues;
  readonly dtype: tf.DataType;
}

/** Holds what tf.js writes (constants, and variables where no other backend is there) and what kernels recorded. */
class RecordingBackend extends tf.KernelBackend {
  readonly stored = new Map<object, StoredValues>();
  readonly recorded = new WeakMap<object, RecordedValue>();
  readonly #references = new WeakMap<object, number>();
  recorder: Recorder | undefined;

  override write(values: tf.backend_util.BackendValues, _shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.stored.set(dataId, { values, dtype });
    this.#references.set(dataId, 1);
    return dataId;
  }

  /** A place for a recorded value, owned by one tensor. */
  record(value: RecordedValue): object {
    const dataId = {};
    this.recorded.set(dataId, value);
    this.#references.set(dataId, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    _shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    this.stored.set(dataId, { values, dtype });
    this.#references.set(dataId, references);
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const stored = this.stored.get(dataId);
    if (stored === undefined) {
      throw new Error(
        'A net may not look at values while it is recorded: they exist only when the graph runs.',
      );
    }
    return stored.values;
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  override refCount(dataId: object): number {
    return this.#references.get(dataId) ?? 0;
  }

  override incRef(dataId: object): void {
    this.#references.set(dataId, this.refCount(dataId) + 1);
  }

  decRef(dataId: object): void {
    this.#references.set(dataId, this.refCount(dataId) - 1);
  }

  override disposeData(dataId: object, force = false): boolean {
    this.decRef(dataId);
    if (!force && this.refCount(dataId) > 0) return false;
    this.stored.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.stored.size;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.stored.clear();
  }
}

const backend = new RecordingBackend();
tf.registerBackend(backendName, () => backend, 0);

/** Whether operations are recorded now by our own kernels; not so when tf.js's kernels are listed for export. */
export function isRecording(): boolean {
  return backend.recorder !== undefined && backend.recorder.calls === undefined;
}

/**
 * Runs tf.js code with its kernels recorded. `outside` runs code on the backend that was active before, for what
 * is to outlive the recording (new parameters).
 */
export function recordWith<T>(recorder: Recorder, run: (outside: <U>(work: () => U) => U) => T): T {
  tf.backend(); // starts the best one there is, if none is in use
  const before = tf.getBackend();
  const use = (name: string) => void tf.setBackend(name); // synchronous for backends that need no start
  const outside = <U>(work: () => U): U => {
    use(before);
    try {
      return work();
    } finally {
      use(backendName);
    }
  };
  use(backendName);
  backend.recorder = recorder;
  tf.engine().startScope();
  try {
    return run(outside);
  } finally {
    tf.engine().endScope();
    backend.recorder = undefined;
    use(before);
  }
}

/** A tensor that stands for a value of the graph. */
export function tensorOf(value: RecordedValue): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(tensorInfoOf(value), backend);
}

/** The graph's value behind a tensor; a constant, if tf.js wrote it. */
export function recordedValueOf(tensor: tf.TensorInfo): RecordedValue {
  const recorded = backend.recorded.get(tensor.dataId);
  if (recorded !== undefined) return recorded;
  const stored = backend.stored.get(tensor.dataId);
  if (stored === undefined)
    return recorderAtWork().constant(recordedType(tensor.dtype), tensor.shape, movedValues(tensor));
  const values = stored.values as Float32Array | Int32Array | Uint8Array;
  return recorderAtWork().constant(recordedType(tensor.dtype), tensor.shape, values);
}

/** Values of a tensor that another backend holds. */
function movedValues(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array {
  tf.engine().moveData(backend, tensor.dataId);
  return backend.stored.get(tensor.dataId)!.values as Float32Array | Int32Array | Uint8Array;
}

export interface KernelContext {
  readonly recorder: Recorder;
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Kernel = (
  inputs: Readonly<Record<string, RecordedValue>>,
  context: KernelContext,
) => RecordedValue | RecordedValue[];

type ListKernel = (
  inputs: readonly RecordedValue[],
  context: KernelContext,
) => RecordedValue | RecordedValue[];

/** Registers what the recorder does for a kernel of tf.js, or for one of our own. */
export function recordKernel(kernelName: string, kernel: Kernel): void {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const values: Record<string, RecordedValue> = {};
      for (const [name, tensor] of Object.entries(inputs)) {
        if (tensor != null) values[name] = recordedValueOf(tensor as tf.TensorInfo);
      }
      const recorder = recorderAtWork();
      const outputs = tensorInfos(kernel(values, { recorder, attributes: { ...attrs } }));
      list(recorder, kernelName, inputs, attrs, outputs);
      return outputs;
    },
  });
}

/** For kernels whose input is a list of tensors (Concat, Pack, AddN). */
export function recordListKernel(kernelName: string, kernel: ListKernel): void {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const values = Object.values(inputs as unknown as Record<string, tf.TensorInfo>).map(recordedValueOf);
      const recorder = recorderAtWork();
      const outputs = tensorInfos(kernel(values, { recorder, attributes: { ...attrs } }));
      list(recorder, kernelName, inputs, attrs, outputs);
      return outputs;
    },
  });
}

/** Keeps the call of a kernel, with what tf.js wrote as its inputs: it is gone when the operation ends. */
function list(
  { calls }: Recorder,
  kernel: string,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap | undefined,
  outputs: tf.TensorInfo | tf.TensorInfo[],
): void {
  if (calls === undefined) return;
  const listed: Record<string, ListedTensor> = {};
  for (const [name, tensor] of Object.entries(inputs as Record<string, tf.TensorInfo | null | undefined>)) {
    if (tensor == null) continue;
    const written = backend.stored.get(tensor.dataId)?.values as ArrayLike<number> | undefined;
    listed[name] = { dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype, written };
  }
  calls.push({ kernel, inputs: listed, attributes: { ...attributes }, outputs: [outputs].flat() });
}

/** Runs one of our own kernels, whose gradient is registered with tf.js. */
export function runOwnKernel<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: object,
): T {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
}

function tensorInfos(result: RecordedValue | RecordedValue[]): tf.TensorInfo | tf.TensorInfo[] {
  return Array.isArray(result) ? result.map(tensorInfoOf) : tensorInfoOf(result);
}

function tensorInfoOf(value: RecordedValue): tf.TensorInfo {
  const dataId = backend.record(value);
  return { dataId, shape: [...value.shape], dtype: value.dtype };
}

function recorderAtWork(): Recorder {
  if (backend.recorder === undefined) {
    throw new Error(
      'No tf.js backend computes here: import one (@tensorflow/tfjs-backend-cpu), or compile with an engine.',
    );
  }
  return backend.recorder;
}

function recordedType(dtype: tf.DataType): RecordedType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new TypeError(`A graph of type ${dtype} cannot be recorded.`);
}
