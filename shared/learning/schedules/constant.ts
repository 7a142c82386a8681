import type { Schedule } from './schedule.ts';

/** The base rate throughout. */
export const constant: Schedule = () => 1;
