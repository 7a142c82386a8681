import type { Migration } from '../migrate.ts';

/** Ground truth from Xcelera exports. */
export const migration: Migration = {
  version: 7,
  name: 'xcelera',
  statements: [],
};
