import { SystoleError } from '../../../errors.ts';
import type { WfdbHeader, WfdbSignal } from './header.ts';
import { sampleFormats } from './sample-formats.ts';

/** More samples than this in one recording (fifteen leads at 1000 Hz for over an hour) are refused unread. */
export const maximumSamples = 1 << 26;

/** One signal file that a header names, with the signals that lie interleaved in it. */
export interface SignalFile {
  readonly name: string;
  readonly signals: readonly WfdbSignal[];
  /** Samples of all its signals in one frame. */
  readonly samplesPerFrame: number;
  /**
   * The lengths in bytes that agree with the header, padding of the last group or block included; `undefined` when
   * the header does not state the number of frames.
   */
  readonly minimumBytes: number | undefined;
  readonly maximumBytes: number | undefined;
}

/**
 * The signal files of a record, in the header's order, with the lengths they must have: enough to know whether a
 * recording is complete without reading a sample.
 *
 * @throws SystoleError `header_value` when signals of one file contradict each other or are not side by side,
 * `recording_too_long`.
 */
export function signalFiles(header: WfdbHeader): SignalFile[] {
  const groups = new Map<string, WfdbSignal[]>();
  let previous: string | undefined;
  let samplesPerFrame = 0;
  for (const [index, signal] of header.signals.entries()) {
    samplesPerFrame += signal.samplesPerFrame;
    if (signal.format === 0) continue;
    const group = groups.get(signal.file);
    if (group === undefined) groups.set(signal.file, [signal]);
    else {
      const first = group[0]!;
      if (previous !== signal.file)
        throw new SystoleError('header_value', `Signal ${index}: its file is named again after another one.`);
      if (first.format !== signal.format || first.byteOffset !== signal.byteOffset)
        throw new SystoleError('header_value', `Signal ${index}: format or offset differ within its file.`);
      group.push(signal);
    }
    previous = signal.file;
  }
  if ((header.frames ?? 0) * samplesPerFrame > maximumSamples)
    throw new SystoleError('recording_too_long', `The header states more than ${maximumSamples} samples.`);

  return [...groups].map(([name, signals]) => {
    const { format: code, byteOffset, blockSize } = signals[0]!;
    const format = sampleFormats.get(code)!;
    const perFrame = signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
    if (header.frames === undefined)
      return { name, signals, samplesPerFrame: perFrame, minimumBytes: undefined, maximumBytes: undefined };
    const samples = header.frames * perFrame;
    const minimumBytes = byteOffset + format.bytesOf(samples);
    const wholeGroups = byteOffset + Math.ceil(samples / format.groupSamples) * format.groupBytes;
    const wholeBlocks = blockSize > 0 ? Math.ceil(minimumBytes / blockSize) * blockSize : 0;
    return {
      name,
      signals,
      samplesPerFrame: perFrame,
      minimumBytes,
      maximumBytes: Math.max(minimumBytes, wholeGroups, wholeBlocks),
    };
  });
}

/**
 * @param bytes length of the signal file.
 * @throws SystoleError `empty`, `signal_length`, when the length contradicts the header.
 */
export function checkLength(file: SignalFile, bytes: number): void {
  if (bytes === 0) throw new SystoleError('empty', 'The signal file.');
  const { minimumBytes, maximumBytes } = file;
  if (minimumBytes !== undefined && bytes < minimumBytes)
    throw new SystoleError('signal_length', `${bytes} bytes instead of ${minimumBytes}.`);
  if (maximumBytes !== undefined && bytes > maximumBytes)
    throw new SystoleError('signal_length', `${bytes} bytes instead of at most ${maximumBytes}.`);
}
