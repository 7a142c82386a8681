import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../shared/storage/safetensors.ts';
import { storedFloat32 } from '../../../shared/storage/stored-tensor.ts';
import { readSignal, tensorKey, writeSignal } from '../../../shared/storage/tensors.ts';

describe('preprocessed tensors', () => {
  it('come back as they were, with their rate', () => {
    const values = Float32Array.from({ length: 36 }, (_, i) => Math.fround(Math.sin(i)));
    const signal = { rate: 257.5, samples: 3, values };
    expect(readSignal(writeSignal(signal))).toEqual(signal);
  });

  it('are named by configuration and recording', () => {
    expect(tensorKey('hash', 'id')).toBe('tensors/hash/id.safetensors');
  });

  it.each([
    [
      'frames',
      writeSafetensors(new Map([['frames', { type: 'U8', shape: [2, 2, 2], bytes: new Uint8Array(8) }]])),
    ],
    [
      'a signal without a rate',
      writeSafetensors(new Map([['signal', storedFloat32([1, 2], new Float32Array(2))]])),
    ],
    [
      'a signal of one dimension',
      writeSafetensors(
        new Map([['signal', storedFloat32([2], new Float32Array(2))]]),
        new Map([['rate', '500']]),
      ),
    ],
    ['bytes', Buffer.from('hello')],
  ])('refuse %s', (_, bytes) => {
    expect(() => readSignal(bytes)).toThrow(expect.objectContaining({ reason: 'weights_invalid' }));
  });
});
