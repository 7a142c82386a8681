import type { PreprocessedRecording } from '../ecg/preprocessing.ts';
import { SystoleError } from '../errors.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { float32Values, storedFloat32 } from './stored-tensor.ts';

/** Name of a recording's preprocessed tensor in the work bucket; the hash is the preprocessing configuration's. */
export const tensorKey = (hash: string, recordingId: string): string =>
  `tensors/${hash}/${recordingId}.safetensors`;

/** A preprocessed ECG as safetensors: `signal` [lead, sample], the rate in the metadata. */
export function writeSignal({ rate, samples, values }: PreprocessedRecording): Uint8Array {
  const signal = storedFloat32([values.length / samples, samples], values);
  return writeSafetensors(new Map([['signal', signal]]), new Map([['rate', String(rate)]]));
}

/** @throws SystoleError `weights_invalid` when the file is not one of `writeSignal` */
export function readSignal(bytes: Uint8Array): PreprocessedRecording {
  const { tensors, metadata } = readSafetensors(bytes);
  const signal = tensors.get('signal');
  const rate = Number(metadata.get('rate'));
  if (signal === undefined || signal.shape.length !== 2 || !(rate > 0))
    throw new SystoleError('weights_invalid', 'It holds no preprocessed signal.');
  return { rate, samples: signal.shape[1]!, values: float32Values(signal) };
}
