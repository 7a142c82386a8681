import type { Migration } from '../migrate.ts';

/** Recordings that are scored again: their earlier rounds, and rows of results that are replaced. */
export const migration: Migration = {
  version: 10,
  name: 'rounds',
  statements: [
    // A recording's own row tells of the round that came last. A round is here once another began, or once it gave a
    // recording back to the scores that it had.
    `create table catalog.rounds (
      recording_id uuid not null references catalog.recordings,
      ready_at timestamptz not null,
      dispatched_at timestamptz,
      finished_at timestamptz not null,
      state text not null check (state in ('scored', 'rejected', 'failed')),
      reason text,
      detail text,
      lane text check (lane in ('edge', 'batch')),
      run_id uuid,
      primary key (recording_id, ready_at),
      check ((state <> 'scored') = (reason is not null))
    )`,

    // A study's row is made of its instances' rows as they were at that time: it is new when their revisions add up.
    'alter table measurement.instances add column revision int not null default 1',
    'alter table measurement.studies add column revisions bigint',
    'update measurement.studies set revisions = instances',
    'alter table measurement.studies alter column revisions set not null',

    // The view that waits for a model, by which those are found that it can be measured with.
    `update measurement.instances m set view = c.mapping_seg
     from classification.predictions c
     where c.recording_id = m.recording_id and m.reasons @> '["no_model"]' and c.mapping_seg in ('a2c', 'a4c')`,
    `create index instances_no_model on measurement.instances (view) where reasons @> '["no_model"]'`,
  ],
};
