import { readSafetensors } from './safetensors.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { readTorchCheckpoint } from './torch-checkpoint.ts';

/**
 * The tensors of a weight file, safetensors or a PyTorch checkpoint, told apart by its first bytes.
 * @throws SystoleError weights_invalid, unsupported_format or inflates_too_large.
 */
export function readWeightFile(bytes: Uint8Array): ReadonlyMap<string, StoredTensor> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const isPickle = bytes[0] === 0x80 && bytes[1] === 2 && bytes[2] === 0x8a;
  return isZip || isPickle ? readTorchCheckpoint(bytes) : readSafetensors(bytes).tensors;
}
