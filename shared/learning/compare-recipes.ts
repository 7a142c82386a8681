import { isDeepStrictEqual } from 'node:util';
import { challengeSource } from '../ecg/challenge-source.ts';
import type { Engine } from '../engine/engine.ts';
import { SystoleError } from '../errors.ts';
import { Parameters } from '../nets/parameters.ts';
import { type Folder, subfolder } from '../storage/folder.ts';
import { calibrate } from './calibration/calibration.ts';
import { fitCalibration } from './calibration/fit-calibration.ts';
import type { Weights } from './checkpoint.ts';
import { crossValidate, type HeldOutScores } from './cross-validate.ts';
import { cached, type Dataset, openDataset, subset } from './dataset.ts';
import type { Experiment } from './experiment.ts';
import { experimentThresholds } from './experiment-thresholds.ts';
import { stratifiedFolds } from './folds.ts';
import type { Interval } from './metrics/bootstrap.ts';
import {
  fewestPositives,
  type JudgedRecordings,
  type RecipeFigures,
  recipeFigures,
} from './recipe-figures.ts';
import { scoreDataset } from './scoring.ts';
import { type FindModel, startWeights } from './start-weights.ts';
import { call } from './thresholds.ts';
import { trainableNet } from './trainable-net.ts';

/** A recipe on the recordings of one database, after training without it. */
export interface LeftOut {
  readonly source: string;
  /** Of the other databases, by cross-validation (three folds); and of the one left out, by the mean of the nets of the folds. */
  readonly inside: RecipeFigures;
  readonly outside: RecipeFigures;
}

export interface RecipeResult {
  readonly name: string;
  /** All recordings, each judged by a net, thresholds and a calibration that have not seen it. */
  readonly all: RecipeFigures;
  /** This recipe less the first, on the same bootstrap draws; not of the first itself. */
  readonly gain?: RecipeFigures;
  readonly bySource: readonly { readonly source: string; readonly figures: RecipeFigures }[];
  /** AUROC class by class, of `Comparison.measured`. */
  readonly classes: readonly Interval[];
  readonly leftOut: readonly LeftOut[];
}

export interface Comparison {
  readonly folds: number;
  readonly classes: readonly { readonly name: string; readonly positives: number }[];
  /** Classes with at least `fewestPositives` positive recordings: fewer say nothing. */
  readonly measured: readonly string[];
  readonly recipes: readonly RecipeResult[];
}

export interface CompareOptions {
  readonly dataset: Folder;
  /** Checkpoints: a comparison that was stopped goes on from them. */
  readonly checkpoints: Folder;
  readonly engine: Engine;
  /** Models that recipes may start from. */
  readonly models?: FindModel;
  readonly folds: number;
  /** Train anew without each database that has at least `fewestOfSource` recordings. */
  readonly leaveSourcesOut: boolean;
  readonly signal?: AbortSignal;
  /** Told when a fold of a recipe is done. */
  readonly onFold?: (recipe: string, part: string, fold: number) => void;
}

const fewestOfSource = 25;
/** Folds of the databases that stay while one is left out: each database costs as many trainings. */
const insideFolds = 3;

/**
 * Trains recipes for the same classes on the same folds of the same recordings and says what each is worth, and each
 * against the first. Everything that a recipe chooses (epochs apart, see `selection`) is chosen without the recording
 * that it is measured on: thresholds and calibration of a fold come from the other folds. Each fold trains one net,
 * whatever `members` says.
 * @returns undefined when it was aborted.
 * @throws SystoleError `experiment_invalid` when the recipes are not of one set and one list of classes, or two have
 * one name; see `openDataset` and `trainRun`.
 */
