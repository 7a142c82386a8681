import type { Mark } from '../echo/dicom/instance.ts';
import type { FirstFrame } from '../echo/frames/first-frame.ts';
import type { Geometry } from '../echo/measurement/geometry.ts';
import type { FramePreprocessing } from '../echo/preprocessing.ts';
import { SystoleError } from '../errors.ts';
import type { Folder } from './folder.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { float32Values, type StoredTensor, storedFloat32 } from './stored-tensor.ts';

/**
 * A preprocessed cine in a folder of its own: `cine.safetensors`, written last, and all frames for each form that a net
 * takes in files of `chunkFrames` frames, so that neither who writes nor who reads them holds a whole cine.
 */
export interface PreparedCine {
  /** Of the first frame, which is kept at the instance's own size. */
  readonly rows: number;
  readonly columns: number;
  readonly first: FirstFrame;
  /** Number in the file of each frame that could be decoded, from 0. */
  readonly frames: Int32Array;
  /** The frames that a view net looks at. */
  readonly sampled: {
    readonly edge: number;
    readonly frames: Int32Array;
    /** [frame, row, column] */
    readonly grey: Uint8Array;
  };
  /** Marks of the instance and of reading its frames. */
  readonly marks: readonly Mark[];
  /** Scale of the instance in space and time. */
  readonly geometry: Geometry;
}

/** Frames of one file; 4.7 MB at 384 x 384. */
export const chunkFrames = 32;

const fileName = 'cine.safetensors';
const chunkName = ({ edge, burnedInText }: FramePreprocessing, chunk: number): string =>
  `${edge}-${burnedInText}/${String(chunk).padStart(5, '0')}.safetensors`;

/** Where the folder of a recording is in the work bucket; the hash is that of all its forms. */
export const cinePrefix = (hash: string, recordingId: string): string => `tensors/${hash}/${recordingId}/`;

/** The file that is there where the whole cine is. */
export const cineKey = (hash: string, recordingId: string): string =>
  cinePrefix(hash, recordingId) + fileName;

export async function writePreparedCine(folder: Folder, cine: PreparedCine): Promise<void> {
  const { rows, columns, first, frames, sampled, marks, geometry } = cine;
  const grey = (shape: readonly number[], bytes: Uint8Array): StoredTensor => ({ type: 'U8', shape, bytes });
  const numbers = (values: Int32Array) => storedFloat32([values.length], Float32Array.from(values));
  const tensors = new Map([
    ['first', grey([rows, columns], first.grey)],
    ['frames', numbers(frames)],
    ['sampled', grey([sampled.frames.length, sampled.edge, sampled.edge], sampled.grey)],
    ['sampled_frames', numbers(sampled.frames)],
  ]);
  const metadata = new Map([
    ['area', first.area],
    ['marks', JSON.stringify(marks)],
    ['geometry', JSON.stringify(geometry)],
  ]);
  await folder.write(fileName, writeSafetensors(tensors, metadata));
}

/** @throws Error when the folder holds none, SystoleError `weights_invalid` when it is broken */
export async function readPreparedCine(folder: Folder): Promise<PreparedCine> {
  const { tensors, metadata } = readSafetensors(await present(folder, fileName));
  const tensor = (name: string): StoredTensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new SystoleError('weights_invalid', `There is no tensor ${name}.`);
    return found;
  };
  const first = tensor('first');
  const sampled = tensor('sampled');
  return {
    rows: first.shape[0]!,
    columns: first.shape[1]!,
    first: { grey: first.bytes, area: metadata.get('area') as FirstFrame['area'] },
    frames: Int32Array.from(float32Values(tensor('frames'))),
    sampled: {
      edge: sampled.shape[1]!,
      frames: Int32Array.from(float32Values(tensor('sampled_frames'))),
      grey: sampled.bytes,
    },
    marks: JSON.parse(metadata.get('marks') ?? '[]') as Mark[],
    geometry: JSON.parse(metadata.get('geometry') ?? '{}') as Geometry,
  };
}

/** Writes the frames of one form, one after the other. */
export class FrameChunks {
  readonly #folder: Folder;
  readonly #form: FramePreprocessing;
  readonly #frames: Uint8Array;
  #chunk = 0;
  #filled = 0;

  constructor(folder: Folder, form: FramePreprocessing) {
    this.#folder = folder;
    this.#form = form;
    this.#frames = new Uint8Array(chunkFrames * form.edge * form.edge);
  }

  /** @param write puts the frame, [row, column], where it is told to */
  async add(write: (into: Uint8Array) => void): Promise<void> {
    const size = this.#form.edge ** 2;
    write(this.#frames.subarray(this.#filled * size, (this.#filled + 1) * size));
    this.#filled += 1;
    if (this.#filled === chunkFrames) await this.end();
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    if (this.#filled === 0) return;
    const { edge } = this.#form;
    const bytes = this.#frames.subarray(0, this.#filled * edge * edge);
    const tensor = { type: 'U8', shape: [this.#filled, edge, edge], bytes } as const;
    await this.#folder.write(
      chunkName(this.#form, this.#chunk),
      writeSafetensors(new Map([['frames', tensor]])),
    );
    this.#chunk += 1;
    this.#filled = 0;
  }
}

/**
 * The frames of one form, file by file: [frame, row, column].
 * @param count frames of the cine
 * @throws Error when a file is missing, SystoleError `weights_invalid` when it is another than it should be
 */
export async function* readFrameChunks(
  folder: Folder,
  form: FramePreprocessing,
  count: number,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < count; start += chunkFrames) {
    const { tensors } = readSafetensors(await present(folder, chunkName(form, start / chunkFrames)));
    const frames = tensors.get('frames')?.bytes;
    const expected = Math.min(chunkFrames, count - start) * form.edge ** 2;
    if (frames?.length !== expected) throw new SystoleError('weights_invalid', 'A file of frames is broken.');
    yield frames;
  }
}

async function present(folder: Folder, name: string): Promise<Uint8Array> {
  const bytes = await folder.read(name);
  // Objects of the work bucket expire; whose recording this is has no part in it.
  if (bytes === undefined) throw new Error('a preprocessed tensor is absent');
  return bytes;
}
