import * as tf from '@tensorflow/tfjs-core';
import { checkInputs } from './bound-inputs.ts';
import type {
  CompiledForward,
  CompiledStep,
  Engine,
  EngineName,
  ForwardDefinition,
  OutputArray,
  StepDefinition,
  TrainingState,
  Values,
} from './engine.ts';
import { loadGradients } from './gradients.ts';
import { inferencePass, type NamedArray, type NetParameters, type Pass } from './pass.ts';
import { maskScale, randomMask } from './random-mask.ts';

/** Runs nets operation by operation on a backend of tf.js. */
export function eagerEngine(name: EngineName, backend: string, threads: number): Engine {
  return {
    name,
    threads,
    compileForward: (definition) => compileForward(backend, definition),
    compileStep: (definition) => EagerStep.compile(backend, definition),
  };
}

async function compileForward(backend: string, definition: ForwardDefinition): Promise<CompiledForward> {
  const pass = inferencePass(definition.parameters);
  return {
    async run(inputs) {
      const shapes = checkInputs(definition.inputs, inputs, definition.batch === 'free');
      await tf.setBackend(backend);
      const outputs = tf.tidy(() => definition.forward(tensors(definition, inputs, shapes), pass));
      return readOutputs(outputs);
    },
    dispose: async () => {},
  };
}

class EagerStep implements CompiledStep {
  readonly #backend: string;
  readonly #definition: StepDefinition;
  readonly #parameters: OwnParameters;
  readonly #slots = new Map<string, tf.Variable>();
  #step = 0;

  static async compile(backend: string, definition: StepDefinition): Promise<EagerStep> {
    await loadGradients();
    await tf.setBackend(backend);
    const step = new EagerStep(backend, definition);
    step.#rehearse();
    return step;
  }

  private constructor(backend: string, definition: StepDefinition) {
    this.#backend = backend;
    this.#definition = definition;
    this.#parameters = new OwnParameters(definition.parameters);
  }