export async function compareRecipes(
  experiments: readonly Experiment[],
  options: CompareOptions,
): Promise<Comparison | undefined> {
  const first = experiments[0]!;
  for (const { name, classes, data } of experiments) {
    if (!isDeepStrictEqual([classes, data.train], [first.classes, first.data.train]))
      throw new SystoleError('experiment_invalid', `${name} learns other classes, or from another set.`);
  }
  if (new Set(experiments.map(({ name }) => name)).size < experiments.length)
    throw new SystoleError('experiment_invalid', 'Two recipes have one name.');

  const judged: { experiment: Experiment; held: HeldOut; leftOut: LeftOut[] }[] = [];
  for (const experiment of experiments) {
    const { train, cache } = experiment.data;
    const dataset = cached(
      await openDataset(options.dataset, train, experiment.classes, experiment.preprocessing),
      cache * 2 ** 20,
    );
    const held = await heldOut(experiment, dataset, first.seed, 'all', options.folds, options);
    if (held === undefined) return undefined;
    const leftOut: LeftOut[] = [];
    for (const source of options.leaveSourcesOut ? largeSources(dataset) : []) {
      const one = await leaveOut(experiment, dataset, source, first.seed, options);
      if (one === undefined) return undefined;
      leftOut.push(one);
    }
    judged.push({ experiment, held, leftOut });
  }

  const { seed, classes } = first;
  const { labels, sources } = judged[0]!.held;
  const positives = labels.map((truth) => truth.reduce((sum, label) => sum + label, 0));
  const measured = classes.filter((_, c) => positives[c]! >= fewestPositives);
  const everything = recipeFigures(
    classes,
    judged.map(({ held }) => held),
    seed,
  );
  return {
    folds: options.folds,
    classes: classes.map((name, c) => ({ name, positives: positives[c]! })),
    measured,
    recipes: judged.map(({ experiment, held, leftOut }, index) => ({
      name: experiment.name,
      all: everything.figures[index]!,
      ...(index === 0 ? {} : { gain: everything.gains[index]! }),
      bySource: [...new Set(sources)].sort().map((source) => ({
        source,
        figures: recipeFigures(classes, [part(held, (r) => sources[r] === source)], seed).figures[0]!,
      })),
      classes: everything.classes[index]!,
      leftOut,
    })),
  };
}

/** Recordings judged by a recipe that has not seen them. */
interface HeldOut extends JudgedRecordings {
  readonly sources: readonly string[];
  readonly members: readonly Weights[];
}

async function heldOut(
  experiment: Experiment,
  dataset: Dataset,
  seed: number,
  name: string,
  count: number,
  { engine, models, checkpoints, signal, onFold }: CompareOptions,
): Promise<HeldOut | undefined> {
  const { recordings } = dataset;
  const folds = stratifiedFolds(
    recordings.map(({ labels }) => labels),
    count,
    seed,
    recordings.map(({ patient }) => patient),
  );
  const scores = await crossValidate(experiment, dataset, folds, {
    engine,
    start: await startWeights(experiment, models),
    signal,
    checkpoints: subfolder(checkpoints, `${experiment.name}/${name}`),
    onProgress: ({ epoch, epochs, epochDone, fold }) => {
      if (epochDone !== undefined && epoch === epochs) onFold?.(experiment.name, name, fold!);
    },
  });
  if (scores === undefined) return undefined;
  const { probabilities } = scores;
  const calls = probabilities.map((values) => new Uint8Array(values.length));
  const calibrated = probabilities.map((values) => values.slice());
  for (let fold = 0; fold < count; fold++) {
    const decide = decider(experiment, scores, (r) => folds[r] !== fold);
    for (let r = 0; r < folds.length; r++) {
      if (folds[r] !== fold) continue;
      const answer = decide(probabilities.map((values) => values[r]!));
      answer.forEach(({ probability, called }, c) => {
        calibrated[c]![r] = probability;
        calls[c]![r] = called;
      });
    }
  }
  return {
    labels: scores.labels,
    probabilities: calibrated,
    calls,
    sources: recordings.map(sourceOf),
    members: scores.members,
  };
}

