import { SystoleError } from '../../../errors.ts';
import type { Lead, Recording } from '../../recording.ts';
import { signalKernel } from '../../signal-kernel.ts';
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
    const { whole, sums, someInvalid } =
      values instanceof Int16Array && !format.differences && group.samplesPerFrame === group.signals.length
        ? separate(values, group.signals.length, format)
        : gatherAll(values, group, frames, format);
    const samples = samplesOf(group, frames, whole);
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

/** The signals of a file, one after the other in `whole`. */
function samplesOf({ signals }: SignalFile, frames: number, whole: Float32Array): Float32Array[] {
  let start = 0;
  return signals.map((signal) => {
    const end = start + frames * signal.samplesPerFrame;
    const samples = whole.subarray(start, end);
    start = end;
    return samples;
  });
}

/** The signals of a file, out of their interleaving. */
interface Gathered {
  /** In one piece, one signal after the other: twelve pieces take twice as long to come by. */
  readonly whole: Float32Array;
  /** The sum of each signal, modulo 2^16 at least. */
  readonly sums: ArrayLike<number>;
  /** Whether any sample has the value that marks it as invalid. */
  readonly someInvalid: boolean;
}

/** Samples that the kernel takes apart at once: ten seconds of twelve leads several times over. */
const blockSamples = 1 << 18;

/** Signals of one 16-bit sample a frame, by the kernel. The value of an invalid sample is the smallest of its format. */
function separate(values: Int16Array, signals: number, { invalid }: SampleFormat): Gathered {
  const frames = values.length / signals;
  const block = Math.min(frames, Math.floor(blockSamples / signals));
  const sizes = [2 * block * signals, 4 * block * signals, 2 * signals];
  // Not zeroed, which would take as long as filling it: every sample is written below.
  const whole = new Float32Array(Buffer.allocUnsafeSlow(4 * values.length).buffer);
  return signalKernel.run(sizes, (kernel, memory, [from, to, sumsAt]) => {
    const sums = new Int16Array(memory, sumsAt, signals).fill(0);
    const inside = new Int16Array(memory, from, block * signals);
    let smallest = 0;
    if (block === frames) {
      inside.set(values);
      smallest = kernel.separate(from!, signals, frames, to!, sumsAt!, smallest);
      whole.set(new Float32Array(memory, to, values.length));
      return { whole, sums: sums.slice(), someInvalid: smallest === invalid };
    }
    for (let start = 0; start < frames; start += block) {
      const count = Math.min(block, frames - start);
      inside.set(values.subarray(start * signals, (start + count) * signals));
      smallest = kernel.separate(from!, signals, count, to!, sumsAt!, smallest);
      for (let signal = 0; signal < signals; signal++)
        whole.set(new Float32Array(memory, to! + 4 * signal * count, count), signal * frames + start);
    }
    return { whole, sums: sums.slice(), someInvalid: smallest === invalid };
  });
}

/** Signals of any width and of several samples a frame. */
function gatherAll(
  values: Int16Array | Int32Array,
  group: SignalFile,
  frames: number,
  { differences, invalid }: SampleFormat,
): Gathered {
  const { signals, samplesPerFrame: stride } = group;
  const whole = new Float32Array(values.length);
  const sums = new Int32Array(signals.length);
  let offset = 0;
  for (const [position, target] of samplesOf(group, frames, whole).entries()) {
    const signal = signals[position]!;
    sums[position] = differences
      ? accumulate(values, offset, stride, signal, target)
      : gather(values, offset, stride, signal.samplesPerFrame, target);
    offset += signal.samplesPerFrame;
  }
  return { whole, sums, someInvalid: invalid !== undefined && whole.includes(invalid) };
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
  if (signal.checksum !== undefined && ((sum - signal.checksum) & 0xffff) !== 0)
    throw new SystoleError('signal_checksum', `Signal ${header.signals.indexOf(signal)}.`);
  // Format 8 starts from the initial value, its first sample need not be equal to it.
  if (signal.format !== 8 && signal.initialValue !== undefined && target.length > 0) {
    if (target[0] !== Math.fround(signal.initialValue))
      throw new SystoleError(
        'signal_checksum',
        `Signal ${header.signals.indexOf(signal)}: its first sample is not the header's.`,
      );
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
