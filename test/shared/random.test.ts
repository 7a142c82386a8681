import { describe, expect, it } from 'vitest';
import { Random } from '../../shared/random.ts';

const draw = (n: number, next: () => number) => Array.from({ length: n }, next);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('Random', () => {
  it('yields the same numbers for the same seed', () => {
    const a = new Random(7);
    const b = new Random(7);
    expect(draw(5, () => a.uniform())).toEqual(draw(5, () => b.uniform()));
  });

  it('separates named streams', () => {
    expect(Random.named(1, 'a').uniform()).not.toBe(Random.named(1, 'b').uniform());
    expect(Random.named(1, 'a').uniform()).not.toBe(Random.named(2, 'a').uniform());
  });

  it('draws normal, gamma and beta numbers with the moments of their distributions', () => {
    const random = new Random(1);
    const normal = draw(20_000, () => random.normal());
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((x) => x * x))).toBeCloseTo(1, 1);
    expect(mean(draw(20_000, () => random.gamma(2.5)))).toBeCloseTo(2.5, 1);
    const beta = draw(20_000, () => random.beta(0.2, 0.2));
    expect(mean(beta)).toBeCloseTo(0.5, 1);
    // Variance of Beta(a, a) is 1 / (4 (2a + 1)).
    expect(mean(beta.map((x) => (x - 0.5) ** 2))).toBeCloseTo(1 / (4 * 1.4), 2);
    expect(beta.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  it('permutes', () => {
    const order = new Random(3).permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
