import * as tf from '@tensorflow/tfjs-core';
import { type ChunkCut, chunkStarts } from './chunk-starts.ts';

/** Chunks of a batch of recordings. */
export interface Chunks {
  /** [chunk, sample, lead], row-major. */
  readonly values: Float32Array;
  readonly shape: readonly [chunks: number, samples: number, leads: number];
  /** How many chunks each recording was cut into, in order. */
  readonly counts: readonly number[];
}

/**
 * Cuts recordings of any lengths into chunks; what a short one lacks is zero.
 * @param recordings each an array of leads, all of one length within a recording.
 * @throws RangeError when the recordings differ in their number of leads, or leads in length.
 */
export function cutChunks(recordings: readonly (readonly Float32Array[])[], cut: ChunkCut): Chunks {
  const leads = recordings[0]?.length ?? 0;
  const starts = recordings.map((recording) => {
    const samples = recording[0]?.length ?? 0;
    if (recording.length !== leads) throw new RangeError('The recordings have different numbers of leads.');
    if (recording.some((lead) => lead.length !== samples))
      throw new RangeError('The leads differ in length.');
    return chunkStarts(samples, cut);
  });
  const counts = starts.map((own) => own.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const values = new Float32Array(total * cut.length * leads);
  let chunk = 0;
  for (const [index, recording] of recordings.entries()) {
    for (const start of starts[index]!) {
      for (const [lead, samples] of recording.entries()) {
        const end = Math.min(start + cut.length, samples.length);
        let to = chunk * cut.length * leads + lead;
        for (let from = start; from < end; from++, to += leads) values[to] = samples[from]!;
      }
      chunk++;
    }
  }
  return { values, shape: [total, cut.length, leads], counts };
}

/** Which chunk belongs to which recording: [recording, chunk], row-major, 1 where it does. */
export function chunkMembership(counts: readonly number[]): Float32Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const membership = new Float32Array(counts.length * total);
  let start = 0;
  for (const [recording, count] of counts.entries()) {
    membership.fill(1, recording * total + start, recording * total + start + count);
    start += count;
  }
  return membership;
}

/** Larger than any feature, and small enough to leave single precision nothing but the penalty. */
const exclusion = 1e30;

/**
 * The largest value of each feature over the chunks of each recording. The gradient goes to the chunk that won.
 * @param features [chunk, feature]
 * @param membership [recording, chunk] of 0 and 1; a chunk may belong to none (a batch filled up), a recording may
 *   not be without one.
 * @returns [recording, feature]
 */
export function poolChunks(features: tf.Tensor2D, membership: tf.Tensor2D): tf.Tensor2D {
  const penalty = tf.mul(tf.sub(membership, 1), exclusion);
  const candidates = tf.add(tf.expandDims(features, 0), tf.expandDims(penalty, 2)); // [recording, chunk, feature]
  return tf.max(candidates, 1);
}
