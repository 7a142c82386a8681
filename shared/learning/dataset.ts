import { readPeXml } from '../ecg/formats/pe-xml.ts';
import { parseHeader } from '../ecg/formats/wfdb/header.ts';
import { readSignals } from '../ecg/formats/wfdb/read-signals.ts';
import { signalFiles } from '../ecg/formats/wfdb/signal-files.ts';
import { type PreprocessingConfiguration, preprocess } from '../ecg/preprocessing.ts';
import type { Recording } from '../ecg/recording.ts';
import { SystoleError } from '../errors.ts';
import type { Folder } from '../storage/folder.ts';
import type { Signal } from './augmentation/augmentation.ts';
import type { Experiment } from './experiment.ts';
import { type LabelledRecording, readLabelTable } from './label-table.ts';

/** Labelled recordings, of which only the labels are in memory; signals are read when they are needed. */
export interface Dataset {
  readonly recordings: readonly LabelledRecording[];
  /** The preprocessed signal of a recording. Not to be changed: it may be shared. */
  signal(index: number): Promise<Signal>;
}

/**
 * Recordings (`NAME.hea` and its signal files, or `NAME.xml` of the pulmonary-embolism system) and their label table
 * in a folder, on disk or in a bucket.
 * @param folder where both lie.
 * @throws SystoleError `labels_invalid`; later, from `signal`, whatever the reader finds wrong with a recording.
 */
export async function openDataset(
  folder: Folder,
  set: Experiment['data']['train'],
  classes: readonly string[],
  preprocessing: PreprocessingConfiguration,
): Promise<Dataset> {
  const table = await folder.read(set.labels);
  if (table === undefined) throw new SystoleError('labels_invalid', `There is no label table ${set.labels}.`);
  const recordings = readLabelTable(table, classes);
  const file =
    set.recordings === undefined
      ? await anywhere(folder)
      : async (name: string) => {
          for (const place of [set.recordings!].flat()) {
            const bytes = await folder.read(`${place}/${name}`);
            if (bytes !== undefined) return bytes;
          }
          return undefined;
        };
  const recordingNamed = async (record: string): Promise<Recording> => {
    const head = await file(`${record}.hea`);
    if (head === undefined) {
      const xml = await file(`${record}.xml`);
      if (xml === undefined) throw new SystoleError('half_absent', 'There is no such file.');
      return readPeXml(xml);
    }
    const header = parseHeader(head);
    const files = new Map<string, Uint8Array>();
    for (const { name } of signalFiles(header)) {
      const bytes = await file(name);
      if (bytes !== undefined) files.set(name, bytes);
    }
    return readSignals(header, files);
  };
  return {
    recordings,
    async signal(index) {
      try {
        const { values, samples } = preprocess(
          await recordingNamed(recordings[index]!.record),
          preprocessing,
        );
        return { leads: values.length / samples, samples, data: values };
      } catch (error) {
        if (!(error instanceof SystoleError)) throw error;
        const where = `Recording ${index + 1} of the label table`;
        throw new SystoleError(error.reason, `${where}: ${error.detail ?? 'as a whole'}`, { cause: error });
      }
    },
  };
}

/** Reads files by their names alone, at whatever depth they lie; which of two is meant cannot be told. */
async function anywhere(folder: Folder): Promise<(name: string) => Promise<Uint8Array | undefined>> {
  const places = new Map<string, string[]>();
  for (const path of await folder.list()) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const known = places.get(name);
    if (known === undefined) places.set(name, [path]);
    else known.push(path);
  }
  return async (name) => {
    const [place, another] = places.get(name) ?? [];
    if (another !== undefined) throw new SystoleError('labels_invalid', 'Two files have its name.');
    return place === undefined ? undefined : folder.read(place);
  };
}

/** Keeps the signals that were read first, up to a number of bytes; the rest are read anew each time. */
export function cached(dataset: Dataset, maximumBytes: number): Dataset {
  const kept = new Map<number, Signal>();
  let bytes = 0;
  return {
    recordings: dataset.recordings,
    async signal(index) {
      const found = kept.get(index);
      if (found !== undefined) return found;
      const signal = await dataset.signal(index);
      if (bytes + signal.data.byteLength <= maximumBytes && !kept.has(index)) {
        kept.set(index, signal);
        bytes += signal.data.byteLength;
      }
      return signal;
    },
  };
}

/** Some recordings of a data set (a fold). */
export function subset(dataset: Dataset, indices: readonly number[]): Dataset {
  return {
    recordings: indices.map((index) => dataset.recordings[index]!),
    signal: (index) => dataset.signal(indices[index]!),
  };
}
