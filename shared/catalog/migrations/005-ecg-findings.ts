import type { Migration } from '../migrate.ts';

/** Signal quality, classical measurements and explanations of electrocardiograms. */
export const migration: Migration = {
  version: 5,
  name: 'ecg-findings',
  statements: [
    // One row a recording; a null has its reason in `reasons`, by the measurement's name.
    `create table ecg.measurements (
      recording_id uuid primary key references catalog.recordings,
      beats int not null,
      -- How many of them the median beat is made of, on which all but the rhythm is measured.
      beats_alike int not null,
      heart_rate double precision,
      rr_mean_ms double precision,
      rr_sd_ms double precision,
      rmssd_ms double precision,
      p_duration_ms double precision,
      pr_interval_ms double precision,
      qrs_duration_ms double precision,
      qt_interval_ms double precision,
      qtc_bazett_ms double precision,
      qtc_fridericia_ms double precision,
      qtc_framingham_ms double precision,
      qtc_hodges_ms double precision,
      qrs_axis_degrees double precision,
      reasons jsonb not null,
      -- By lead: qrs (lowest to highest point) and st (60 ms after the complex), in millivolts.
      leads jsonb not null,
      code_version text not null,
      created_at timestamptz not null default now()
    )`,
    `create table ecg.qualities (
      recording_id uuid primary key references catalog.recordings,
      verdict text not null check (verdict in ('good', 'doubtful', 'not_readable')),
      -- What is wrong with the recording as a whole: mark, leads.
      findings jsonb not null,
      leads jsonb not null,
      code_version text not null,
      created_at timestamptz not null default now()
    )`,
    `create index qualities_verdict on ecg.qualities (verdict) where verdict <> 'good'`,
    // One row a lead, of one document a recording: a twelfth of the rows to insert.
    `create view ecg.lead_quality as
      select q.recording_id, l.name as lead, l.marks, l.missing, l.constant, l.clipped,
             l.wander as wander_mv, l.mains as mains_mv, l.noise as noise_mv
      from ecg.qualities q,
      lateral jsonb_to_recordset(q.leads) as l(
        name text, marks jsonb, missing double precision, constant double precision, clipped double precision,
        wander double precision, mains double precision, noise double precision)`,
    `create table ecg.explanations (
      recording_id uuid not null references catalog.recordings,
      model_name text not null,
      model_version text not null,
      label text not null,
      logit double precision not null,
      -- Of a recording without signal; what the samples added makes up the difference.
      baseline_logit double precision not null,
      -- By lead: its share of all that was moved.
      leads jsonb not null,
      bin_seconds double precision not null,
      -- By lead: -99 to 99 for each bin from the start.
      map jsonb not null,
      code_version text not null,
      created_at timestamptz not null default now(),
      primary key (recording_id, model_name, model_version, label)
    )`,
  ],
};
