import type { Mat4Type } from '../mat4.ts';
import { format8 } from './format8.ts';
import { format16 } from './format16.ts';
import { format24 } from './format24.ts';
import { format32 } from './format32.ts';
import { format61 } from './format61.ts';
import { format80 } from './format80.ts';
import { format160 } from './format160.ts';
import { format212 } from './format212.ts';
import { format310 } from './format310.ts';
import { format311 } from './format311.ts';
import type { SampleFormat } from './sample-format.ts';

/** Every storage format of signal(5) that Systole reads and writes, by its number. */
export const sampleFormats: ReadonlyMap<number, SampleFormat> = new Map(
  [format8, format16, format24, format32, format61, format80, format160, format212, format310, format311].map(
    (format) => [format.code, format],
  ),
);

/** Formats of signal(5) that are known and not read: signals compressed with FLAC. */
export const unsupportedSampleFormats: ReadonlySet<number> = new Set([508, 516, 524]);

/** The MATLAB numbers that are the samples of a storage format, for a signal file that is a matrix. */
export const matrixTypes: ReadonlyMap<number, { readonly type: Mat4Type; readonly bigEndian: boolean }> =
  new Map([
    [16, { type: 'int16', bigEndian: false }],
    [61, { type: 'int16', bigEndian: true }],
    [80, { type: 'uint8', bigEndian: false }],
    [32, { type: 'int32', bigEndian: false }],
  ]);
