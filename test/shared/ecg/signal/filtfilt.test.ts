import { describe, expect, it } from 'vitest';
import { butterworth } from '../../../../shared/ecg/signal/butterworth.ts';
import { filtfilt } from '../../../../shared/ecg/signal/filtfilt.ts';
import { notch } from '../../../../shared/ecg/signal/notch.ts';
import { steadyState } from '../../../../shared/ecg/signal/steady-state.ts';

const filters = {
  'second order': notch(50, 50, 500),
  'eighth order': butterworth(4, { type: 'bandpass', low: 0.5, high: 40 }, 500),
};

describe.each(Object.entries(filters))('filtfilt, %s', (_, design) => {
  const length = 10_000;
  const signal = (k: number) =>
    Float64Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * (5 + k) * i) / 500) + k + i / length);

  it('treats every signal of a batch as it treats it alone', () => {
    const filter = filtfilt(design);
    const count = 7;
    const together = new Float64Array(count * length);
    for (let k = 0; k < count; k++) together.set(signal(k), k * length);
    filter.apply(together, length);
    for (let k = 0; k < count; k++) {
      const alone = signal(k);
      filtfilt(design).apply(alone, length);
      expect(together.slice(k * length, (k + 1) * length)).toEqual(alone);
    }
  });

  it('has no phase: a reversed signal comes out reversed', () => {
    const forward = signal(2);
    const backward = forward.slice().reverse();
    filtfilt(design).apply(forward, length);
    filtfilt(design).apply(backward, length);
    backward.reverse();
    // Away from the ends, whose transients are those of a 0.5 Hz corner.
    for (let i = 4000; i < 6000; i++) expect(Math.abs(forward[i]! - backward[i]!)).toBeLessThan(1e-3);
  });

  it('refuses signals that are no longer than its padding', () => {
    const filter = filtfilt(design);
    expect(() => filter.apply(new Float64Array(filter.padding), filter.padding)).toThrow(RangeError);
  });
});

describe('steadyState', () => {
  it('keeps a filter at rest under a constant', () => {
    const { b, a } = butterworth(3, { type: 'lowpass', high: 30 }, 500);
    const state = steadyState({ b, a });
    const y = b[0]! + state[0]!;
    expect(y).toBeCloseTo(1, 12);
    for (let k = 0; k < 3; k++)
      expect(b[k + 1]! + (state[k + 1] ?? 0) - a[k + 1]! * y).toBeCloseTo(state[k]!, 12);
  });
});
