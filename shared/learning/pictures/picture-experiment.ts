import * as z from 'zod';
import { phantomViews } from '../../echo/phantom/view-plane.ts';
import { framePreprocessingSchema } from '../../echo/preprocessing.ts';
import { unetConfiguration, vggConfiguration } from '../../nets/configuration.ts';
import { optimizerSchema, scheduleSchema } from '../experiment.ts';

const share = z.number().min(0).max(1);
const probability = share.default(1);

/** Changes of a picture while training, in their order. Each draws anew for each picture. */
export const pictureAugmentationSchema = z.discriminatedUnion('kind', [
  /** Turned by up to so many degrees, larger or smaller by up to a share, moved by up to a share of its edge. */
  z.strictObject({
    kind: z.literal('affine'),
    degrees: z.number().min(0).max(180).default(0),
    scale: z.number().min(0).max(0.9).default(0),
    shift: z.number().min(0).max(0.5).default(0),
    /** Probability of left for right: only where anatomy allows it (never between the ventricles). */
    mirror: share.default(0),
  }),
  /** Grey to the power of exp(u), u uniform within plus and minus this. */
  z.strictObject({ kind: z.literal('gamma'), spread: z.number().min(0).max(2) }),
  /** Grey times 1 + u, plus 255 v. */
  z.strictObject({ kind: z.literal('gain'), contrast: share, brightness: share }),
  /** Grey times 1 + a normal number a pixel, smoothed over neighbours. */
  z.strictObject({ kind: z.literal('speckle'), deviation: z.number().min(0).max(2), probability }),
  /** A sector from the apex of the fan (top centre) is darkened, by up to `depth`. */
  z.strictObject({ kind: z.literal('shadow'), depth: share, probability }),
]);

const classWeights = z.array(z.number().min(0)).optional();

const pixelLossSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('softmax-cross-entropy'), classWeights }),
  z.strictObject({ kind: z.literal('dice') }),
  /** The two added up; `dice` is the weight of the second. */
  z.strictObject({
    kind: z.literal('softmax-cross-entropy-and-dice'),
    classWeights,
    dice: z.number().positive().default(1),
  }),
]);

/**
 * Pictures by a table (CSV with a header) below the data set's place. Paths are patterns: `{column}` stands for a row's
 * value in that column, `{frame}` for each of `frames`, which makes several pictures of a row.
 */
const tableSchema = {
  table: z.string().min(1),
  /** Only rows that hold these values in these columns. */
  rows: z.record(z.string(), z.string()).optional(),
  frames: z.array(z.string().min(1)).min(1).optional(),
  /** A PNG picture or a DICOM instance, told by its content. */
  image: z.string().min(1).default('{image}'),
  /** Which frame of an instance, counted from 0 as stored; a pattern too. */
  frame: z.string().min(1).optional(),
  /** The column that says which pictures belong together; each row by itself when absent. */
  patient: z.string().min(1).optional(),
};

const maskedSetSchema = z
  .strictObject({
    ...tableSchema,
    mask: z.string().min(1).default('{mask}'),
    /** For the evaluation: the column of the ejection fraction in per cent and which of `frames` are which. */
    ejectionFraction: z
      .strictObject({ column: z.string(), endDiastole: z.string(), endSystole: z.string() })
      .optional(),
  })
  .superRefine(({ frames, ejectionFraction }, context) => {
    if (ejectionFraction === undefined) return;
    for (const moment of ['endDiastole', 'endSystole'] as const)
      if (!frames?.includes(ejectionFraction[moment]))
        context.addIssue({
          code: 'custom',
          path: ['ejectionFraction', moment],
          message: 'is none of frames',
        });
  });

const labelledSetSchema = z
  .strictObject({
    ...tableSchema,
    /** The column of the class. */
    label: z.string().min(1).default('view'),
    /**
     * Frames that are drawn of each instance, by the experiment's seed, where `frame` does not say which; of one with
     * fewer some are taken again, so that every instance weighs the same.
     */
    framesEach: z.int().min(1).max(100).default(1),
  })
  .superRefine(({ frame, framesEach }, context) => {
    if (frame !== undefined && framesEach > 1)
      context.addIssue({ code: 'custom', path: ['framesEach'], message: 'contradicts frame' });
  });

/** Phantoms of a range of seeds, and how many frames of each are taken. */
const phantomSetSchema = z.strictObject({
  firstSeed: z.int().min(0),
  phantoms: z.int().min(1),
  framesEach: z.int().min(1).default(2),
});

const source = {
  name: z.string().min(1),
  /** Whom to name and under which licence; goes into the card of the model. */
  attribution: z.string().min(1),
  licence: z.string().min(1),
};

/** Where the set lies: a prefix of the uploads bucket (`/`: all of it), or a folder of the machine when trained there. */
const prefix = z.string().min(1);

/** Prepared pictures are kept in memory up to this bound, mebibytes. */
const cache = z.int().min(0).default(512);

const phantomDataSchema = z.strictObject({
  kind: z.literal('phantom'),
  ...source,
  /** For the task of views: those that are drawn, one named twice twice as often; all that phantoms show when absent. */
  views: z.array(z.enum(phantomViews)).min(1).optional(),
  train: phantomSetSchema,
  validation: phantomSetSchema,
  cache,
});

const maskedDataSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('masks'),
    ...source,
    prefix,
    train: maskedSetSchema,
    validation: maskedSetSchema,
    /** The class of each value that a mask may hold. */
    maskValues: z.record(z.string().regex(/^(0|[1-9]\d{0,2})$/, 'a grey value'), z.string()),
    cache,
  }),
  phantomDataSchema,
]);

const labelledDataSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('labels'),
    ...source,
    prefix,
    train: labelledSetSchema,
    validation: labelledSetSchema,
    cache,
  }),
  phantomDataSchema,
]);

const shared = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens'),
  /** In the order of the net's outputs. */
  classes: z.array(z.string().min(1)).min(2),
  preprocessing: framePreprocessingSchema,
  augmentation: z.array(pictureAugmentationSchema).default([]),
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
  batch: z.int().min(1),
  epochs: z.int().min(1),
  seed: z.int().min(0).max(0xffffffff),
  /** Weights are averaged over the epochs: average = decay * average + (1 - decay) * weights. */
  averaging: z.strictObject({ decay: share }).optional(),
  earlyStopping: z.strictObject({ patience: z.int().min(1) }).optional(),
  /** Train so many nets with seeds that count up from `seed`; the model's answer is the mean of theirs. */
  members: z.int().min(1).max(16).default(1),
  /** How weights are stored; what is measured is measured with the weights as stored. */
  precision: z.enum(['float32', 'float16']).default('float32'),
  /** Threads of the engine; the machine's cores when absent. */
  threads: z.int().min(1).optional(),
  card: z.strictObject({
    intendedUse: z.string().min(1),
    limits: z.array(z.string().min(1)).min(1),
  }),
};

/** Edges of frames that a U-Net of six levels can halve five times. */
export const netEdges = z.array(z.int().min(32).max(4096).multipleOf(32)).min(1).max(8);

const segmentation = {
  ...shared,
  net: unetConfiguration,
  data: maskedDataSchema,
  /** Which class is which chamber: cavity of the left ventricle, left atrium, wall of the left ventricle. */
  chambers: z.strictObject({ lv: z.string(), la: z.string(), lvo: z.string() }),
  loss: pixelLossSchema,
  /**
   * Edges in pixels at which the trained net looks at a frame; its answers, brought back to its own size, are averaged.
   * Only its own when absent. Scoring takes longer by their areas; training is the same.
   */
  edges: netEdges.optional(),
  selection: z.strictObject({ epoch: z.enum(['best', 'last']), metric: z.enum(['dice', 'loss']) }),
};

/**
 * One training on pictures. The same file, seed, engine and number of threads give the same weights, bit for bit.
 * `classes` of a segmentation are the labels of a pixel, background first.
 */
export const pictureExperimentSchema = z
  .discriminatedUnion('task', [
    z.strictObject({ task: z.literal('segmentation-a4c'), ...segmentation }),
    z.strictObject({ task: z.literal('segmentation-a2c'), ...segmentation }),
    z.strictObject({
      task: z.literal('views'),
      ...shared,
      net: vggConfiguration,
      data: labelledDataSchema,
      loss: z.strictObject({ kind: z.literal('softmax-cross-entropy'), classWeights }),
      selection: z.strictObject({ epoch: z.enum(['best', 'last']), metric: z.enum(['accuracy', 'loss']) }),
    }),
  ])
  .superRefine((experiment, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const { classes, net, preprocessing, loss } = experiment;
    if (new Set(classes).size !== classes.length) refuse(['classes'], 'a class is named twice');
    if (preprocessing.edge !== net.size) refuse(['preprocessing', 'edge'], `${net.name} takes ${net.size}`);
    const weights = loss.kind === 'dice' ? undefined : loss.classWeights;
    if (weights !== undefined && weights.length !== classes.length)
      refuse(['loss', 'classWeights'], 'one number a class');
    const views = experiment.data.kind === 'phantom' ? experiment.data.views : undefined;
    if (views !== undefined && experiment.task !== 'views')
      refuse(['data', 'views'], 'has a meaning for views only');
    for (const [at, view] of (views ?? []).entries())
      if (!classes.includes(view)) refuse(['data', 'views', at], 'is none of classes');
    if (experiment.task === 'views') return;
    for (const [chamber, name] of Object.entries(experiment.chambers))
      if (!classes.includes(name)) refuse(['chambers', chamber], 'is none of classes');
    if (experiment.data.kind === 'masks')
      for (const [value, name] of Object.entries(experiment.data.maskValues)) {
        if (Number(value) > 255) refuse(['data', 'maskValues', value], 'is no grey value');
        if (!classes.includes(name)) refuse(['data', 'maskValues', value], 'is none of classes');
      }
  });

export type PictureExperiment = z.infer<typeof pictureExperimentSchema>;
export type SegmentationExperiment = Exclude<PictureExperiment, { task: 'views' }>;
export type ViewExperiment = Extract<PictureExperiment, { task: 'views' }>;
export type PictureAugmentation = z.infer<typeof pictureAugmentationSchema>;
