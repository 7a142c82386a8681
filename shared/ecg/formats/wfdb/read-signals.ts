import { SystoleError } from '../../../errors.ts';
import type { Lead, Recording } from '../../recording.ts';
import { mat4Header } from '../mat4.ts';
import { readComments } from './comments.ts';
import type { WfdbHeader, WfdbSignal } from './header.ts';
import type { SampleFormat } from './sample-format.ts';
import { matrixTypes, sampleFormats } from './sample-formats.ts';
import { checkLength, maximumSamples, type SignalFile, signalFiles } from './signal-files.ts';

/**
 * Reads the samples of a WFDB record from its signal files (signal(5)); a MATLAB v4 file is a signal file with an
 * offset, whose own header must agree with the record's. Lengths, checksums and initial values are verified wherever
 * the header gives them.
 *
 * @param files content of each signal file by the name that the header uses.
 * @returns leads in the header's order, samples in analogue-to-digital units, skew removed (the end of a skewed lead
 * is NaN), invalid samples and null signals NaN.
 * @throws SystoleError `half_absent`, `empty`, `signal_length`, `signal_checksum`, `header_value`,
 * `recording_too_long`. Details name signals by position.
 */
export function readSignals(header: WfdbHeader, files: ReadonlyMap<string, Uint8Array>): Recording {
  const groups = signalFiles(header);
  for (const group of groups) {
    const bytes = files.get(group.name);
    if (bytes === undefined) throw new SystoleError('half_absent', 'A signal file that the header names.');
    checkMatrix(group, header.frames, bytes);
    checkLength(group, bytes.length);
  }
  const frames = header.frames ?? framesIn(groups, files);
  const perFrame = header.signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  if (frames * perFrame > maximumSamples)
    throw new SystoleError('recording_too_long', `More than ${maximumSamples} samples.`);

  const leads = new Map<WfdbSignal, Lead>();
  for (const group of groups) {
    const format = sampleFormats.get(group.signals[0]!.format)!;
    const bytes = files.get(group.name)!.subarray(group.signals[0]!.byteOffset);
    const values = format.decode(bytes, frames * group.samplesPerFrame);
    const samples = samplesOf(group, frames);
    const { sums, someInvalid } = gatherAll(values, group, format, samples);
    for (const [position, signal] of group.signals.entries()) {
      const lead = samples[position]!;
      verify(header, signal, lead, sums[position]!);
      if (someInvalid) markInvalid(lead, format.invalid!);
      if (signal.skew > 0) {
        const late = Math.min(lead.length, signal.skew * signal.samplesPerFrame);
        lead.copyWithin(0, late);
        lead.fill(Number.NaN, lead.length - late);
      }
      leads.set(signal, leadOf(header, signal, lead));
    }
  }
  const { age, sex, diagnoses } = readComments(header.comments);
  return {
    format: 'wfdb',
    rate: header.rate,
    leads: header.signals.map(
      (signal) =>
        leads.get(signal) ??
        leadOf(header, signal, new Float32Array(frames * signal.samplesPerFrame).fill(Number.NaN)),
    ),
    ...(age !== undefined && { age }),
    ...(sex !== undefined && { sex }),
    diagnoses,
  };
}

function leadOf(header: WfdbHeader, signal: WfdbSignal, samples: Float32Array): Lead {
  return {
    name: signal.description,
    samples,
    gain: signal.gain,
    baseline: signal.baseline,
    unit: signal.unit,
    rate: header.rate * signal.samplesPerFrame,
  };
}

/** Room for the signals of a file, in one piece: twelve pieces take twice as long to come by. */
function samplesOf({ signals, samplesPerFrame }: SignalFile, frames: number): Float32Array[] {
  const whole = new Float32Array(frames * samplesPerFrame);
  let start = 0;
  return signals.map((signal) => {
    const end = start + frames * signal.samplesPerFrame;
    const samples = whole.subarray(start, end);
    start = end;
    return samples;
  });
}

/**
 * Takes the signals of a file out of their interleaving.
 * @returns the sum of each modulo 2^32, and whether any sample has the value that marks it as invalid
 */
