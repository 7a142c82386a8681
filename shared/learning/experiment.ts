import { parse } from 'yaml';
import * as z from 'zod';
import { challengeClasses, normalClass } from '../ecg/labels.ts';
import { preprocessingSchema } from '../ecg/preprocessing.ts';
import { SystoleError } from '../errors.ts';
import { netSchema } from '../nets/configuration.ts';
import { spectrogramSamples } from './spectrogram-input.ts';

const range = z.tuple([z.number().min(0), z.number().min(0)]);
const share = z.number().min(0).max(1);

const simpleAugmentation = [
  z.strictObject({
    kind: z.literal('scale'),
    deviation: z.number().min(0),
    each: z.enum(['recording', 'lead']),
  }),
  z.strictObject({ kind: z.literal('noise'), deviation: z.number().min(0) }),
  z.strictObject({ kind: z.literal('flip') }),
  z.strictObject({ kind: z.literal('drop-samples'), share }),
  z.strictObject({ kind: z.literal('drop-leads'), probability: share }),
  z.strictObject({ kind: z.literal('add-sine'), amplitude: range, frequency: range }),
  z.strictObject({ kind: z.literal('add-square'), amplitude: range, frequency: range }),
  z.strictObject({ kind: z.literal('shift'), samples: z.int().min(0) }),
  z.strictObject({ kind: z.literal('stretch'), share: z.number().min(0).max(0.5) }),
] as const;

const augmentationSchema = z.discriminatedUnion('kind', [
  ...simpleAugmentation,
  z.strictObject({
    kind: z.literal('one-of'),
    of: z
      .array(
        z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('none') }), ...simpleAugmentation]),
      )
      .min(1),
  }),
]);

const classWeights = z.array(z.number().min(0)).optional();

const lossSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('binary-cross-entropy'),
    classWeights,
    /**
     * confusion[l][c] in the order of `classes`: what it costs to call class c where l is true. `challenge-2020`:
     * one minus the challenge's rewards, for classes that are among its own.
     */
    confusion: z.union([z.literal('challenge-2020'), z.array(z.array(z.number().min(0)))]).optional(),
  }),
  z.strictObject({ kind: z.literal('softmax-cross-entropy'), classWeights }),
  z.strictObject({ kind: z.literal('focal'), gamma: z.number().min(0), alpha: z.array(z.number().min(0)) }),
]);

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum(['adam', 'adamw']),
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0).default(0),
    decay: z.enum(['all', 'except-batch-norm']).default('except-batch-norm'),
  }),
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate: z.number().positive(),
    momentum: z.number().min(0).max(1).default(0.9),
    nesterov: z.boolean().default(true),
    weightDecay: z.number().min(0).default(0),
    decay: z.enum(['all', 'except-batch-norm']).default('except-batch-norm'),
  }),
]);

export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  z.strictObject({ kind: z.literal('warmup-cosine'), warmup: share.default(0.1) }),
  z.strictObject({
    kind: z.literal('warmup-plateau'),
    warmup: share.default(0.1),
    factor: z.number().positive().max(1).default(0.2),
    patience: z.int().min(0).default(2),
  }),
]);

/**
 * A label table and the folder of the recordings that it names, or several folders that are looked through in their
 * order, all relative to the data set's place; without `recordings` they may lie at any depth below it.
 */
const setSchema = z.strictObject({
  labels: z.string().min(1),
  recordings: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
});

const dataSchema = z.strictObject({
  name: z.string().min(1),
  /** Whom to name and under which licence; goes into the card of the model. */
  attribution: z.string().min(1),
  licence: z.string().min(1),
  /** Where the set lies: a prefix of the uploads bucket, or a folder of the machine when trained there. */
  prefix: z.string().min(1),
  train: setSchema,
  /** The set on which epochs are chosen; a share of `train` is held out in its place when `folds` is given. */
  validation: setSchema.optional(),
  /** Train as many models, each validated on its own fold of `train`; only the folds of `run` when given. */
  folds: z
    .strictObject({ count: z.int().min(2).max(100), run: z.array(z.int().min(0)).min(1).optional() })
    .optional(),
  /** Preprocessed recordings are kept in memory up to this bound, mebibytes. */
  cache: z.int().min(0).default(256),
});

/**
 * One training: the net and its configuration, the data, and all that decides the result. The same file, seed,
 * engine and number of threads give the same weights, bit for bit.
 */
