import type { Migration } from '../migrate.ts';

/** How often an evaluation or a training was given back because its job was lost, and what is asked for to find such. */
export const migration: Migration = {
  version: 9,
  name: 'lost-jobs',
  statements: [
    'alter table registry.evaluations add column attempts int not null default 0',
    'alter table registry.runs add column attempts int not null default 0',
    `create index evaluations_submitted on registry.evaluations (job_id) where state = 'submitted'`,
    `create index runs_submitted on registry.runs (job_id) where state in ('submitted', 'running')`,
  ],
};
