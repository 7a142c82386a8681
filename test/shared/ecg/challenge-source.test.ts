import { expect, it } from 'vitest';
import { challengeSource } from '../../../shared/ecg/challenge-source.ts';

it.each([
  ['A0001', 'CPSC'],
  ['Q0002', 'CPSC-Extra'],
  ['I0075', 'INCART'],
  ['S0001', 'PTB'],
  ['HR06000', 'PTB-XL'],
  ['E07500', 'Georgia'],
  ['JS00001', 'Chapman-Shaoxing'],
  ['JS10646', 'Chapman-Shaoxing'],
  ['JS10647', 'Ningbo'],
  ['PX00103', undefined],
  ['A00010', undefined],
])('%s is of %s', (record, source) => {
  expect(challengeSource(record)).toBe(source);
});
