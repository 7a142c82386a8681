/**
 * The catalog: every uploaded object version, the recordings made of them, the runs that score them.
 *
 * States of a recording and the only ways between them (each update names the state it leaves):
 *
 *     waiting -> ready | rejected          ready -> dispatched | scored | rejected | failed
 *     dispatched -> ready | scored | rejected | failed
 *     rejected (half_absent) -> ready      when the other half comes after all
 */
export const migration = {
  version: 1,
  name: 'catalog',
  statements: [
    'create schema if not exists catalog',
    'create schema raw',
    'create schema ecg',
    'create schema echo',

    `create table catalog.objects (
      id bigint generated always as identity primary key,
      bucket text not null,
      key text not null,
      version_id text not null,
      -- S3's sequencer, left-padded: events of one key compare as text.
      sequencer text not null,
      size bigint not null,
      etag text not null,
      kind text not null,
      state text not null check (state in ('waiting', 'indexed', 'duplicate', 'rejected')),
      reason text,
      detail text,
      received_at timestamptz not null default now(),
      noted_at timestamptz,
      unique (bucket, key, version_id),
      check ((state = 'rejected') = (reason is not null))
    )`,
    `create index objects_waiting on catalog.objects (received_at) where state = 'waiting'`,
    `create index objects_unnoted on catalog.objects (id) where state = 'rejected' and noted_at is null`,

    `create table catalog.recordings (
      id uuid primary key,
      modality text not null check (modality in ('ecg', 'echo')),
      format text not null,
      object_id bigint not null references catalog.objects,
      -- The signal objects of a WFDB record in the order of its header; null while they are awaited.
      signal_ids bigint[],
      -- What the header said: rate, samples, leads, age, sex, diagnoses; for echo see echo.instances.
      facts jsonb not null,
      state text not null
        check (state in ('received', 'waiting', 'ready', 'dispatched', 'scored', 'rejected', 'failed')),
      reason text,
      detail text,
      lane text check (lane in ('edge', 'batch')),
      run_id uuid,
      attempts int not null default 0,
      -- Hash of the preprocessing whose tensors lie in the work bucket (the Batch lane).
      prepared text,
      created_at timestamptz not null default now(),
      ready_at timestamptz,
      dispatched_at timestamptz,
      finished_at timestamptz,
      noted_at timestamptz,
      unique nulls not distinct (object_id, signal_ids),
      check ((state in ('rejected', 'failed')) = (reason is not null))
    )`,
    `create index recordings_ready on catalog.recordings (modality, ready_at) where state = 'ready'`,
    `create index recordings_waiting on catalog.recordings (created_at) where state = 'waiting'`,
    `create index recordings_run on catalog.recordings (run_id) where state = 'dispatched'`,
    `create index recordings_unnoted on catalog.recordings (id)
      where state in ('rejected', 'failed') and noted_at is null`,

    // Which keys a header asks for; the newest version at that key is taken.
    `create table catalog.wanted_signals (
      header_id bigint not null references catalog.objects,
      position int not null,
      bucket text not null,
      key text not null,
      -- Lengths that agree with the header; null where it does not say how many samples there are.
      minimum_bytes bigint,
      maximum_bytes bigint,
      primary key (header_id, position)
    )`,
    'create index wanted_signals_key on catalog.wanted_signals (bucket, key)',

    `create table catalog.runs (
      id uuid primary key,
      state text not null check (state in ('claimed', 'submitted', 'finished', 'abandoned')),
      modality text not null,
      recordings int not null,
      preprocess_job text,
      infer_job text,
      created_at timestamptz not null default now(),
      finished_at timestamptz
    )`,
    `create index runs_open on catalog.runs (created_at) where state in ('claimed', 'submitted')`,

    // The last state of each Batch job that was heard of; a final state is never left.
    `create table catalog.jobs (
      job_id text primary key,
      run_id uuid,
      program text not null,
      state text not null,
      reason text,
      changed_at timestamptz not null
    )`,

    // One row an instance: usal_echo's raw.metadata had one a tag, which is what the view below shows.
    `create table raw.documents (
      object_id bigint primary key references catalog.objects,
      tags jsonb not null
    )`,
    `create view raw.metadata as
      select substring(o.key from '^(.*)/[^/]*$') as dirname,
             substring(o.key from '[^/]*$') as filename,
             tag ->> 0 as tag1, tag ->> 1 as tag2, tag ->> 2 as value,
             d.object_id
      from raw.documents d
      join catalog.objects o on o.id = d.object_id,
      lateral jsonb_array_elements(d.tags) as tag`,

    `create table echo.instances (
      recording_id uuid primary key references catalog.recordings,
      sop_class_uid text,
      sop_instance_uid text,
      study_instance_uid text,
      series_instance_uid text,
      modality text,
      transfer_syntax_uid text,
      photometric_interpretation text,
      rows int,
      columns int,
      number_of_frames int,
      -- Whole frames that are there, where that is known before decoding.
      whole_frames int,
      frame_time_ms double precision,
      cine_rate double precision,
      heart_rate double precision,
      samples_per_pixel int,
      bits_allocated int,
      bits_stored int,
      pixel_representation int,
      planar_configuration int,
      ultrasound_color_data_present int,
      -- Of the first ultrasound region; all of them are in regions.
      region_spatial_format int,
      region_location_min_x0 int,
      region_location_min_y0 int,
      physical_delta_x double precision,
      physical_delta_y double precision,
      physical_units_x int,
      physical_units_y int,
      regions jsonb not null default '[]',
      acquisition_date_time text,
      instance_creation_date text,
      manufacturer_model_name text,
      -- What was put right or is doubtful (shared/echo/dicom/instance.ts, marks).
      marks jsonb not null default '[]'
    )`,
    'create index instances_study on echo.instances (study_instance_uid)',

    // An ECG's scores, one row a label.
    `create table ecg.predictions (
      recording_id uuid not null references catalog.recordings,
      model_name text not null,
      model_version text not null,
      preprocessing_hash text not null,
      label text not null,
      probability double precision not null,
      threshold double precision not null,
      positive boolean not null,
      code_version text not null,
      input_version text not null,
      created_at timestamptz not null default now(),
      primary key (recording_id, model_name, model_version, preprocessing_hash, label)
    )`,
    'create index predictions_label on ecg.predictions (label, probability)',
    `create table ecg.ground_truths (
      recording_id uuid not null references catalog.recordings,
      source text not null,
      label text not null,
      primary key (recording_id, source, label)
    )`,
    `create table ecg.evaluations (
      id bigint generated always as identity primary key,
      model_name text not null,
      model_version text not null,
      data_set text not null,
      metric text not null,
      label text,
      value double precision,
      low double precision,
      high double precision,
      created_at timestamptz not null default now()
    )`,
  ],
};
