import { describe, expect, it } from 'vitest';
import { alwaysOnMonth, idleMonth, thousand, total, workingMonth } from '../../../cli/cost/estimate.ts';
import { pricesByRegion } from '../../../cli/cost/prices.ts';

const prices = pricesByRegion['us-east-1']!;

describe('cost estimate', () => {
  it('is under 15 dollars for an idle month without endpoints', () => {
    expect(total(idleMonth(prices, 'public'))).toBeLessThan(15);
  });

  it('is under 5 cents for 1000 ECGs by the edge', () => {
    expect(total(thousand(prices, 'ecg'))).toBeLessThan(0.05);
  });

  it('is under 5 dollars for 1000 echo cines by Batch', () => {
    expect(total(thousand(prices, 'echo'))).toBeLessThan(5);
  });

  it('counts endpoints by zone', () => {
    const endpoints = (network: 'public' | 'isolated-1az' | 'isolated-2az') =>
      idleMonth(prices, network).find(({ item }) => item === 'Interface endpoints')?.cost;
    expect(endpoints('public')).toBeUndefined();
    expect(endpoints('isolated-1az')).toBeCloseTo(7 * 730 * 0.01);
    expect(endpoints('isolated-2az')).toBeCloseTo(2 * 7 * 730 * 0.01);
  });

  it('grows with the work, and no item is negative', () => {
    const some = workingMonth(prices, { ecg: 10, echo: 1 });
    const more = workingMonth(prices, { ecg: 100, echo: 10 });
    expect(total(more)).toBeGreaterThan(total(some));
    for (const { cost } of [...some, ...more]) expect(cost).toBeGreaterThan(0);
  });

  it('awakens the database at most as long as files come', () => {
    const flood = workingMonth(prices, { ecg: 1e6, echo: 0 });
    const awake = flood.find(({ item }) => item === 'Database awake')!;
    expect(awake.cost).toBeCloseTo(30.4 * 10 * 0.5 * 0.12);
  });

  it('names what is always on with its hours', () => {
    expect(total(alwaysOnMonth(prices))).toBeCloseTo(730 * (3.06 + 0.29));
  });
});
