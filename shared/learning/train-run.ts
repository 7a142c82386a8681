import { createHash } from 'node:crypto';
import type { Engine, InputSpecs, LossFunction, TrainingState, Values } from '../engine/engine.ts';
import { SystoleError } from '../errors.ts';
import { Parameters } from '../nets/parameters.ts';
import { fromFloat16, toFloat16 } from '../storage/float16.ts';
import type { Folder } from '../storage/folder.ts';
import {
  type Checkpoint,
  type EpochRecord,
  readCheckpoint,
  type Weights,
  writeCheckpoint,
} from './checkpoint.ts';
import { bestEpoch, shouldStop } from './early-stopping.ts';
import type { Experiment } from './experiment.ts';
import { optimizerOf } from './optimizers/optimizer-of.ts';
import { scheduleOf } from './schedules/schedule-of.ts';

/** What the loop itself takes from an experiment of any kind; all of the experiment is what a checkpoint belongs to. */
export type RunSettings = Pick<
  Experiment,
  | 'optimizer'
  | 'schedule'
  | 'batch'
  | 'epochs'
  | 'seed'
  | 'averaging'
  | 'earlyStopping'
  | 'precision'
  | 'threads'
> & { readonly selection: { readonly epoch: 'best' | 'last'; readonly metric: string } };

/** What is trained: a net with its loss on one training set, and how a state of it is judged. */
export interface Training<Scores> {
  readonly experiment: RunSettings;
  /** Records of the training set. */
  readonly records: number;
  /** The inputs of a step of `batch` records. */
  readonly inputs: InputSpecs;
  readonly loss: LossFunction;
  /** Weights to start from in the place of chance, as far as the net has parameters of their names and shapes. */
  readonly start?: Weights | undefined;
  /** All chance in it comes from the seed, the epoch and the step. */
  batch(epoch: number, step: number): Promise<Readonly<Record<string, Values>>>;
  /** What the weights say of the validation set; `figures` by the names of selection metrics, higher is better. */
  score(parameters: Parameters): Promise<Judgement<Scores>>;
}

