import type * as tf from '@tensorflow/tfjs-core';
import type { InputSpec } from '../engine/engine.ts';
import type { Pass } from '../engine/pass.ts';
import type { NetConfiguration } from './configuration.ts';

/** A network: its weights live in the pass, so one net serves any number of them. */
export interface Net {
  readonly configuration: NetConfiguration;
  /** What one record looks like; the first dimension, the batch, is 1. */
  readonly input: InputSpec;
  /** Classes of the answer; labels a pixel, background among them, for a segmentation. */
  readonly classes: number;
  /**
   * @param x a batch of what `input` declares.
   * @returns logits [record, class], or [record, height, width, label] for a segmentation.
   */
  forward(pass: Pass, x: tf.Tensor): tf.Tensor;
}
