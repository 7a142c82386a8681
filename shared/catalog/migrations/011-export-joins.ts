import type { Migration } from '../migrate.ts';

/**
 * The two dear joins of Xcelera exports become tables that are made a part at a time (shared/catalog/export-joins.ts):
 * refreshing a materialised view of several million rows is one statement, and the Data API gives a statement 45 s.
 */
export const migration: Migration = {
  version: 11,
  name: 'export-joins',
  statements: [
    // What a part looks its rows up by.
    'create index a_measgraphic_index on raw.a_measgraphic (instanceidk, indexinmglist)',
    'create index measurement_abstract_rpt_number on raw.measurement_abstract_rpt (studyidk, measabstractnumber)',
    'create index instance_filename_uid on raw.instance_filename (trim(sopinstanceuid))',
    'create index instance_filename_instance on raw.instance_filename (instancedbkey)',
    `create index instance_filename_name on raw.instance_filename (coalesce(trim(instancefilename), ''))`,
    'create index a_instance_uid on raw.a_instance (trim(sopinstanceuid))',
    'create index a_instance_instance on raw.a_instance (instanceidk)',
    'create index a_studyseries_series on raw.a_studyseries (studyseriesidk)',

    'create schema made',
    `create table made.instances_unique_master_list (
      folder text not null,
      studyidk bigint,
      instanceidk bigint,
      sopinstanceuid text,
      instancefilename text,
      file text,
      -- The row of raw.instance_filename that it is made of.
      object_id bigint not null references raw.exports,
      line int not null
    )`,
    `create table made.frames_w_labels (
      folder text not null,
      studyidk bigint,
      instanceidk bigint,
      indexinmglist bigint,
      frame bigint,
      name text,
      unitname text,
      value double precision,
      view text,
      possible boolean,
      moment text,
      chamber text,
      -- The row of raw.a_measgraphref that it is made of.
      object_id bigint not null references raw.exports,
      line int not null
    )`,
    // The tables take the names and the places of the materialised views.
    `do $body$
      declare
        name text;
        dependent regclass;
      begin
        foreach name in array array['instances_unique_master_list', 'frames_w_labels'] loop
          for dependent in
            select distinct r.ev_class::regclass
            from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
            where d.refobjid = ('views.' || name)::regclass and r.ev_class <> d.refobjid
          loop
            execute format('create or replace view %s as %s', dependent,
                           replace(pg_get_viewdef(dependent), 'views.' || name, 'made.' || name));
          end loop;
          execute format('drop materialized view views.%I', name);
          execute format('alter table made.%I set schema views', name);
        end loop;
      end
    $body$`,
    'drop schema made',
    // Exports that are there are imported once more: their rows are found, and the joins are made of them.
    `update raw.exports set state = 'claimed', attempts = 0, changed_at = now() where state = 'current'`,
    'create index master_list_uid on views.instances_unique_master_list (sopinstanceuid)',
    'create index master_list_file on views.instances_unique_master_list (file)',
    'create index master_list_instance on views.instances_unique_master_list (folder, instanceidk)',
    'create index master_list_line on views.instances_unique_master_list (object_id, line)',
    'create index frames_instance on views.frames_w_labels (folder, instanceidk)',
    'create index frames_line on views.frames_w_labels (object_id, line)',
  ],
};
