import * as tf from '@tensorflow/tfjs-core';
import type * as Ort from 'onnxruntime-node';
import { checkInputs } from '../bound-inputs.ts';
import type {
  CompiledForward,
  CompiledStep,
  Engine,
  ForwardDefinition,
  OutputArray,
  StepDefinition,
  TrainingState,
  Values,
} from '../engine.ts';
import { loadGradients } from '../gradients.ts';
import type { NamedArray } from '../pass.ts';
import { randomMask } from '../random-mask.ts';
import { fromLayout, toLayout } from '../recording/permutation.ts';
import { recordForward } from '../recording/record-forward.ts';
import { type RecordedStep, recordStep, type StateBinding } from '../recording/record-step.ts';
import { physicalShape, sizeOf } from '../recording/recorded-value.ts';
import { channelBlock } from './channel-block.ts';
import { encodeModel } from './model.ts';
import type { OnnxRuntime } from './runtime.ts';

/** Compiles nets to ONNX graphs and runs them on ONNX Runtime. */
export function onnxEngine(runtime: OnnxRuntime): Engine {
  return {
    name: runtime.name,
    threads: runtime.threads,
    compileForward: (definition) => compileForward(runtime, definition),
    compileStep: (definition) => OnnxStep.compile(runtime, definition),
  };
}

async function compileForward(runtime: OnnxRuntime, definition: ForwardDefinition): Promise<CompiledForward> {
  const { graph, outputs } = await recordForward(definition);
  const session = await runtime.createSession(encodeModel(graph));
  const used = new Set(session.inputNames);
  return {
    async run(inputs) {
      const shapes = checkInputs(definition.inputs, inputs, definition.batch === 'free');
      const feeds: Record<string, Ort.Tensor> = {};
      for (const [name, shape] of shapes) {
        const { dtype } = definition.inputs[name]!;
        if (used.has(name)) feeds[name] = tensor(runtime, dtype, inputs[name]!, shape);
      }
      const results = await session.run(feeds);
      return Object.fromEntries(outputs.map(({ name, output }) => [name, outputArray(results[output]!)]));
    },
    dispose: () => session.release(),
  };
}

class OnnxStep implements CompiledStep {
  readonly #runtime: OnnxRuntime;
  readonly #definition: StepDefinition;
  readonly #recorded: RecordedStep;
  readonly #session: Ort.InferenceSession;
  readonly #used: ReadonlySet<string>;
  /** What the next step reads, by input name, and the tensors that it writes into; swapped after each step. */
  #current = new Map<string, Ort.Tensor>();
  #next = new Map<string, Ort.Tensor>();
  #step = 0;

  static async compile(runtime: OnnxRuntime, definition: StepDefinition): Promise<OnnxStep> {
    await loadGradients();
    const recorded = recordStep(definition, { channelBlock: await channelBlock(runtime) });
    // A memory pattern holds the whole peak twice; the masks' scaling is not a quantized net's.
    const session = await runtime.createSession(encodeModel(recorded.graph), {
      enableMemPattern: false,
      extra: { session: { disable_quant_qdq: '1' } },
    });
    const step = new OnnxStep(runtime, definition, recorded, session);
    const variables = definition.parameters.variables();
    const values = new Map<string, Float32Array>();
    for (const { kind, name } of recorded.state) {
      if (kind === 'parameter') values.set(name, await variables.get(name)!.data<'float32'>());
    }
    step.#fill((name) => values.get(name));
    return step;
  }

  private constructor(
    runtime: OnnxRuntime,
    definition: StepDefinition,
    recorded: RecordedStep,
    session: Ort.InferenceSession,
  ) {
    this.#runtime = runtime;
    this.#definition = definition;
    this.#recorded = recorded;
    this.#session = session;
    this.#used = new Set(session.inputNames);
  }

