import * as z from 'zod';
import { framePreprocessingSchema } from '../../echo/preprocessing.ts';
import { unetConfiguration, vggConfiguration } from '../../nets/configuration.ts';
import {
  cardDataSchema,
  cardTraining,
  intervalSchema as interval,
  readCard,
  versionSchema,
} from '../card-parts.ts';
import { netEdges, pictureExperimentSchema } from './picture-experiment.ts';

const common = {
  format: z.literal('systole-model-1'),
  name: z.string(),
  /** The first twelve digits of the SHA-256 of the weights. */
  version: versionSchema,
  /** How frames come to what the net takes; `edge` is the net's size. */
  preprocessing: framePreprocessingSchema,
  preprocessingHash: z.string(),
  /** One weight file a member; the probabilities of several members are averaged. */
  members: z.array(z.string()).min(1),
  /** One ONNX graph from `frames` [frame, row, column, 1], grey 0-255, to `probabilities` (see `net`). */
  onnx: z.array(z.string()).min(1),
  intendedUse: z.string(),
  limits: z.array(z.string()),
  /** Pictures for training and for the figures. */
  data: cardDataSchema,
  training: z.strictObject({
    ...cardTraining,
    /** Null for a model that was imported. */
    experiment: pictureExperimentSchema.nullable(),
  }),
  /** How weights are stored. */
  precision: z.enum(['float32', 'float16']),
  evaluatedOn: z.enum(['validation', 'nothing']),
};

const label = z.int().min(0);

const cineErrors = z.strictObject({
  unmeasurable: z.int(),
  ejectionFraction: interval,
  edv: interval,
  esv: interval,
});

/** Figures over the pictures of the validation set at their own size, with 95 % bootstrap intervals over patients. */
const segmentationEvaluationSchema = z.strictObject({
  frames: z.int(),
  patients: z.int(),
  bootstrapSamples: z.int(),
  /** Every class but the background: means over the frames that hold the class. */
  classes: z.array(z.strictObject({ name: z.string(), frames: z.int(), dice: interval, iou: interval })),
  /**
   * By the single-plane method of disks from the masks of end-diastole and end-systole against the table, in points:
   * mean absolute error from the net's masks and from the true ones.
   */
  ejectionFraction: z
    .strictObject({
      patients: z.int(),
      unmeasurable: z.int(),
      errorOfPredicted: interval,
      errorOfTrue: interval,
    })
    .nullable(),
  /**
   * Whole cines of phantoms, every frame segmented, measured beat by beat (`measureCine`) and held against the volumes
   * of the bodies in them: mean absolute errors, of the ejection fraction in points, of volumes in per cent.
   */
  cines: z
    .strictObject({
      phantoms: z.int(),
      framesEach: z.int(),
      predicted: cineErrors,
      /** From the true masks: what the plane and the method of disks cost. */
      truth: cineErrors,
    })
    .nullable(),
});

const viewEvaluationSchema = z.strictObject({
  frames: z.int(),
  patients: z.int(),
  bootstrapSamples: z.int(),
  accuracy: interval,
  /** Classes with frames in the validation set. */
  classes: z.array(
    z.strictObject({ name: z.string(), frames: z.int(), sensitivity: interval, ppv: interval }),
  ),
  /** [true class][class that the net says], frames, in the order of the card's classes. */
  confusion: z.array(z.array(z.int())),
});

const segmentation = {
  ...common,
  /** Probabilities are [frame, row, column, label]: a softmax over the labels of each pixel. */
  net: unetConfiguration,
  /** Edges in pixels at which the net looks at a frame, the mean of which is the answer; its own when absent. */
  edges: netEdges.optional(),
  /** Names of the labels in their order, background first. */
  classes: z.array(z.string()).min(2),
  /** Labels of the left ventricle's cavity, the left atrium and the left ventricle's wall. */
  chambers: z.strictObject({ lv: label, la: label, lvo: label }),
  evaluation: segmentationEvaluationSchema.nullable(),
};

/**
 * The card of a model of echocardiograms, which is also the manifest of its folder, as `cardSchema` is for
 * electrocardiograms; both stand in files named card.json and are told apart by `task`.
 */
export const pictureCardSchema = z.discriminatedUnion('task', [
  z.strictObject({
    task: z.literal('views'),
    ...common,
    /** Probabilities are [frame, class]: a softmax. */
    net: vggConfiguration,
    classes: z.array(z.string()).min(2),
    evaluation: viewEvaluationSchema.nullable(),
  }),
  z.strictObject({ task: z.literal('segmentation-a4c'), view: z.literal('a4c'), ...segmentation }),
  z.strictObject({ task: z.literal('segmentation-a2c'), view: z.literal('a2c'), ...segmentation }),
]);

export type PictureCard = z.infer<typeof pictureCardSchema>;
export type ViewCard = Extract<PictureCard, { task: 'views' }>;
export type SegmentationCard = Exclude<PictureCard, { task: 'views' }>;

/** @throws SystoleError `weights_invalid` naming the key that is wrong. */
export const parsePictureCard = (bytes: Uint8Array): PictureCard => readCard(pictureCardSchema, bytes);
