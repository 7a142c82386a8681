import { SystoleError } from '../../../errors.ts';
import type { Lead, Recording } from '../../recording.ts';
import { mat4Header } from '../mat4.ts';
import { readComments } from './comments.ts';
import type { WfdbHeader, WfdbSignal } from './header.ts';
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
    const someInvalid = format.invalid !== undefined && values.includes(format.invalid);
    let offset = 0;
    for (const signal of group.signals) {
      const lead = new Float32Array(frames * signal.samplesPerFrame);
      const sum = gather(values, offset, group.samplesPerFrame, signal, format.differences, lead);
      verify(header, signal, lead, sum);
      if (someInvalid) markInvalid(lead, format.invalid!);
      if (signal.skew > 0) {
        const late = Math.min(lead.length, signal.skew * signal.samplesPerFrame);
        lead.copyWithin(0, late);
        lead.fill(Number.NaN, lead.length - late);
      }
      leads.set(signal, leadOf(header, signal, lead));
      offset += signal.samplesPerFrame;
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

/** Takes one signal out of the interleaved values; returns the sum of its samples modulo 2^32. */
function gather(
  values: Int16Array | Int32Array,
  offset: number,
  stride: number,
  signal: WfdbSignal,
  differences: boolean,
  target: Float32Array,
): number {
  const perFrame = signal.samplesPerFrame;
  const end = target.length;
  let sum = 0;
  if (differences) {
    let value = signal.initialValue ?? signal.adcZero;
    for (let to = 0, from = offset; to < end; from += stride)
      for (let k = 0; k < perFrame; k++) {
        value += values[from + k]!;
        sum = (sum + value) | 0;
        target[to++] = value;
      }
  } else if (perFrame === 1) {
    for (let to = 0, from = offset; to < end; to++, from += stride) {
      const value = values[from]!;
      sum = (sum + value) | 0;
      target[to] = value;
    }
  } else {
    for (let to = 0, from = offset; to < end; from += stride)
      for (let k = 0; k < perFrame; k++) {
        const value = values[from + k]!;
        sum = (sum + value) | 0;
        target[to++] = value;
      }
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