  async run(
    batch: Readonly<Record<string, Values>>,
    { learningRate }: { learningRate: number },
  ): Promise<{ loss: number; outputs: Record<string, OutputArray> }> {
    const { optimizer, inputs } = this.#definition;
    const shapes = checkInputs(inputs, batch);
    await tf.setBackend(this.#backend);
    const step = this.#step + 1;
    const outputs = tf.tidy(() => {
      const placed = tensors(this.#definition, batch, shapes);
      const scalars: Record<string, tf.Scalar> = {};
      for (const [name, value] of Object.entries(optimizer.scalars(step, learningRate))) {
        scalars[name] = tf.scalar(value);
      }
      const pass = this.#pass(step);
      const named: { current: Record<string, tf.Tensor> } = { current: {} };
      const { grads } = tf.variableGrads(() => {
        const result = this.#definition.loss(placed, pass);
        named.current = Object.fromEntries(
          Object.entries(result).map(([name, tensor]) => [name, tf.keep(tensor.clone())]),
        );
        return result.loss;
      }, this.#parameters.trainable());
      for (const [name, variable] of this.#parameters.variables()) {
        const gradient = grads[variable.name];
        if (gradient == null) continue;
        const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, this.#slot(name, slot)]));
        const updated = optimizer.update({ name, value: variable, gradient }, slots, scalars);
        variable.assign(updated.value);
        for (const slot of optimizer.slots) this.#slot(name, slot).assign(updated.slots[slot]!);
      }
      return named.current;
    });
    this.#step = step;
    const { loss, ...others } = await readOutputs(outputs);
    return { loss: loss!.data[0]!, outputs: others };
  }

  async state(): Promise<TrainingState> {
    return {
      step: this.#step,
      parameters: await copies(this.#parameters.variables()),
      slots: await copies(this.#slots),
    };
  }

  restore(state: TrainingState): void {
    const targets = [
      [this.#parameters.variables(), state.parameters],
      [this.#slots, state.slots],
    ] as const;
    for (const [variables, values] of targets) {
      for (const [name, variable] of variables) {
        const found = values.get(name);
        if (found === undefined) throw new RangeError(`The training state lacks ${name}.`);
        if (!tf.util.arraysEqual([...found.shape], variable.shape)) {
          throw new RangeError(
            `${name} has shape [${variable.shape}], and the training state has [${found.shape}].`,
          );
        }
      }
    }
    for (const [variables, values] of targets) {
      for (const [name, variable] of variables) assign(variable, values.get(name)!);
    }
    this.#step = state.step;
  }

  async syncParameters(): Promise<void> {
    const targets = this.#definition.parameters.variables();
    for (const [name, value] of await copies(this.#parameters.variables())) assign(targets.get(name)!, value);
  }

  async dispose(): Promise<void> {
    this.#parameters.dispose();
    for (const slot of this.#slots.values()) slot.dispose();
  }

  /** One forward pass over zeros, to learn which parameters there are; what it changed is set back. */
  #rehearse(): void {
    const { inputs, loss, optimizer } = this.#definition;
    tf.tidy(() => {
      const zeros = Object.entries(inputs).map(([name, { shape, dtype }]) => [
        name,
        tf.zeros([...shape], dtype),
      ]);
      loss(Object.fromEntries(zeros), this.#pass(0));
    });
    this.#parameters.reset();
    for (const [name, variable] of this.#parameters.variables()) {
      if (variable.trainable) for (const slot of optimizer.slots) this.#slot(name, slot);
    }
  }

  #slot(parameter: string, slot: string): tf.Variable {
    const name = `${parameter}/${slot}`;
    const found = this.#slots.get(name);
    if (found !== undefined) return found;
    const made = tf.tidy(() =>
      tf.variable(tf.zeros(this.#parameters.variables().get(parameter)!.shape), false),
    );
    this.#slots.set(name, made);
    return made;
  }

  #pass(step: number): Pass {
    const { seed } = this.#definition;
    let place = 0;
    return {
      parameters: this.#parameters,
      training: true,
      mask(shape, rate) {
        const size = tf.util.sizeFromShape([...shape]);
        const kept = randomMask(size, rate, { seed, step, place: place++ });
        return tf.mul(tf.tensor(Float32Array.from(kept), [...shape]), maskScale(rate));
      },
    };
  }
}

/** Copies of a net's parameters, so that the net itself changes only when it is told to. */
class OwnParameters implements NetParameters {
  readonly #source: NetParameters;
  readonly #own = new Map<string, tf.Variable>();

  constructor(source: NetParameters) {
    this.#source = source;
  }

  get(...parameter: Parameters<NetParameters['get']>): tf.Variable {
    const [name] = parameter;
    const source = this.#source.get(...parameter);
    const found = this.#own.get(name);
    if (found !== undefined) return found;
    const copy = tf.tidy(() => tf.variable(source.clone(), source.trainable));
    this.#own.set(name, copy);
    return copy;
  }

  variables(): ReadonlyMap<string, tf.Variable> {
    return this.#own;
  }

  trainable(): tf.Variable[] {
    return [...this.#own.values()].filter((variable) => variable.trainable);
  }

  reset(): void {
    const source = this.#source.variables();
    tf.tidy(() => {
      for (const [name, copy] of this.#own) copy.assign(source.get(name)!.clone());
    });
  }

  dispose(): void {
    for (const copy of this.#own.values()) copy.dispose();
  }
}

function tensors(
  { inputs }: Pick<ForwardDefinition, 'inputs'>,
  values: Readonly<Record<string, Values>>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    [...shapes].map(([name, shape]) => [name, tf.tensor(values[name]!, [...shape], inputs[name]!.dtype)]),
  );
}

async function readOutputs(outputs: Record<string, tf.Tensor>): Promise<Record<string, OutputArray>> {
  const read: Record<string, OutputArray> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    read[name] = { shape: [...tensor.shape], data: (await tensor.data()).slice() };
    tensor.dispose();
  }
  return read;
}

async function copies(variables: ReadonlyMap<string, tf.Variable>): Promise<Map<string, NamedArray>> {
  const values = new Map<string, NamedArray>();
  for (const [name, variable] of variables) {
    const data = Float32Array.from(await variable.data<'float32'>());
    values.set(name, { shape: [...variable.shape], data });
  }
  return values;
}

function assign(variable: tf.Variable, { shape, data }: NamedArray): void {
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(data), [...shape], 'float32')));
}
