import type { Migration } from '../migrate.ts';

/** Which model, preprocessing, code and input a row of results comes from. */
const provenance = `
      model_name text not null,
      model_version text not null,
      preprocessing_hash text not null,
      code_version text not null,
      input_version text not null`;

const mapped = (name: string) => `${name} text not null check (${name} in ('a2c', 'a4c', 'plax', 'other'))`;

/**
 * Views, chambers and measurements of echo instances, one schema a step as the published system has them. Nothing is
 * guessed silently: what was assumed where a header says nothing is in `measurement.instances.defaults`.
 */
export const migration: Migration = {
  version: 4,
  name: 'echo-results',
  statements: [
    'create schema classification',
    'create schema segmentation',
    'create schema measurement',

    // Two views are segmented by two nets, each with a model in force.
    'alter table registry.models drop constraint models_task_check',
    `alter table registry.models add constraint models_task_check
      check (task in ('ecg', 'views', 'segmentation-a4c', 'segmentation-a2c'))`,

    `create table classification.frames (
      recording_id uuid not null references catalog.recordings,
      model_name text not null,
      model_version text not null,
      preprocessing_hash text not null,
      -- Counted from 0 as stored in the file.
      frame int not null,
      -- View to probability, three decimals.
      probabilities jsonb not null,
      primary key (recording_id, model_name, model_version, preprocessing_hash, frame)
    )`,
    `create table classification.predictions (
      recording_id uuid not null references catalog.recordings,${provenance},
      -- The most probable of the net's views.
      view text not null,
      -- View to mean probability over the frames looked at, three decimals.
      probabilities jsonb not null,
      frames int not null,
      ${mapped('mapping_dev')},
      ${mapped('mapping_seg')},
      created_at timestamptz not null default now(),
      primary key (recording_id, model_name, model_version, preprocessing_hash)
    )`,
    'create index predictions_view on classification.predictions (view)',

    // The label masks themselves are one compressed object an instance (docs/formats.md).
    `create table segmentation.predictions (
      recording_id uuid not null references catalog.recordings,${provenance},
      view text not null check (view in ('a2c', 'a4c')),
      frames int not null,
      -- Size of a mask.
      rows int not null,
      columns int not null,
      -- Objects of the results bucket.
      mask_key text not null,
      overlay_key text not null,
      cine_key text not null,
      -- Mean over the chambers' pixels of the probability of their label; of all frames, and [frame].
      confidence double precision not null,
      frame_confidences jsonb not null,
      created_at timestamptz not null default now(),
      primary key (recording_id, model_name, model_version, preprocessing_hash)
    )`,

    // One row an instance: what its measurement was made from, and what came of it. The model is the segmentation's;
    // null where there was none to segment with or nothing to segment.
    `create table measurement.instances (
      recording_id uuid primary key references catalog.recordings,
      study_instance_uid text,
      model_name text,
      model_version text,
      preprocessing_hash text not null,
      code_version text not null,
      input_version text not null,
      view text check (view in ('a2c', 'a4c')),
      -- The figures that were used, from the header or by default (then named in defaults).
      frame_time_ms double precision,
      heart_rate double precision,
      -- Centimetres a pixel of the instance.
      spacing_x_cm double precision,
      spacing_y_cm double precision,
      -- What was assumed: an array of names (shared/echo/measurement/geometry.ts).
      defaults jsonb not null default '[]',
      -- Frames of the instance, counted from 0.
      end_diastole int,
      end_systole int,
      edv_ml double precision,
      esv_ml double precision,
      ef double precision,
      -- Standard deviation over beats; null for one beat.
      ef_spread double precision,
      la_volume_ml double precision,
      recommendation text check (recommendation in ('normal', 'greyzone', 'abnormal')),
      -- Why it, or a part of it, is not measurable: an array of names (shared/echo/measurement/unmeasurable.ts).
      reasons jsonb not null default '[]',
      -- Marks of reading the pixels: truncated, undecodable and the like.
      marks jsonb not null default '[]',
      -- The whole result, from which the study's is made without the masks.
      result jsonb,
      created_at timestamptz not null default now()
    )`,
    'create index instances_study on measurement.instances (study_instance_uid)',
    // One row a figure.
    `create table measurement.calculations (
      recording_id uuid not null references catalog.recordings,${provenance},
      -- disks: method of disks, beat by beat; area-length: the published system's way, over windows of the cine.
      method text not null check (method in ('disks', 'area-length')),
      -- Counted from 0; null for a figure of the whole cine.
      beat int,
      -- VTD(MDD-ps4), VTS(MDD-ps4), FE(MDD-ps4) in the published system's names where it has one.
      quantity text not null,
      value double precision not null,
      unit text not null,
      created_at timestamptz not null default now(),
      unique nulls not distinct (recording_id, model_name, model_version, preprocessing_hash, method, beat, quantity)
    )`,
    `create table measurement.studies (
      study_instance_uid text primary key,
      -- Instances that were looked at, and the ones that the figures are from.
      instances int not null,
      a4c_recording_id uuid references catalog.recordings,
      a2c_recording_id uuid references catalog.recordings,
      -- Null where nothing could be measured.
      method text check (method in ('biplane', 'single-plane')),
      edv_ml double precision,
      esv_ml double precision,
      ef double precision,
      ef_spread double precision,
      beats int not null,
      la_volume_ml double precision,
      recommendation text check (recommendation in ('normal', 'greyzone', 'abnormal')),
      reasons jsonb not null default '[]',
      defaults jsonb not null default '[]',
      result jsonb,
      code_version text not null,
      changed_at timestamptz not null default now()
    )`,

    // The published system's table of calculations: the figures of a whole cine by its method, a recommendation among
    // them, by the names of its files.
    `create view measurement.published_calculations as
      with figures as (
        select recording_id, quantity as measurement_name, unit as measurement_unit, value::text as measurement_value,
               created_at
        from measurement.calculations where method = 'area-length' and beat is null
        union all
        select recording_id, 'recommendation', '',
               case when value >= 60 then 'normal' when value < 40 then 'abnormal' else 'greyzone' end, created_at
        from measurement.calculations
        where method = 'area-length' and beat is null and quantity = 'FE(MDD-ps4)'
      )
      select i.study_instance_uid as study_id, i.sop_instance_uid as instance_id,
             substring(o.key from '[^/]*$') as file_name, f.created_at as date_run,
             f.measurement_name, f.measurement_unit, f.measurement_value, f.recording_id
      from figures f
      join catalog.recordings r on r.id = f.recording_id
      join catalog.objects o on o.id = r.object_id
      join echo.instances i on i.recording_id = r.id`,
  ],
};
