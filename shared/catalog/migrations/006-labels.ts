import type { Migration } from '../migrate.ts';

/** Uploaded labels, ground truth and evaluations. */
export const migration: Migration = {
  version: 6,
  name: 'labels',
  statements: [],
};
