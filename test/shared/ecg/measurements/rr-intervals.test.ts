import { describe, expect, it } from 'vitest';
import { rrIntervals } from '../../../../shared/ecg/measurements/rr-intervals.ts';

describe('rrIntervals', () => {
  it('has mean, deviation and successive differences in milliseconds', () => {
    // Intervals of 800, 1000 and 900 ms.
    const { mean, sd, rmssd } = rrIntervals([1, 1.8, 2.8, 3.7])!;
    expect(mean).toBeCloseTo(900, 6);
    expect(sd).toBeCloseTo(100, 6);
    expect(rmssd).toBeCloseTo(Math.sqrt((200 ** 2 + 100 ** 2) / 2), 6);
  });

  it('is not there for two beats', () => {
    expect(rrIntervals([1, 2])).toBeUndefined();
  });
});
