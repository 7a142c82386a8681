import type { Migration } from '../migrate.ts';

/** A raw table: the columns of the export, and what else its rows hold as `others`. */
const rawTable = (name: string, columns: string): string => `create table raw.${name} (
      object_id bigint not null references raw.exports,
      -- Of the file, counted from 1.
      line int not null,
      ${columns},
      others jsonb,
      primary key (object_id, line)
    )`;

/** A cleaned table: the rows of the newest version of each file. */
const cleanView = (name: string, columns: string): string => `create view clean.${name} as
      select e.folder, ${columns}
      from raw.${name} t join raw.exports e on e.object_id = t.object_id
      where e.state = 'current'`;

/** Two names that differ in the apical view only. */
const apical = (name: (view: string) => string, moment: string, chamber: string | null): string =>
  (['4', '2'] as const)
    .map(
      (view) =>
        `('${name(view)}', 'a${view}c', false, ${moment}, ${chamber === null ? 'null' : `'${chamber}'`})`,
    )
    .join(', ');

/** Values outside of a box plot's whiskers (1.5 interquartile ranges beyond the quartiles) are missing. */
const withinWhiskers = (column: string): string => `case when s.${column} between
        b.${column}_quartiles[1] - 1.5 * (b.${column}_quartiles[2] - b.${column}_quartiles[1]) and
        b.${column}_quartiles[2] + 1.5 * (b.${column}_quartiles[2] - b.${column}_quartiles[1])
      then s.${column} end`;

const quartiles = (column: string): string =>
  `percentile_cont(array[0.25, 0.75]) within group (order by ${column}) as ${column}_quartiles`;

/**
 * Ground truth from Xcelera exports, by the rules of usal_echo: raw rows, cleaned tables, views (which instance shows
 * what, by the measurements that were made on it), and what is true of a recording, beside what the models said.
 *
 * An export is a folder: tables join within it, and the files of one table in it are one table. The rows of a file count
 * from the statement that makes it `current`, and then those of its older versions no longer do. What is dear to join is
 * materialised and refreshed in that same transaction; the rest are views, which are always as new as their tables.
 */
