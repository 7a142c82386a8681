import type { Migration } from '../migrate.ts';

/**
 * Uploaded labels, ground truth and evaluations.
 *
 * A label table is an object like any other; its rows are kept for each version of it. What is true of a recording is
 * never copied: the views below join the newest complete version of each table with the recordings that lie below the
 * table's folder and bear the record's name, so that tables and recordings may come in any order, again and anew.
 */
export const migration: Migration = {
  version: 6,
  name: 'labels',
  statements: [
    // The name by which a label table knows a recording: its file's, without folder and extension.
    `create function catalog.record_name(key text) returns text
      language sql immutable as $body$
        select regexp_replace(regexp_replace(key, '^.*/', ''), '[.][[:alnum:]_]{1,5}$', '')
      $body$`,
    // The first folder of a key with its slash; '/' for a key that lies in none.
    `create function catalog.top_folder(key text) returns text
      language sql immutable as $body$
        select coalesce(substring(key from '^[^/]*/'), '/')
      $body$`,
    `create index objects_record_name on catalog.objects (catalog.record_name(key))
      where kind in ('wfdb-header', 'pe-xml')`,
    `create index objects_top_folder on catalog.objects (catalog.top_folder(key)) where kind = 'wfdb-header'`,

    `create table ecg.label_sets (
      object_id bigint primary key references catalog.objects,
      -- The classes of which the table says for each record whether they are true; null for a list of diagnoses, where
      -- what is not named is not true.
      classes jsonb,
      records int not null,
      -- Null until all of its rows are stored.
      complete_at timestamptz
    )`,
    `create table ecg.labels (
      object_id bigint not null references ecg.label_sets,
      record text not null,
      -- What is true of the record, as written.
      present jsonb not null,
      primary key (object_id, record)
    )`,
    'create index labels_record on ecg.labels (record)',
    `create view ecg.current_label_sets as
      select distinct on (o.bucket, o.key)
             s.object_id, o.bucket, o.key, regexp_replace(o.key, '[^/]*$', '') as folder, s.classes, s.records
      from ecg.label_sets s join catalog.objects o on o.id = s.object_id
      where s.complete_at is not null
      order by o.bucket, o.key, o.sequencer collate "C" desc, o.id desc`,
    // Which record of which table a recording is.
    `create view ecg.labelled_recordings as
      select r.id as recording_id, s.object_id, s.key as data_set, o.key, l.present
      from ecg.current_label_sets s
      join ecg.labels l on l.object_id = s.object_id
      join catalog.objects o on catalog.record_name(o.key) = l.record and o.kind in ('wfdb-header', 'pe-xml')
        and o.bucket = s.bucket and starts_with(o.key, s.folder)
      join catalog.recordings r on r.object_id = o.id
      union all
      select r.id, r.object_id, catalog.top_folder(o.key), o.key, r.facts -> 'diagnoses'
      from catalog.recordings r join catalog.objects o on o.id = r.object_id
      where o.kind = 'wfdb-header' and jsonb_array_length(r.facts -> 'diagnoses') > 0`,

    'drop table ecg.ground_truths',
    // What is true of a recording and which object says so: a label table, or the recording's own header (#Dx).
    `create view ecg.ground_truths as
      select l.recording_id, l.object_id, label.value as label
      from ecg.labelled_recordings l, lateral jsonb_array_elements_text(l.present) as label(value)`,

    `create table registry.evaluations (
      id uuid primary key,
      domain text not null check (domain in ('ecg', 'echo')),
      -- Key of a label table, or a folder (ending in a slash) whose recordings carry their own labels.
      data_set text not null,
      model_name text not null,
      model_version text not null,
      state text not null check (state in ('requested', 'submitted', 'finished', 'failed')),
      reason text,
      detail text,
      job_id text,
      -- How many recordings it is of.
      recordings int,
      -- Its page in the results bucket.
      report_key text,
      created_at timestamptz not null default now(),
      changed_at timestamptz not null default now()
    )`,
    `create unique index evaluations_requested on registry.evaluations (domain, data_set, model_name, model_version)
      where state = 'requested'`,
    'create index evaluations_data_set on registry.evaluations (domain, data_set, changed_at)',

    // Against what a model that comes into force is to be held: every label table, and the folders in which recordings
    // with labels of their own wait for it.
    `create view registry.data_sets as
      select 'ecg' as domain, key as data_set from ecg.current_label_sets
      union
      select 'ecg', catalog.top_folder(o.key)
      from catalog.recordings r join catalog.objects o on o.id = r.object_id
      where r.state = 'ready' and r.modality = 'ecg' and o.kind = 'wfdb-header'
        and jsonb_array_length(r.facts -> 'diagnoses') > 0`,

    // The recordings of a data set, the newest of each key: on their way, or scored (by this model or by another).
    `create function ecg.evaluated_recordings(of_data_set text, of_model text, of_version text)
      returns table (recording_id uuid, key text, state text, scored boolean, present jsonb)
      language sql stable as $body$
        select distinct on (l.key) l.recording_id, l.key, r.state,
               exists (select 1 from ecg.predictions p
                       where p.recording_id = r.id and p.model_name = of_model and p.model_version = of_version),
               l.present
        from ecg.labelled_recordings l
        join catalog.recordings r on r.id = l.recording_id
        join catalog.objects o on o.id = r.object_id
        where l.data_set = of_data_set and r.state in ('ready', 'dispatched', 'scored')
        order by l.key, o.sequencer collate "C" desc, r.created_at desc, r.id
      $body$`,

    'drop table ecg.evaluations',
    `create table ecg.evaluations (
      evaluation_id uuid not null references registry.evaluations,
      -- Folder of the source database within the data set; null for all recordings together.
      source text,
      metric text not null,
      -- Null for a figure of all classes together.
      label text,
      -- Null where the figure is not defined on these recordings.
      value double precision,
      -- The bounds of a 95 % interval, where there is one.
      low double precision,
      high double precision,
      unique nulls not distinct (evaluation_id, source, metric, label)
    )`,
  ],
};
