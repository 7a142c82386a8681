import { SystoleError } from '../errors.ts';
import { fromFloat16, toFloat16 } from './float16.ts';

/** Bytes of one element, by the names that safetensors gives the types. */
export const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type ElementType = keyof typeof elementBytes;

/** A tensor as it lies in a file: row-major, little endian. */
export interface StoredTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** May be gathered from the file at each access; ask once. */
  readonly bytes: Uint8Array;
}

/**
 * The number of elements of a shape; 1 for a scalar.
 * @throws SystoleError weights_invalid when a dimension is no whole number from 0 up, or the product is unsafe.
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw new SystoleError('weights_invalid', `A tensor has a dimension of ${dimension}.`);
    }
    count *= dimension;
  }
  // Checked at the end as well as by factor: [2^40, 2^40, 0] is 0 elements and no lie.
  if (!Number.isSafeInteger(count)) throw new SystoleError('weights_invalid', 'A tensor is too large.');
  return count;
}

/** The values in single precision; whatever the type, row-major. Integers above 2^24 are rounded. */
export function float32Values(tensor: StoredTensor): Float32Array {
  const { bytes, type } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(elementCount(tensor.shape));
  const width = elementBytes[type];
  const read = readers[type];
  for (let i = 0; i < values.length; i++) values[i] = read(view, i * width);
  return values;
}

/** Values in single precision as a tensor to be stored. */
export function storedFloat32(shape: readonly number[], values: Float32Array): StoredTensor {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i]!, true);
  return { type: 'F32', shape, bytes };
}

/** Values rounded to half precision as a tensor to be stored. */
export function storedFloat16(shape: readonly number[], values: Float32Array): StoredTensor {
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setUint16(i * 2, toFloat16(values[i]!), true);
  return { type: 'F16', shape, bytes };
}

const bfloat16 = new DataView(new ArrayBuffer(4));

const readers: Record<ElementType, (view: DataView, offset: number) => number> = {
  F64: (view, offset) => view.getFloat64(offset, true),
  F32: (view, offset) => view.getFloat32(offset, true),
  F16: (view, offset) => fromFloat16(view.getUint16(offset, true)),
  BF16: (view, offset) => {
    bfloat16.setUint32(0, view.getUint16(offset, true) << 16);
    return bfloat16.getFloat32(0);
  },
  I64: (view, offset) => Number(view.getBigInt64(offset, true)),
  I32: (view, offset) => view.getInt32(offset, true),
  I16: (view, offset) => view.getInt16(offset, true),
  I8: (view, offset) => view.getInt8(offset),
  U64: (view, offset) => Number(view.getBigUint64(offset, true)),
  U32: (view, offset) => view.getUint32(offset, true),
  U16: (view, offset) => view.getUint16(offset, true),
  U8: (view, offset) => view.getUint8(offset),
  BOOL: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1),
};