export const migration: Migration = {
  version: 7,
  name: 'xcelera',
  statements: [
    `create table raw.exports (
      object_id bigint primary key references catalog.objects,
      -- With its slash; '/' for the root of the bucket. The data set of evaluations.
      folder text not null,
      -- Known once it is read.
      table_name text,
      run_id uuid not null references catalog.runs,
      attempts int not null default 1,
      state text not null check (state in ('claimed', 'current', 'superseded', 'refused')),
      rows bigint,
      changed_at timestamptz not null default now()
    )`,
    `create index objects_exports on catalog.objects (id) where kind = 'xcelera'`,

    rawTable(
      'measurement_abstract_rpt',
      'studyidk bigint, measabstractnumber bigint, name text, unitname text',
    ),
    rawTable(
      'a_measgraphref',
      `studyidk bigint, measabstractnumber bigint, instanceidk bigint, indexinmglist bigint,
      value double precision, srinstanceidk bigint, imagesopinstanceuid text, measurementuid text`,
    ),
    rawTable('a_measgraphic', 'instanceidk bigint, indexinmglist bigint, frame bigint'),
    rawTable(
      'a_modvolume',
      `instanceidk bigint, indexinmglist bigint, chordsequence bigint, chordtype text,
      x1coordinate double precision, y1coordinate double precision,
      x2coordinate double precision, y2coordinate double precision`,
    ),
    'create index a_modvolume_instance on raw.a_modvolume (instanceidk, indexinmglist)',
    rawTable(
      'instance_filename',
      'instancedbkey bigint, seriesdbkey bigint, instancefilename text, sopinstanceuid text',
    ),
    rawTable(
      'dm_spain_view_study_summary',
      `studyidk bigint, age double precision, patientweight double precision, patientheight double precision,
      gender text, findingcode text, equipment text`,
    ),
    rawTable('a_instance', 'instanceidk bigint, sopinstanceuid text, studyseriesidk bigint'),
    rawTable('a_studyseries', 'studyseriesidk bigint, studyinstanceidk bigint'),

    'create schema clean',
    cleanView(
      'measurement_abstract_rpt',
      `t.studyidk, t.measabstractnumber, trim(t.name) as name, trim(t.unitname) as unitname`,
    ),
    cleanView(
      'a_measgraphref',
      `t.studyidk, t.measabstractnumber, coalesce(t.instanceidk, -1) as instanceidk, t.indexinmglist, t.value,
       t.srinstanceidk, t.imagesopinstanceuid, t.measurementuid`,
    ),
    cleanView('a_measgraphic', 't.instanceidk, t.indexinmglist, t.frame'),
    cleanView(
      'a_modvolume',
      `t.instanceidk, t.indexinmglist, t.chordsequence, trim(t.chordtype) as chordtype,
       t.x1coordinate, t.y1coordinate, t.x2coordinate, t.y2coordinate`,
    ),
    cleanView(
      'instance_filename',
      `t.instancedbkey as instanceidk, t.seriesdbkey, trim(t.instancefilename) as instancefilename,
       trim(t.sopinstanceuid) as sopinstanceuid`,
    ),
    cleanView('a_instance', 't.instanceidk, trim(t.sopinstanceuid) as sopinstanceuid, t.studyseriesidk'),
    cleanView('a_studyseries', 't.studyseriesidk, t.studyinstanceidk'),
    // The published system marks what is missing with -1 and outliers with 1, and computes with both; here they are null.
    `create view clean.dm_spain_view_study_summary as
      with s as (
        select e.folder, t.* from raw.dm_spain_view_study_summary t join raw.exports e on e.object_id = t.object_id
        where e.state = 'current'
      ), b as (
        select folder, ${quartiles('age')}, ${quartiles('patientweight')}, ${quartiles('patientheight')}
        from s group by folder
      ), within as (
        select s.folder, s.studyidk, ${withinWhiskers('age')} as age, ${withinWhiskers('patientweight')} as patientweight,
               ${withinWhiskers('patientheight')} as patientheight,
               coalesce(nullif(trim(s.gender), ''), 'U') as gender,
               regexp_split_to_array(trim(s.findingcode), '\\s*,\\s*') as findingcode, trim(s.equipment) as equipment
        from s join b using (folder)
      )
      select w.*, w.patientweight / nullif(w.patientheight, 0) ^ 2 * 10000 as bmi from within w`,

    'create schema views',
    // Names by which the hospital's software calls what was measured, and what they say of the frame.
    `create table views.measurement_names (
      name text primary key,
      view text not null check (view in ('plax', 'a4c', 'a2c')),
      -- The published system takes these for "possible" parasternal long axes.
      possible boolean not null,
      moment text check (moment in ('ED', 'ES')),
      -- The chamber of which it is a volume.
      chamber text check (chamber in ('lv', 'la'))
    )`,
    `insert into views.measurement_names (name, view, possible, moment, chamber) values
      ('Diám raíz Ao', 'plax', false, null, null), ('Diám. Ao asc.', 'plax', false, null, null),
      ('Diám TSVI', 'plax', false, null, null), ('Dimensión AI', 'plax', false, null, null),
      ('DVItd', 'plax', true, 'ED', null), ('DVIts', 'plax', true, 'ES', null),
      ('SIVtd', 'plax', true, 'ED', null), ('PPVItd', 'plax', true, 'ED', null),
      ${apical((view) => `AVItd ap${view}`, "'ED'", null)}, ${apical((view) => `AVIts ap${view}`, "'ES'", null)},
      ${apical((view) => `VTD(el-ps${view})`, "'ED'", 'lv')}, ${apical((view) => `VTS(el-ps${view})`, "'ES'", 'lv')},
      ${apical((view) => `VTD(MDD-ps${view})`, "'ED'", 'lv')}, ${apical((view) => `VTS(MDD-ps${view})`, "'ES'", 'lv')},
      ${apical((view) => `VTD ${view}C`, "'ED'", 'lv')}, ${apical((view) => `VTS ${view}C`, "'ES'", 'lv')},
      ${apical((view) => `Vol. AI (MOD-sp${view})`, "'ES'", 'la')}`,
    `create table views.machines (equipment text primary key)`,
    `insert into views.machines values ('ECOEPIQ2'), ('EPIQ7-1'), ('ECOIE33'), ('AFFINITI_1'), ('AFFINITI_2')`,
    `create table views.excluded_instances (
      instanceidk bigint primary key,
      why text not null
    )`,
    `insert into views.excluded_instances values
      (1789286, 'Excluded by hand by the published system.'), (3121715, 'Excluded by hand by the published system.')`,

    `create view views.machines_new_bmi as
      select s.* from clean.dm_spain_view_study_summary s join views.machines m on m.equipment = s.equipment`,

    // What links a file to its instance where the identifiers in the header were replaced: a_STUDY_INSTANCE.dcm,
    // a_INSTANCE.dcm and INSTANCE are the same instance.
    `create function views.file_of(name text) returns text
      language sql immutable as $body$
        select substring(regexp_replace(lower(name), '[.]dcm$', '') from '[^/_]*$')
      $body$`,
    `create materialized view views.instances_unique_master_list as
      with files as (
        select f.*, count(*) over (partition by folder, sopinstanceuid) as uids,
               count(*) over (partition by folder, instanceidk) as ids,
               count(*) over (partition by folder, instancefilename) as names
        from clean.instance_filename f
      ), instances as (
        select i.*, count(*) over (partition by folder, sopinstanceuid) as uids,
               count(*) over (partition by folder, instanceidk) as ids
        from clean.a_instance i
      )
      select f.folder, s.studyinstanceidk as studyidk, f.instanceidk, f.sopinstanceuid, f.instancefilename,
             views.file_of(f.instancefilename) as file
      from files f
      join instances i on i.folder = f.folder and i.sopinstanceuid = f.sopinstanceuid and i.instanceidk = f.instanceidk
      join (select distinct folder, studyseriesidk, studyinstanceidk from clean.a_studyseries) s
        on s.folder = i.folder and s.studyseriesidk = i.studyseriesidk
      where f.uids = 1 and f.ids = 1 and f.names = 1 and i.uids = 1 and i.ids = 1`,
    'create index master_list_uid on views.instances_unique_master_list (sopinstanceuid)',
    'create index master_list_file on views.instances_unique_master_list (file)',
    'create index master_list_instance on views.instances_unique_master_list (folder, instanceidk)',

    `create materialized view views.frames_w_labels as
      select r.folder, r.studyidk, r.instanceidk, r.indexinmglist, g.frame, m.name, m.unitname, r.value,
             n.view, n.possible, n.moment, n.chamber
      from clean.a_measgraphref r
      join clean.a_measgraphic g
        on g.folder = r.folder and g.instanceidk = r.instanceidk and g.indexinmglist = r.indexinmglist
      join clean.measurement_abstract_rpt m
        on m.folder = r.folder and m.studyidk = r.studyidk and m.measabstractnumber = r.measabstractnumber
      join views.measurement_names n on n.name = m.name`,
    'create index frames_instance on views.frames_w_labels (folder, instanceidk)',

    `create view views.instances_w_conflicts as
      select folder, instanceidk, array_agg(distinct view order by view) as views
      from views.frames_w_labels group by folder, instanceidk having count(distinct view) > 1`,
    // Instances of one view only.
    `create view views.instance_views as
      select folder, instanceidk, min(view) as view
      from views.frames_w_labels group by folder, instanceidk having count(distinct view) = 1`,

    // Which instance of which export a recording is: by its identifier, or else by the name of its file.
    `create view views.instance_recordings as
      select m.folder, m.instanceidk, m.studyidk, i.recording_id
      from echo.instances i join views.instances_unique_master_list m on m.sopinstanceuid = i.sop_instance_uid
      union all
      select m.folder, m.instanceidk, m.studyidk, i.recording_id
      from echo.instances i
      join catalog.recordings r on r.id = i.recording_id
      join catalog.objects o on o.id = r.object_id and o.key ~* '(^|/)a_[^/]*$'
      join views.instances_unique_master_list m on m.file = views.file_of(o.key)
      where not exists (
        select 1 from views.instances_unique_master_list known where known.sopinstanceuid = i.sop_instance_uid)`,
    // The recording of each instance: the newest that can be read.
    `create function views.recordings_of(of_folder text)
      returns table (instanceidk bigint, studyidk bigint, recording_id uuid, key text, state text)
      language sql stable as $body$
        select distinct on (l.instanceidk) l.instanceidk, l.studyidk, l.recording_id, o.key, r.state
        from views.instance_recordings l
        join catalog.recordings r on r.id = l.recording_id
        join catalog.objects o on o.id = r.object_id
        where l.folder = of_folder and r.state not in ('rejected', 'failed')
        order by l.instanceidk, o.sequencer collate "C" desc, o.id desc
      $body$`,

    // The instances that the view classifier is taught and judged by.
    `create view views.instances_w_labels as
      select f.folder, r.studyidk, r.instanceidk, v.view, r.recording_id, r.key
      from (select distinct folder from raw.exports where state = 'current') f
      cross join lateral views.recordings_of(f.folder) r
      join views.instance_views v on v.folder = f.folder and v.instanceidk = r.instanceidk
      join echo.instances i on i.recording_id = r.recording_id
      where exists (select 1 from views.machines_new_bmi b where b.folder = f.folder and b.studyidk = r.studyidk)
        and i.number_of_frames >= 10 and i.ultrasound_color_data_present = 0 and i.region_spatial_format = 1`,

    // Train or test, and kept or not when the set is thinned out: by a hash of the seed, whole studies together, so that
    // no patient is on both sides and new uploads move none (the published system draws instances).
    `create function views.train_test(train_ratio double precision, keep_ratio double precision, seed int)
      returns table (folder text, studyidk bigint, instanceidk bigint, view text, recording_id uuid, part text)
      language sql stable as $body$
        with drawn as (
          select l.folder, l.studyidk, l.instanceidk, l.view, l.recording_id,
                 ('x' || left(md5(seed || ' part ' || l.folder || l.studyidk), 8))::bit(32)::bigint / 4294967296.0 as part,
                 ('x' || left(md5(seed || ' keep ' || l.folder || l.instanceidk), 8))::bit(32)::bigint / 4294967296.0 as keep
          from views.instances_w_labels l
        )
        select d.folder, d.studyidk, d.instanceidk, d.view, d.recording_id,
               case when d.part < train_ratio then 'train' else 'test' end
        from drawn d where d.keep < keep_ratio
      $body$`,

    // Contours of volumes, chord by chord. What an index stands for is taken where it is one thing.
    `create view views.volume_contours as
      select folder, instanceidk, indexinmglist, min(studyidk) as studyidk, min(frame) as frame, min(view) as view,
             min(chamber) as chamber, min(moment) as moment, array_agg(distinct name order by name) as names
      from views.frames_w_labels f
      where chamber is not null and frame is not null
        and not exists (select 1 from views.excluded_instances e where e.instanceidk = f.instanceidk)
      group by folder, instanceidk, indexinmglist
      having count(distinct (studyidk, frame, view, chamber, moment)) = 1`,
    `create view views.chords_by_volume_mask as
      select v.*, c.chordsequence, c.chordtype, c.x1coordinate, c.y1coordinate, c.x2coordinate, c.y2coordinate
      from views.volume_contours v
      join clean.a_modvolume c
        on c.folder = v.folder and c.instanceidk = v.instanceidk and c.indexinmglist = v.indexinmglist`,

    `create view classification.ground_truths as
      select folder as data_set, studyidk, instanceidk, recording_id, view from views.instances_w_labels`,

    `create table segmentation.ground_truths (
      -- The folder of the export.
      data_set text not null,
      instanceidk bigint not null,
      indexinmglist bigint not null,
      studyidk bigint not null,
      recording_id uuid not null references catalog.recordings,
      -- Counted from 0.
      frame int not null,
      view text not null check (view in ('a2c', 'a4c')),
      chamber text not null check (chamber in ('lv', 'la')),
      moment text check (moment in ('ED', 'ES')),
      -- Size of the instance's picture; of the mask's, which is drawn at that size and brought to this one.
      rows int not null,
      columns int not null,
      mask_rows int not null,
      mask_columns int not null,
      -- A PNG of the results bucket, 255 within the chamber.
      mask_key text not null,
      -- Of the chords and sizes that it was drawn from.
      digest text not null,
      changed_at timestamptz not null default now(),
      primary key (data_set, instanceidk, indexinmglist)
    )`,
    'create index ground_truths_recording on segmentation.ground_truths (recording_id)',

    // Volumes by the method of disks in the four-chamber view, positive ones: the median over the values of one contour,
    // then over contours; the ejection fraction where both volumes are there and make sense.
    `create view measurement.ground_truths as
      with valued as (
        select f.folder, f.studyidk, f.instanceidk, f.name,
               percentile_cont(0.5) within group (order by f.value) as value
        from views.frames_w_labels f
        join views.instance_views v on v.folder = f.folder and v.instanceidk = f.instanceidk and v.view in ('a2c', 'a4c')
        where f.name in ('VTD(MDD-ps4)', 'VTS(MDD-ps4)') and f.value > 0
        group by f.folder, f.studyidk, f.instanceidk, f.name, f.indexinmglist
      ), volumes as (
        select folder, studyidk, instanceidk, name, percentile_cont(0.5) within group (order by value) as value
        from valued group by folder, studyidk, instanceidk, name
      ), instances as (
        select folder as data_set, studyidk, instanceidk,
               max(value) filter (where name = 'VTD(MDD-ps4)') as edv_ml,
               max(value) filter (where name = 'VTS(MDD-ps4)') as esv_ml
        from volumes group by folder, studyidk, instanceidk
      ), fractions as (
        select i.*, case when edv_ml >= esv_ml then (edv_ml - esv_ml) / edv_ml * 100 end as ef from instances i
      )
      select f.*, case when ef >= 60 then 'normal' when ef < 40 then 'abnormal'
                       when ef is not null then 'greyzone' end as recommendation
      from fractions f`,

    // What an evaluation of a folder is of: for the dispatcher, which waits until all of it is scored.
    `create function echo.evaluated_recordings(of_data_set text, of_model text, of_version text)
      returns table (recording_id uuid, key text, state text, scored boolean)
      language sql stable as $body$
        select r.recording_id, r.key, r.state,
               exists (select 1 from classification.predictions p where p.recording_id = r.recording_id
                         and p.model_name = of_model and p.model_version = of_version)
               or exists (select 1 from segmentation.predictions p where p.recording_id = r.recording_id
                            and p.model_name = of_model and p.model_version = of_version)
        from views.recordings_of(of_data_set) r
        where r.state in ('ready', 'dispatched', 'scored')
          and exists (select 1 from views.frames_w_labels f
                      where f.folder = of_data_set and f.instanceidk = r.instanceidk)
      $body$`,
    `create or replace view registry.data_sets as
      select 'ecg' as domain, key as data_set from ecg.current_label_sets
      union
      select 'ecg', catalog.top_folder(o.key)
      from catalog.recordings r join catalog.objects o on o.id = r.object_id
      where r.state = 'ready' and r.modality = 'ecg' and o.kind = 'wfdb-header'
        and jsonb_array_length(r.facts -> 'diagnoses') > 0
      union
      select 'echo', folder from raw.exports where state = 'current'`,

    // The published tables of evaluations. Fractions of the instances.
    `create table classification.evaluations (
      evaluation_id uuid not null references registry.evaluations,
      mapping text not null check (mapping in ('dev', 'seg')),
      view text not null,
      tn double precision not null,
      fp double precision not null,
      fn double precision not null,
      tp double precision not null,
      primary key (evaluation_id, mapping, view)
    )`,
    `create table classification.confusions (
      evaluation_id uuid not null references registry.evaluations,
      mapping text not null check (mapping in ('dev', 'seg')),
      truth text not null,
      predicted text not null,
      instances int not null,
      primary key (evaluation_id, mapping, truth, predicted)
    )`,
    `create table segmentation.evaluations (
      evaluation_id uuid not null references registry.evaluations,
      recording_id uuid not null references catalog.recordings,
      studyidk bigint not null,
      instanceidk bigint not null,
      indexinmglist bigint not null,
      frame int not null,
      chamber text not null,
      moment text,
      iou double precision not null,
      dice double precision not null,
      primary key (evaluation_id, instanceidk, indexinmglist)
    )`,
    `create table measurement.evaluations (
      evaluation_id uuid not null references registry.evaluations,
      recording_id uuid not null references catalog.recordings,
      studyidk bigint not null,
      instanceidk bigint not null,
      method text not null,
      quantity text not null,
      truth double precision not null,
      calculated double precision not null,
      -- |calculated - truth|, and that over the truth.
      absolute_difference double precision not null,
      relative_difference double precision,
      primary key (evaluation_id, instanceidk, method, quantity)
    )`,
    // Figures over all instances: what (classification, segmentation, or a method of measurement), of what, which figure.
    `create table echo.evaluations (
      evaluation_id uuid not null references registry.evaluations,
      subject text not null,
      metric text not null,
      label text,
      -- Null where the figure is not defined on these instances.
      value double precision,
      -- The bounds of a 95 % interval over studies, where there is one.
      low double precision,
      high double precision,
      unique nulls not distinct (evaluation_id, subject, metric, label)
    )`,
  ],
};