export const experimentSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens'),
    net: netSchema,
    data: dataSchema,
    /** The columns of the label tables that are learnt, in the order of the net's outputs. */
    classes: z.array(z.string().min(1)).min(1),
    preprocessing: preprocessingSchema,
    /**
     * What is cut from a recording while training, after augmentation: so many samples from a random start, or from
     * one of `starts`; zeros fill up a recording that is shorter. Scoring takes the windows of the net's configuration.
     */
    window: z.strictObject({ samples: z.int().min(1), starts: z.array(z.int().min(0)).min(1).optional() }),
    augmentation: z.array(augmentationSchema).default([]),
    mixup: z.strictObject({ where: z.enum(['input', 'features']), alpha: z.number().positive() }).optional(),
    loss: lossSchema,
    optimizer: optimizerSchema,
    schedule: scheduleSchema,
    batch: z.int().min(1),
    epochs: z.int().min(1),
    seed: z.int().min(0).max(0xffffffff),
    /** Which epoch is kept: the best by a metric of the validation set (higher is better), or the last. */
    selection: z.strictObject({
      epoch: z.enum(['best', 'last']),
      metric: z.enum(['auroc', 'auprc', 'f1', 'loss', 'challenge-2020']),
    }),
    /**
     * A model that came with the code, or an imported one, to start from in the place of chance: of its first member
     * all parameters that this net has in the same shape.
     */
    start: z
      .strictObject({ model: z.string().min(1), version: z.string().regex(/^[0-9a-f]{12}$/) })
      .optional(),
    /** Weights are averaged over the epochs: average = decay * average + (1 - decay) * weights. */
    averaging: z.strictObject({ decay: z.number().min(0).max(1) }).optional(),
    earlyStopping: z.strictObject({ patience: z.int().min(1) }).optional(),
    /**
     * How probabilities are calibrated, class by class, on the recordings that the figures are of: a temperature needs
     * few of them, a monotone line (isotonic regression) corrects more and needs hundreds of each class.
     */
    calibration: z.enum(['temperature', 'isotonic']).optional(),
    /** Above which probability a class is called: chosen class by class on the same recordings, or one for all. */
    thresholds: z.union([z.literal('chosen'), share]).default('chosen'),
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
  })
  .superRefine((experiment, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const classes = experiment.classes.length;
    if (new Set(experiment.classes).size !== classes) refuse(['classes'], 'a class is named twice');
    const { data, loss, net } = experiment;
    const taken = 'samples' in net ? net.samples : 'times' in net ? spectrogramSamples(net.times) : undefined;
    if (taken !== undefined && experiment.window.samples !== taken) {
      refuse(['window', 'samples'], `${net.name} takes ${taken}`);
    }
    if (experiment.mixup?.where === 'features' && net.name !== 'dsail') {
      refuse(['mixup', 'where'], `${net.name} has no features between two parts`);
    }
    if ((data.validation === undefined) === (data.folds === undefined)) {
      refuse(['data'], 'exactly one of validation and folds');
    }
    if (data.folds !== undefined && experiment.members > 1) {
      refuse(['members'], 'each fold trains one member already');
    }
    if (data.folds?.run?.some((fold) => fold >= data.folds!.count)) {
      refuse(['data', 'folds', 'run'], 'a fold beyond count');
    }
    if (experiment.calibration !== undefined && loss.kind !== 'binary-cross-entropy') {
      refuse(['calibration'], 'the probabilities of a softmax are not calibrated one by one');
    }
    if (loss.kind === 'focal') {
      if (loss.alpha.length !== classes) refuse(['loss', 'alpha'], 'one number a class');
    } else if (loss.classWeights !== undefined && loss.classWeights.length !== classes) {
      refuse(['loss', 'classWeights'], 'one number a class');
    }
    const scored = experiment.classes.every((name) => challengeClasses.includes(name));
    if (experiment.selection.metric === 'challenge-2020') {
      if (!scored) refuse(['selection', 'metric'], 'a class is none of the challenge');
      // Its zero is the answer of a system that calls every recording normal.
      else if (!experiment.classes.includes(normalClass)) {
        refuse(['selection', 'metric'], `the classes lack ${normalClass} (sinus rhythm)`);
      }
    }
    const confusion = loss.kind === 'binary-cross-entropy' ? loss.confusion : undefined;
    if (confusion === 'challenge-2020') {
      if (!scored) refuse(['loss', 'confusion'], 'a class is none of the challenge');
    } else if (
      confusion !== undefined &&
      (confusion.length !== classes || confusion.some((row) => row.length !== classes))
    ) {
      refuse(['loss', 'confusion'], 'one row a class, each with one number a class');
    }
  });

export type Experiment = z.infer<typeof experimentSchema>;

/**
 * Reads an experiment file (YAML) on electrocardiograms.
 * @throws SystoleError `experiment_invalid`, naming each key that is wrong.
 */
export function parseExperiment(text: string): Experiment {
  return checkExperiment(yamlDocument(text));
}

/**
 * Checks an experiment that has been parsed already (from the catalog).
 * @throws SystoleError `experiment_invalid`, naming each key that is wrong.
 */
export function checkExperiment(document: unknown): Experiment {
  return checkedBy(experimentSchema, document);
}

/** @throws SystoleError `experiment_invalid` */
export function yamlDocument(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    throw new SystoleError('experiment_invalid', 'It is not YAML.', { cause: error });
  }
}

/** @throws SystoleError `experiment_invalid`, naming each key that is wrong. */
export function checkedBy<T>(schema: z.ZodType<T>, document: unknown): T {
  const checked = schema.safeParse(document);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`);
  throw new SystoleError('experiment_invalid', `${faults.join('; ')}.`);
}

/** Epochs of all the trainings of an experiment together, which is what `Progress` counts. */
export function totalEpochs({ epochs, members, data }: Experiment): number {
  return epochs * (data.folds === undefined ? members : (data.folds.run?.length ?? data.folds.count));
}
