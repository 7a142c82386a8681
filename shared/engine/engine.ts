import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer.ts';
import type { NamedArray, NetParameters, Pass } from './pass.ts';

/** What computes: TensorFlow on a GPU or CPU, ONNX Runtime native or wasm, or tf.js's own JavaScript (tests). */
export type EngineName = 'tfjs-node-gpu' | 'tfjs-node' | 'onnxruntime-node' | 'onnxruntime-web' | 'tfjs-cpu';

export type Values = Float32Array | Int32Array | Uint8Array;

/** The shape and type of a graph's input. `bool` values travel as Uint8Array of 0 and 1. */
export interface InputSpec {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** A result in the logical order of `shape`. */
export interface OutputArray {
  readonly shape: readonly number[];
  readonly data: Values;
}

export type ForwardFunction = (inputs: Record<string, Tensor>, pass: Pass) => Record<string, Tensor>;

export type LossFunction = (
  inputs: Record<string, Tensor>,
  pass: Pass,
) => { loss: Scalar } & Record<string, Tensor>;

export interface ForwardDefinition {
  readonly forward: ForwardFunction;
  readonly parameters: NetParameters;
  readonly inputs: InputSpecs;
  /**
   * `static` (the default): runs take exactly the declared shapes. `free`: the first dimension of every input is
   * the batch, declared with any size, and a run may bring another.
   */
  readonly batch?: 'static' | 'free';
}

export interface CompiledForward {
  /** @throws RangeError when an input is missing, unknown or of the wrong length. */
  run(inputs: Readonly<Record<string, Values>>): Promise<Record<string, OutputArray>>;
  dispose(): Promise<void>;
}

export interface StepDefinition {
  /** Mean loss of a batch, and whatever else of the forward pass is wanted back. Called with `training: true`. */
  readonly loss: LossFunction;
  readonly parameters: NetParameters;
  readonly optimizer: Optimizer;
  readonly inputs: InputSpecs;
  /** Decides the dropout masks together with the number of the step. */
  readonly seed: number;
}

/** Everything that a training run needs to go on as if it had not stopped. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** Parameters and running averages by name. */
  readonly parameters: ReadonlyMap<string, NamedArray>;
  /** Optimizer slots, named `PARAMETER/SLOT`. */
  readonly slots: ReadonlyMap<string, NamedArray>;
}

export interface CompiledStep {
  /**
   * One step: forward, backward, update.
   * @throws RangeError when an input is missing, unknown or of the wrong length.
   */
  run(
    batch: Readonly<Record<string, Values>>,
    options: { learningRate: number },
  ): Promise<{ loss: number; outputs: Record<string, OutputArray> }>;
  state(): Promise<TrainingState>;
  /** @throws RangeError when a name is missing or a shape differs. */
  restore(state: TrainingState): void;
  /** Writes the trained weights back into the net's parameters. */
  syncParameters(): Promise<void>;
  dispose(): Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  /** Threads that one operation may use. */
  readonly threads: number;
  compileForward(definition: ForwardDefinition): Promise<CompiledForward>;
  compileStep(definition: StepDefinition): Promise<CompiledStep>;
}
