import { readComments } from '../ecg/formats/wfdb/comments.ts';
import { parseHeader } from '../ecg/formats/wfdb/header.ts';
import { readSignals } from '../ecg/formats/wfdb/read-signals.ts';
import { signalFiles } from '../ecg/formats/wfdb/signal-files.ts';
import { type PreprocessingConfiguration, preprocess } from '../ecg/preprocessing.ts';
import { SystoleError } from '../errors.ts';
import type { Folder } from '../storage/folder.ts';
import { checkExperiment, type Experiment } from './experiment.ts';

/** Names of the label table and of the folder of recordings in the data set that is made of headers. */
const table = 'labels.csv';
const recordings = 'recordings';

/** Folds where an experiment is written for a validation set, which headers do not tell apart. */
const folds = 10;

export interface HeaderLabels {
  /** What `openDataset` reads: a label table made of the headers, and the files themselves. */
  readonly dataset: Folder;
  readonly records: number;
  /** Headers that say nothing of a diagnosis. */
  readonly unlabelled: number;
  /** Records that cannot be taken, with the reason. */
  readonly refused: readonly { readonly name: string; readonly error: SystoleError }[];
}

/**
 * Makes a data set of WFDB records whose labels stand in their headers (`#Dx`), the form in which the 2020 challenge
 * gives its training data; no table is needed. Every labelled record is read and preprocessed once, so that a broken one
 * among thousands is named and left out before the training begins, rather than ending it.
 * @param names the files of the folder at any depth.
 * @param onRecord called with the number of headers that have been looked at, and of all.
 */
export async function headerLabels(
  folder: Folder,
  names: readonly string[],
  preprocessing: PreprocessingConfiguration,
  onRecord?: (done: number, of: number) => void,
): Promise<HeaderLabels> {
  const places = new Map<string, string>();
  const refused: { name: string; error: SystoleError }[] = [];
  let rows = 'record,dx\n';
  let records = 0;
  let unlabelled = 0;
  const headers = names.filter((one) => one.endsWith('.hea')).sort();
  for (const [index, name] of headers.entries()) {
    onRecord?.(index + 1, headers.length);
    const base = name.slice(name.lastIndexOf('/') + 1);
    const record = base.slice(0, -'.hea'.length);
    try {
      if (!/^[\w-]+$/.test(record)) throw new SystoleError('header_value', 'The name is no record name.');
      if (places.has(base)) throw new SystoleError('labels_invalid', 'There is another record of that name.');
      const header = parseHeader((await folder.read(name))!);
      const { diagnoses } = readComments(header.comments);
      if (diagnoses.length === 0) {
        unlabelled += 1;
        continue;
      }
      const place = name.slice(0, -base.length);
      const signals = new Map<string, Uint8Array>();
      for (const { name: signal } of signalFiles(header)) {
        const bytes = await folder.read(place + signal);
        if (bytes === undefined) throw new SystoleError('half_absent', 'A signal file is missing.');
        signals.set(signal, bytes);
      }
      preprocess(readSignals(header, signals), preprocessing);
      places.set(base, name);
      for (const signal of signals.keys()) places.set(signal, place + signal);
      rows += `${record},"${diagnoses.map((one) => one.replaceAll('"', '')).join(',')}"\n`;
      records += 1;
    } catch (error) {
      if (!(error instanceof SystoleError)) throw error;
      refused.push({ name, error });
    }
  }
  const labels = new TextEncoder().encode(rows);
  return {
    records,
    unlabelled,
    refused,
    dataset: {
      async read(name) {
        if (name === table) return labels;
        const place = places.get(name.slice(recordings.length + 1));
        return place === undefined ? undefined : folder.read(place);
      },
      write: (name, bytes) => folder.write(name, bytes),
      list: () => folder.list(),
    },
  };
}

/**
 * An experiment as it trains on such a data set: with its folds, or ten where it has a validation set.
 * @throws SystoleError `experiment_invalid`
 */
export function onHeaderLabels(experiment: Experiment): Experiment {
  const { validation, ...data } = experiment.data;
  return checkExperiment({
    ...experiment,
    members: 1,
    data: { ...data, train: { labels: table, recordings }, folds: data.folds ?? { count: folds } },
  });
}
