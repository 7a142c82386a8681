import * as z from 'zod';
import { preprocessingSchema } from '../ecg/preprocessing.ts';
import { netSchema } from '../nets/configuration.ts';
import { calibrationSchema } from './calibration/calibration.ts';
import {
  cardDataSchema,
  cardTraining,
  intervalSchema as interval,
  readCard,
  versionSchema,
} from './card-parts.ts';
import { experimentSchema } from './experiment.ts';

const bins = z.array(z.strictObject({ predicted: z.number(), observed: z.number(), count: z.int() }));
const reliability = z.strictObject({ calibrationError: interval, brier: interval, bins });

/** One class before its calibration and after one that was fitted on the other recordings. */
const calibrationFigures = z.strictObject({ name: z.string(), before: reliability, after: reliability });

const evaluationSchema = z.strictObject({
  recordings: z.int(),
  bootstrapSamples: z.int(),
  macroAuroc: interval,
  macroAuprc: interval,
  macroF1: interval,
  classes: z.array(
    z.strictObject({
      name: z.string(),
      positives: z.int(),
      threshold: z.number(),
      auroc: interval,
      auprc: interval,
      sensitivity: interval,
      specificity: interval,
      ppv: interval,
      f1: interval,
    }),
  ),
  /** Only of a model with a calibration; each class and the means over the classes. */
  calibration: z
    .strictObject({
      calibrationError: z.strictObject({ before: interval, after: interval }),
      brier: z.strictObject({ before: interval, after: interval }),
      classes: z.array(calibrationFigures),
    })
    .optional(),
});

/**
 * The card of a model, which is also the manifest of its folder: what it is for, what it was trained on, what it was
 * measured to do, and all that is needed to run it.
 */
export const cardSchema = z.strictObject({
  format: z.literal('systole-model-1'),
  name: z.string(),
  /** The first twelve digits of the SHA-256 of the weights. */
  version: versionSchema,
  task: z.literal('ecg'),
  net: netSchema,
  leads: z.array(z.string()).min(1),
  classes: z.array(z.string()).min(1),
  /** What the net's probabilities go through; absent where they stand as they are. */
  calibration: calibrationSchema.optional(),
  /** A class is called when its (calibrated) probability lies above its threshold. */
  thresholds: z.array(z.number()),
  /** How logits become probabilities: each class by itself, or all together. */
  output: z.enum(['sigmoid', 'softmax']),
  preprocessing: preprocessingSchema,
  preprocessingHash: z.string(),
  /** One weight file a member; the probabilities of several members are averaged. */
  members: z.array(z.string()).min(1),
  /**
   * ONNX graphs whose answers are averaged, each from `signals`, the windows of one recording, to `probabilities`
   * [1, class].
   */
  onnx: z.array(z.string()).min(1),
  /** ONNX graph of the gradient of the first member, with which answers are explained; see `explainOnnx`. */
  explain: z.string().optional(),
  intendedUse: z.string(),
  limits: z.array(z.string()),
  data: cardDataSchema,
  training: z.strictObject({
    ...cardTraining,
    experiment: experimentSchema,
  }),
  /** Which recordings the figures are of. */
  evaluatedOn: z.enum(['validation', 'held-out folds', 'nothing']),
  /** Null for a model that was imported. */
  evaluation: evaluationSchema.nullable(),
});

export type Card = z.infer<typeof cardSchema>;

/** @throws SystoleError `weights_invalid` naming the key that is wrong. */
export const parseCard = (bytes: Uint8Array): Card => readCard(cardSchema, bytes);