  async run(
    batch: Readonly<Record<string, Values>>,
    { learningRate }: { learningRate: number },
  ): Promise<{ loss: number; outputs: Record<string, OutputArray> }> {
    const { inputs, optimizer, seed } = this.#definition;
    const { state, masks, outputs } = this.#recorded;
    const step = this.#step + 1;
    const feeds: Record<string, Ort.Tensor> = {};
    const feed = (name: string, make: () => Ort.Tensor) => {
      if (this.#used.has(name)) feeds[name] = make();
    };
    for (const [name, shape] of checkInputs(inputs, batch)) {
      feed(`input ${name}`, () => tensor(this.#runtime, inputs[name]!.dtype, batch[name]!, shape));
    }
    for (const [name, value] of Object.entries(optimizer.scalars(step, learningRate))) {
      feed(`scalar ${name}`, () => tensor(this.#runtime, 'float32', Float32Array.of(value), []));
    }
    for (const [place, { input, shape, rate }] of masks.entries()) {
      feed(input, () =>
        tensor(this.#runtime, 'uint8', randomMask(sizeOf(shape), rate, { seed, step, place }), shape),
      );
    }
    const fetches: Record<string, Ort.Tensor | null> = {};
    for (const { input, output, inPlace } of state) {
      feed(input, () => this.#current.get(input)!);
      if (output === undefined) continue;
      const target = inPlace ? this.#current : this.#next;
      fetches[output] = (this.#runtime.writesInPlace && target.get(input)) || null;
    }
    for (const { output } of outputs) fetches[output] = null;
    const results = await this.#session.run(feeds, fetches);
    for (const { input, output } of state) {
      if (output === undefined) continue;
      const before = this.#current.get(input)!;
      this.#current.set(input, results[output]!);
      if (this.#next.has(input)) this.#next.set(input, before);
    }
    this.#step = step;
    const named = outputs.map(({ name, output }) => [name, outputArray(results[output]!)] as const);
    const { loss, ...others } = Object.fromEntries(named);
    return { loss: loss!.data[0]!, outputs: others };
  }

  async state(): Promise<TrainingState> {
    const parameters = new Map<string, NamedArray>();
    const slots = new Map<string, NamedArray>();
    for (const binding of this.#recorded.state) {
      const target = binding.kind === 'parameter' ? parameters : slots;
      target.set(binding.name, { shape: [...binding.shape], data: this.#values(binding) });
    }
    return { step: this.#step, parameters, slots };
  }

  restore(state: TrainingState): void {
    for (const { kind, name, shape } of this.#recorded.state) {
      const found = (kind === 'parameter' ? state.parameters : state.slots).get(name);
      if (found === undefined) throw new RangeError(`The training state lacks ${name}.`);
      if (!tf.util.arraysEqual([...found.shape], [...shape])) {
        throw new RangeError(`${name} has shape [${shape}], and the training state has [${found.shape}].`);
      }
    }
    this.#fill((name, kind) => (kind === 'parameter' ? state.parameters : state.slots).get(name)!.data);
    this.#step = state.step;
  }

  async syncParameters(): Promise<void> {
    const variables = this.#definition.parameters.variables();
    for (const binding of this.#recorded.state) {
      if (binding.kind !== 'parameter') continue;
      const values = this.#values(binding);
      tf.tidy(() => variables.get(binding.name)!.assign(tf.tensor(values, [...binding.shape], 'float32')));
    }
  }

  async dispose(): Promise<void> {
    await this.#session.release();
    this.#current.clear();
    this.#next.clear();
  }

  /** A copy in row-major order. */
  #values({ input, shape, layout }: StateBinding): Float32Array {
    const data = this.#current.get(input)!.data as Float32Array;
    return Float32Array.from(fromLayout(data, shape, layout));
  }

  /** Sets what is kept between steps; what has no values starts at zero. */
  #fill(values: (name: string, kind: StateBinding['kind']) => Float32Array | undefined): void {
    for (const { kind, name, shape, layout, input, output, inPlace } of this.#recorded.state) {
      const given = values(name, kind);
      const data = given === undefined ? new Float32Array(sizeOf(shape)) : toLayout(given, shape, layout);
      const physical = physicalShape({ shape, layout });
      this.#current.set(input, tensor(this.#runtime, 'float32', Float32Array.from(data), physical));
      if (output !== undefined && !inPlace && this.#runtime.writesInPlace) {
        this.#next.set(input, tensor(this.#runtime, 'float32', new Float32Array(data.length), physical));
      }
    }
  }
}

function tensor(
  { Tensor }: OnnxRuntime,
  dtype: 'float32' | 'int32' | 'bool' | 'uint8',
  values: Values,
  shape: readonly number[],
): Ort.Tensor {
  return new Tensor(dtype, values, shape);
}

function outputArray(result: Ort.Tensor): OutputArray {
  return { shape: result.dims, data: result.data as Values };
}