/** What an experiment makes of probabilities, calibration and thresholds taken from some of the recordings. */
function decider(
  experiment: Experiment,
  { labels, probabilities }: Pick<HeldOutScores, 'labels' | 'probabilities'>,
  from: (recording: number) => boolean,
): (answer: readonly number[]) => { probability: number; called: number }[] {
  const known = labels.map((truth) => truth.filter((_, r) => from(r)));
  const raw = probabilities.map((values) => values.filter((_, r) => from(r)));
  const { calibration: method } = experiment;
  const calibration = method === undefined ? undefined : fitCalibration(method, known, raw);
  const finished = (c: number, value: number) =>
    calibration === undefined ? value : Math.fround(calibrate(calibration, c, value));
  const thresholds = experimentThresholds(
    experiment,
    known,
    raw.map((values, c) => values.map((value) => finished(c, value))),
  );
  return (answer) =>
    answer.map((value, c) => {
      const probability = finished(c, value);
      return { probability, called: call([probability], thresholds[c]!)[0]! };
    });
}

async function leaveOut(
  experiment: Experiment,
  dataset: Dataset,
  source: string,
  seed: number,
  options: CompareOptions,
): Promise<LeftOut | undefined> {
  const indices = dataset.recordings.map((_, index) => index);
  const from = (index: number) => sourceOf(dataset.recordings[index]!) === source;
  const others = subset(
    dataset,
    indices.filter((index) => !from(index)),
  );
  const inside = await heldOut(experiment, others, seed, `without-${source}`, insideFolds, options);
  if (inside === undefined) return undefined;
  const away = subset(dataset, indices.filter(from));
  const answers = await scoreMembers(experiment, inside.members, away, options.engine);
  const decide = decider(experiment, inside, () => true);
  const probabilities = answers.probabilities.map((values) => values.slice());
  const calls = probabilities.map((values) => new Uint8Array(values.length));
  for (let r = 0; r < away.recordings.length; r++) {
    decide(answers.probabilities.map((values) => values[r]!)).forEach(({ probability, called }, c) => {
      probabilities[c]![r] = probability;
      calls[c]![r] = called;
    });
  }
  const outside = { ...inside, labels: answers.labels, probabilities, calls };
  const { classes } = experiment;
  return {
    source,
    inside: recipeFigures(classes, [inside], seed).figures[0]!,
    outside: recipeFigures(classes, [outside], seed).figures[0]!,
  };
}

/** The mean of several nets on recordings that none of them has seen. */
async function scoreMembers(
  experiment: Experiment,
  members: readonly Weights[],
  dataset: Dataset,
  engine: Engine,
): Promise<Pick<HeldOutScores, 'labels' | 'probabilities'>> {
  const net = trainableNet(experiment.net, experiment.classes.length);
  const probabilities = experiment.classes.map(() => new Float32Array(dataset.recordings.length));
  let labels: readonly Uint8Array[] = [];
  for (const weights of members) {
    const parameters = new Parameters(experiment.seed);
    try {
      parameters.load(weights);
      const scores = await scoreDataset(engine, experiment, net, parameters, dataset);
      labels = scores.labels;
      scores.probabilities.forEach((values, c) => {
        for (const [r, value] of values.entries()) probabilities[c]![r]! += value / members.length;
      });
    } finally {
      parameters.dispose();
    }
  }
  return { labels, probabilities };
}

function part(held: HeldOut, from: (recording: number) => boolean): HeldOut {
  const cut = <T extends Uint8Array | Float32Array>(values: T) => values.filter((_, r) => from(r)) as T;
  return {
    ...held,
    labels: held.labels.map(cut),
    probabilities: held.probabilities.map(cut),
    calls: held.calls.map(cut),
  };
}

function sourceOf({ record }: { readonly record: string }): string {
  return challengeSource(record) ?? 'unknown';
}

function largeSources({ recordings }: Dataset): string[] {
  const counts = new Map<string, number>();
  for (const recording of recordings)
    counts.set(sourceOf(recording), (counts.get(sourceOf(recording)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= fewestOfSource).map(([source]) => source);
}
