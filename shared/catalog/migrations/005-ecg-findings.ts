import type { Migration } from '../migrate.ts';

/** Signal quality, classical measurements and explanations of electrocardiograms. */
export const migration: Migration = {
  version: 5,
  name: 'ecg-findings',
  statements: [],
};
