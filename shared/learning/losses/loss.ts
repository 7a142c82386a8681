import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A loss takes logits and, instead of labels, the weight with which each class counts as present and as absent in
 * each record, all of shape [record, class], and returns one number a record, shape [record]. Labels, class
 * weights, confusion weights, mixup and the padding of a last batch are all linear in these two, so they are
 * worked out beside the graph (`targets.ts`) and one training graph serves them all.
 */
export type Loss = (logits: Tensor, present: Tensor, absent: Tensor) => Tensor;
