import { vectorKernel } from '../vector-kernel.ts';
import { signalKernelProgram } from './signal-kernel-program.ts';

/** The functions of kernel/signals.c. */
interface SignalFunctions {
  separate(from: number, signals: number, frames: number, to: number, sums: number, smallest: number): number;
  filtfilt(
    signals: number,
    wide: number,
    length: number,
    rows: number,
    filter: number,
    order: number,
    padding: number,
  ): void;
}

/** Sixteen megabytes: ten seconds at a thousand a second are filtered in half of one. */
const mostKept = 1 << 24;

/** The inner loops over the samples of electrocardiograms. */
export const signalKernel = vectorKernel<SignalFunctions>(signalKernelProgram, mostKept);
