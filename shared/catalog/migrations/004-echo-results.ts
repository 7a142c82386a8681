import type { Migration } from '../migrate.ts';

/** Views, chambers and measurements of echo instances. */
export const migration: Migration = {
  version: 4,
  name: 'echo-results',
  statements: [],
};
