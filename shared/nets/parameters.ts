import * as tf from '@tensorflow/tfjs-core';
import type { Initializer, NamedArray, NetParameters } from '../engine/pass.ts';
import { Random } from '../random.ts';

/**
 * The named weights of one net. Names and shapes are those of the published checkpoints, so that weights are
 * imported by name and nothing is renamed. A new parameter depends on the seed and its own name alone, whatever
 * the order of creation.
 */
export class Parameters implements NetParameters {
  readonly #seed: number;
  readonly #variables = new Map<string, tf.Variable>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * The parameter of this name, created at first use. Running averages are made with `trainable: false`.
   * @throws RangeError when the parameter exists with another shape.
   */
  get(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    { trainable = true }: { trainable?: boolean } = {},
  ): tf.Variable {
    const found = this.#variables.get(name);
    if (found !== undefined) {
      if (!tf.util.arraysEqual(found.shape, [...shape])) {
        throw new RangeError(`Parameter ${name} has shape [${found.shape}], and [${shape}] is asked for.`);
      }
      return found;
    }
    const random = Random.named(this.#seed, name);
    const values = initializer(shape, () => random.uniform());
    const variable = this.#createVariable(values, shape, trainable);
    this.#variables.set(name, variable);
    return variable;
  }

  /** All parameters in order of creation. */
  variables(): ReadonlyMap<string, tf.Variable> {
    return this.#variables;
  }

  names(): string[] {
    return [...this.#variables.keys()];
  }

  /** Names of the parameters that take gradients. */
  trainable(): string[] {
    return [...this.#variables].filter(([, variable]) => variable.trainable).map(([name]) => name);
  }

  /** A copy of all weights, row-major in their checkpoint's shapes. */
  async values(): Promise<Map<string, NamedArray>> {
    const values = new Map<string, NamedArray>();
    for (const [name, variable] of this.#variables) {
      const data = await variable.data<'float32'>();
      values.set(name, { shape: [...variable.shape], data: Float32Array.from(data) });
    }
    return values;
  }

  /**
   * Sets the parameters of the map. Those that do not exist yet are created (trainable unless their name says
   * that they are running averages).
   * @throws RangeError when a shape differs from the parameter's or from its number of values.
   */
  load(values: ReadonlyMap<string, NamedArray>): void {
    for (const [name, { shape, data }] of values) {
      const found = this.#variables.get(name);
      if (found !== undefined && !tf.util.arraysEqual(found.shape, [...shape])) {
        throw new RangeError(`Parameter ${name} has shape [${found.shape}], and [${shape}] is given.`);
      }
      if (tf.util.sizeFromShape([...shape]) !== data.length) {
        throw new RangeError(`Parameter ${name} of shape [${shape}] is given ${data.length} values.`);
      }
    }
    for (const [name, { shape, data }] of values) {
      const found = this.#variables.get(name);
      if (found === undefined) {
        const trainable = !/(^|\.)running_(mean|var)$/.test(name);
        this.#variables.set(name, this.#createVariable(Float32Array.from(data), shape, trainable));
      } else {
        tf.tidy(() => found.assign(tf.tensor(Float32Array.from(data), [...shape], 'float32')));
      }
    }
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }

  #createVariable(values: Float32Array, shape: readonly number[], trainable: boolean): tf.Variable {
    const initial = tf.tensor(values, [...shape], 'float32');
    const variable = tf.variable(initial, trainable);
    initial.dispose();
    return variable;
  }
}
