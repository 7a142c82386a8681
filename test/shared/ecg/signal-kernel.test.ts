import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../shared/ecg/formats/wfdb/read-signals.ts';
import { butterworth, type TransferFunction } from '../../../shared/ecg/signal/butterworth.ts';
import { filtfilt } from '../../../shared/ecg/signal/filtfilt.ts';
import { notch } from '../../../shared/ecg/signal/notch.ts';
import { steadyState } from '../../../shared/ecg/signal/steady-state.ts';
import { signalKernel } from '../../../shared/ecg/signal-kernel.ts';
import { Random } from '../../../shared/random.ts';
import { seeds } from '../../seeds.ts';

/** What filtfilt promises of one signal, in plain loops. */
function slowly({ b, a }: TransferFunction, signal: ArrayLike<number>): Float64Array {
  const order = a.length - 1;
  const padding = 3 * (order + 1);
  const last = signal.length - 1;
  const extended = Float64Array.from({ length: signal.length + 2 * padding }, (_, i) => {
    const at = i - padding;
    if (at < 0) return 2 * signal[0]! - signal[-at]!;
    return at > last ? 2 * signal[last]! - signal[2 * last - at]! : signal[at]!;
  });
  // Forward, then backward.
  for (let direction = 0; direction < 2; direction++) {
    const state = steadyState({ b, a }).map((rest) => rest * extended[0]!);
    for (let i = 0; i < extended.length; i++) {
      const x = extended[i]!;
      const y = b[0]! * x + state[0]!;
      for (let k = 1; k < order; k++) state[k - 1] = b[k]! * x + state[k]! - a[k]! * y;
      state[order - 1] = b[order]! * x - a[order]! * y;
      extended[i] = y;
    }
    extended.reverse();
  }
  return extended.slice(padding, padding + signal.length);
}

const designs: readonly (readonly [string, TransferFunction])[] = [
  ['a notch', notch(50, 50, 500)],
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((order) => [
    [`a low-pass of order ${order}`, butterworth(order, { type: 'lowpass', high: 40 }, 500)] as const,
    [
      `a band-pass of order ${order}`,
      butterworth(order, { type: 'bandpass', low: 5, high: 40 }, 500),
    ] as const,
  ]),
];

describe('the filters of the kernel', () => {
  it.each(designs)('are plain loops, bit for bit: %s', (_, design) => {
    const random = new Random(7);
    for (const count of [1, 4, 6])
      for (const form of [Float32Array, Float64Array]) {
        const length = 3 * design.a.length + 200 + count;
        const signals = new form(count * length).map(() => random.normal());
        const expected = new form(count * length);
        for (let k = 0; k < count; k++)
          expected.set(slowly(design, signals.subarray(k * length, (k + 1) * length)), k * length);
        filtfilt(design).apply(signals, length);
        expect(signals).toEqual(expected);
      }
  });

  it('take memory of their own for a signal of an hour', () => {
    const long = new Float32Array(500 * 3600).map((_, i) => Math.sin(i / 9));
    const design = butterworth(2, { type: 'lowpass', high: 40 }, 500);
    const expected = Float32Array.from(slowly(design, long));
    filtfilt(design).apply(long, long.length);
    expect(Buffer.compare(Buffer.from(long.buffer), Buffer.from(expected.buffer))).toBe(0);
    signalKernel.run([16], (_, memory) => expect(memory.byteLength).toBeLessThan(1 << 25));
  });
});

describe('taking samples apart', () => {
  it.each(seeds)('is a plain loop for any number of signals (seed %i)', (seed) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        fc.boolean(),
        (signals, frames, noise, marked) => {
          const random = new Random(noise >>> 0);
          const values = Int16Array.from({ length: signals * frames }, () => random.integer(65_535) - 32_767);
          if (marked) values[random.integer(values.length)] = -32_768;
          expectApart(values, signals);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('goes through a long recording block by block', () => {
    const random = new Random(3);
    for (const signals of [2, 3, 12]) {
      const values = Int16Array.from({ length: signals * 200_001 }, () => random.integer(60_000) - 30_000);
      values[values.length - 5] = -32_768;
      expectApart(values, signals);
    }
  });
});

/** Reads values as a record of format 16 with right checksums. */
function expectApart(values: Int16Array, signals: number): void {
  const frames = values.length / signals;
  const leads = Array.from({ length: signals }, (_, k) =>
    Int16Array.from({ length: frames }, (_, i) => values[i * signals + k]!),
  );
  const lines = leads.map((lead) => {
    const sum = lead.reduce((all, value) => (all + value) & 0xffff, 0);
    return `r.dat 16 200 16 0 ${lead[0]} ${sum}`;
  });
  const header = parseHeader(Buffer.from(`r ${signals} 500 ${frames}\n${lines.join('\n')}\n`));
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const recording = readSignals(header, new Map([['r.dat', bytes]]));
  for (const [k, lead] of leads.entries()) {
    const expected = Float32Array.from(lead, (value) => (value === -32_768 ? Number.NaN : value));
    const { buffer, byteOffset, byteLength } = recording.leads[k]!.samples;
    expect(Buffer.compare(Buffer.from(buffer, byteOffset, byteLength), Buffer.from(expected.buffer))).toBe(0);
  }
}