function gatherAll(
  values: Int16Array | Int32Array,
  { signals, samplesPerFrame: stride }: SignalFile,
  { differences, invalid }: SampleFormat,
  targets: readonly Float32Array[],
): { sums: Int32Array; someInvalid: boolean } {
  const sums = new Int32Array(targets.length);
  let someInvalid = false;
  const words = differences ? undefined : wordsOf(values, stride);
  let offset = 0;
  for (let position = 0; position < signals.length; ) {
    const signal = signals[position]!;
    const next = signals[position + 1];
    const target = targets[position]!;
    if (
      words !== undefined &&
      offset % 2 === 0 &&
      next !== undefined &&
      signal.samplesPerFrame === 1 &&
      next.samplesPerFrame === 1
    ) {
      if (gatherPair(words, offset / 2, stride / 2, target, targets[position + 1]!, sums, position, invalid))
        someInvalid = true;
      offset += 2;
      position += 2;
      continue;
    }
    if (differences) sums[position] = accumulate(values, offset, stride, signal, target);
    else sums[position] = gather(values, offset, stride, signal.samplesPerFrame, target);
    if (invalid !== undefined && target.includes(invalid)) someInvalid = true;
    offset += signal.samplesPerFrame;
    position++;
  }
  return { sums, someInvalid };
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** 16-bit values two by two, where frames are whole words and lie so in memory. */
function wordsOf(values: Int16Array | Int32Array, stride: number): Int32Array | undefined {
  if (!littleEndian || !(values instanceof Int16Array) || stride % 2 !== 0 || values.byteOffset % 4 !== 0)
    return undefined;
  return new Int32Array(values.buffer, values.byteOffset, values.length / 2);
}

/**
 * Two neighbouring signals of one sample a frame at once, in two thirds of the time.
 * @returns whether one of their samples is invalid
 */
function gatherPair(
  words: Int32Array,
  offset: number,
  stride: number,
  first: Float32Array,
  second: Float32Array,
  sums: Int32Array,
  position: number,
  invalid: number | undefined,
): boolean {
  const length = first.length;
  // A number in any case: the comparison below is made for every sample.
  const mark = invalid ?? Number.MAX_SAFE_INTEGER;
  let found = false;
  let sumFirst = 0;
  let sumSecond = 0;
  for (let to = 0, from = offset; to < length; to++, from += stride) {
    const word = words[from]!;
    const low = (word << 16) >> 16;
    const high = word >> 16;
    if (low === mark || high === mark) found = true;
    sumFirst = (sumFirst + low) | 0;
    sumSecond = (sumSecond + high) | 0;
    first[to] = low;
    second[to] = high;
  }
  sums[position] = sumFirst;
  sums[position + 1] = sumSecond;
  return found;
}

function gather(
  values: Int16Array | Int32Array,
  offset: number,
  stride: number,
  perFrame: number,
  target: Float32Array,
): number {
  let sum = 0;
  for (let to = 0, from = offset; to < target.length; from += stride)
    for (let k = 0; k < perFrame; k++) {
      const value = values[from + k]!;
      sum = (sum + value) | 0;
      target[to++] = value;
    }
  return sum;
}

/** The same for values that are first differences (format 8). */
function accumulate(
  differences: Int16Array | Int32Array,
  offset: number,
  stride: number,
  signal: WfdbSignal,
  target: Float32Array,
): number {
  let sum = 0;
  let value = signal.initialValue ?? signal.adcZero;
  for (let to = 0, from = offset; to < target.length; from += stride)
    for (let k = 0; k < signal.samplesPerFrame; k++) {
      value += differences[from + k]!;
      sum = (sum + value) | 0;
      target[to++] = value;
    }
  return sum;
}

function verify(header: WfdbHeader, signal: WfdbSignal, target: Float32Array, sum: number): void {
  // Without a stated length the sums of header(5) cannot be told from those of another cut of the record.
  if (header.frames === undefined) return;
  const position = header.signals.indexOf(signal);
  if (signal.checksum !== undefined && ((sum - signal.checksum) & 0xffff) !== 0)
    throw new SystoleError('signal_checksum', `Signal ${position}.`);
  // Format 8 starts from the initial value, its first sample need not be equal to it.
  if (signal.format !== 8 && signal.initialValue !== undefined && target.length > 0) {
    if (target[0] !== Math.fround(signal.initialValue))
      throw new SystoleError('signal_checksum', `Signal ${position}: its first sample is not the header's.`);
  }
}

function markInvalid(samples: Float32Array, invalid: number): void {
  for (let at = samples.indexOf(invalid); at >= 0; at = samples.indexOf(invalid, at + 1))
    samples[at] = Number.NaN;
}

/** @throws SystoleError `header_value` when the file is a MATLAB matrix that contradicts the record's header. */
function checkMatrix(group: SignalFile, frames: number | undefined, bytes: Uint8Array): void {
  const matrix = mat4Header(bytes);
  if (matrix === undefined || matrix.name !== 'val') return;
  const { format, byteOffset } = group.signals[0]!;
  const expected = matrixTypes.get(format);
  if (
    expected === undefined ||
    matrix.complex ||
    matrix.type !== expected.type ||
    matrix.bigEndian !== expected.bigEndian
  )
    throw new SystoleError('header_value', `The matrix holds ${matrix.type}, the header says ${format}.`);
  if (byteOffset !== matrix.dataOffset)
    throw new SystoleError('header_value', `The matrix starts at byte ${matrix.dataOffset}.`);
  if (matrix.rows !== group.samplesPerFrame || (frames !== undefined && matrix.columns !== frames))
    throw new SystoleError('header_value', `The matrix is of ${matrix.rows} x ${matrix.columns} values.`);
}

/** Frames that every file holds, for a header that does not state them. */
function framesIn(groups: readonly SignalFile[], files: ReadonlyMap<string, Uint8Array>): number {
  let frames: number | undefined;
  for (const { name, signals, samplesPerFrame } of groups) {
    const format = sampleFormats.get(signals[0]!.format)!;
    const bytes = files.get(name)!.length - signals[0]!.byteOffset;
    if (bytes < 0) throw new SystoleError('signal_length', 'The file ends before its first sample.');
    let samples = Math.floor((bytes / format.groupBytes) * format.groupSamples);
    while (format.bytesOf(samples) > bytes) samples--;
    frames = Math.min(frames ?? Number.POSITIVE_INFINITY, Math.floor(samples / samplesPerFrame));
  }
  return frames ?? 0;
}
