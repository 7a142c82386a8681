/** Models, the runs that trained them, and what those runs measured. */
export const migration = {
  version: 2,
  name: 'registry',
  statements: [
    'create schema registry',
    `create table registry.models (
      name text not null,
      version text not null,
      -- What it answers: ecg (diagnoses), views, segmentation.
      task text not null check (task in ('ecg', 'views', 'segmentation')),
      -- Folder in the models bucket.
      prefix text not null,
      card jsonb not null,
      run_id uuid,
      created_at timestamptz not null default now(),
      promoted_at timestamptz,
      primary key (name, version)
    )`,
    // The newest promotion of a task is the one in force; older ones stay as history.
    'create index models_promoted on registry.models (task, promoted_at desc) where promoted_at is not null',
    `create table registry.runs (
      id uuid primary key,
      name text not null,
      experiment jsonb not null,
      object_id bigint references catalog.objects,
      state text not null check (state in ('requested', 'submitted', 'running', 'finished', 'failed')),
      reason text,
      detail text,
      job_id text,
      epoch int,
      created_at timestamptz not null default now(),
      changed_at timestamptz not null default now()
    )`,
    `create index runs_requested on registry.runs (created_at) where state = 'requested'`,
    `create table registry.metrics (
      run_id uuid not null references registry.runs,
      epoch int not null,
      metric text not null,
      value double precision not null,
      primary key (run_id, epoch, metric)
    )`,
  ],
};