export interface Judgement<Scores> {
  readonly scores: Scores;
  readonly loss: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** Sent after every step; with `epochDone` after every epoch. */
export interface Progress {
  /** The fold under way, where the experiment has folds. */
  readonly fold?: number;
  /** From 1, over all trainings of the experiment (members, folds). */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Mean training loss of the epoch so far. */
  readonly loss: number;
  readonly epochDone?: EpochRecord;
  /** Of this run (of all folds), by the mean time of the steps of this process. */
  readonly secondsLeft: number;
}

/** A finished run: the weights that were chosen and what they say of the validation set. */
export interface TrainedRun<Scores> {
  readonly weights: Weights;
  readonly history: readonly EpochRecord[];
  /** From 0. */
  readonly chosenEpoch: number;
  readonly validation: Scores;
}

export interface RunOptions {
  /** Holds `checkpoint.safetensors`: written after each epoch and on an abort, taken up when it is there. */
  readonly checkpoints: Folder;
  readonly engine: Engine;
  /** Aborted: the checkpoint is written, and the run ends with `undefined`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Runs after this one that take as long (folds), for the time left. */
  readonly runsAfter?: number;
}

const checkpointName = 'checkpoint.safetensors';

/**
 * Trains one net on one training set and chooses the epoch by one validation set. Interrupted and resumed any
 * number of times, on the same engine, it ends with the same weights bit for bit.
 * @returns undefined when it was aborted.
 * @throws SystoleError `experiment_invalid` when the folder holds another experiment's checkpoint or the loss is no
 * longer a number; whatever the data sets throw.
 */
export async function trainRun<Scores>(
  training: Training<Scores>,
  { checkpoints, engine, signal, onProgress, runsAfter = 0 }: RunOptions,
): Promise<TrainedRun<Scores> | undefined> {
  const { experiment } = training;
  const { batch, epochs, seed, selection } = experiment;
  const hash = hashOf(experiment);
  const taken = await checkpoints.read(checkpointName);
  const resumed = taken === undefined ? undefined : readCheckpoint(taken);
  if (resumed !== undefined && (resumed.experiment !== hash || resumed.engine !== engine.name)) {
    throw new SystoleError(
      'experiment_invalid',
      'A checkpoint of another experiment or engine is in its place.',
    );
  }

  const parameters = new Parameters(seed);
  const compiled = await engine.compileStep({
    loss: training.loss,
    parameters,
    optimizer: optimizerOf(experiment.optimizer, parameters.variables()),
    inputs: training.inputs,
    seed,
  });

  try {
    if (resumed !== undefined) compiled.restore(resumed.state);
    else if (training.start !== undefined)
      compiled.restore(startedFrom(training.start, await compiled.state()));
    let { average, best } = resumed ?? {};
    const history = [...(resumed?.history ?? [])];
    const schedule = scheduleOf(experiment);
    const steps = Math.ceil(training.records / batch);
    const started = performance.now();
    let stepsHere = 0;

    for (let epoch = resumed?.epoch ?? 0; epoch < epochs; epoch++) {
      if (stopsEarly(experiment, history)) break;
      const learningRate =
        experiment.optimizer.learningRate *
        schedule(
          epoch,
          history.map(({ validationLoss }) => validationLoss),
        );
      const within = epoch === resumed?.epoch ? resumed : { step: 0, lossSum: 0 };
      let { lossSum } = within;
      const report = (step: number, epochDone?: EpochRecord) => {
        const left = steps - step + (epochs - epoch - 1 + runsAfter * epochs) * steps;
        const secondsLeft = (((performance.now() - started) / 1000) * left) / stepsHere;
        onProgress?.({ epoch: epoch + 1, epochs, step, steps, loss: lossSum / step, epochDone, secondsLeft });
      };
      const save = async (position: Pick<Checkpoint, 'epoch' | 'step' | 'lossSum'>) => {
        const checkpoint = { experiment: hash, engine: engine.name, history, average, best, ...position };
        await checkpoints.write(
          checkpointName,
          writeCheckpoint({ ...checkpoint, state: await compiled.state() }),
        );
      };
      for (let step = within.step; step < steps; step++) {
        if (signal?.aborted) {
          await save({ epoch, step, lossSum });
          return undefined;
        }
        const result = await compiled.run(await training.batch(epoch, step), { learningRate });
        if (!Number.isFinite(result.loss)) {
          throw new SystoleError(
            'experiment_invalid',
            `The loss is no longer a number (epoch ${epoch + 1}).`,
          );
        }
        lossSum += result.loss;
        stepsHere++;
        report(step + 1);
      }

      const weights = (await compiled.state()).parameters;
      if (experiment.averaging !== undefined)
        average = averaged(average, weights, experiment.averaging.decay);
      const candidate = average ?? weights;
      const judged = await judge(candidate);
      history.push({
        epoch,
        learningRate,
        trainingLoss: lossSum / steps,
        validationLoss: judged.loss,
        figures: judged.figures,
      });
      if (selection.epoch === 'last' || bestEpoch(selectionValues(experiment, history)) === epoch)
        best = candidate;
      report(steps, history[epoch]);
      await save({ epoch: epoch + 1, step: 0, lossSum: 0 });
    }

    const chosenEpoch =
      selection.epoch === 'last' ? history.length - 1 : bestEpoch(selectionValues(experiment, history));
    const weights = experiment.precision === 'float16' ? halved(best!) : best!;
    return { weights, history, chosenEpoch, validation: (await judge(weights)).scores };
  } finally {
    await compiled.dispose();
    parameters.dispose();
  }

  async function judge(weights: Weights): Promise<Judgement<Scores>> {
    const scoring = new Parameters(seed);
    try {
      scoring.load(weights);
      return await training.score(scoring);
    } finally {
      scoring.dispose();
    }
  }
}

/** @throws SystoleError `weights_invalid` when none of the weights fits. */
function startedFrom(weights: Weights, state: TrainingState): TrainingState {
  let taken = 0;
  const parameters = new Map(
    [...state.parameters].map(([name, own]) => {
      const given = weights.get(name);
      if (given === undefined || String(given.shape) !== String(own.shape)) return [name, own];
      taken += 1;
      return [name, given];
    }),
  );
  if (taken === 0)
    throw new SystoleError('weights_invalid', 'The net to start from shares no parameter with this one.');
  return { ...state, parameters };
}

function selectionValues({ selection }: RunSettings, history: readonly EpochRecord[]): number[] {
  return history.map(({ validationLoss, figures }) =>
    selection.metric === 'loss' ? -validationLoss : figures[selection.metric]!,
  );
}

function stopsEarly(experiment: RunSettings, history: readonly EpochRecord[]): boolean {
  const { earlyStopping } = experiment;
  return (
    earlyStopping !== undefined && shouldStop(selectionValues(experiment, history), earlyStopping.patience)
  );
}

/** decay * average + (1 - decay) * weights; the first epoch's weights are the first average. */
function averaged(average: Weights | undefined, weights: Weights, decay: number): Weights {
  if (average === undefined) return weights;
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const before = average.get(name)!.data;
      return [name, { shape, data: data.map((value, i) => decay * before[i]! + (1 - decay) * value) }];
    }),
  );
}

/** Weights as half precision stores them. */
function halved(weights: Weights): Weights {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => fromFloat16(toFloat16(value))) },
    ]),
  );
}

/** Threads change how long a training takes and, in the last bits, sums; they do not make it another experiment. */
function hashOf({ threads: _, ...experiment }: RunSettings): string {
  return createHash('sha256').update(JSON.stringify(experiment)).digest('hex');
}
