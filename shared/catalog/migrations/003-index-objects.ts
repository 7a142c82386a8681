/**
 * `catalog.index_objects`: everything that the arrival of files changes in the catalog, in one call and one
 * transaction, so that the ingest function can be interrupted or called twice at any point.
 *
 * Takes a JSON array of findings (see shared/catalog/objects.ts), answers one row for each recording that one of these
 * objects belongs to, and one without recording for every other object, whether it is new or was known before: what
 * follows from an answer (a note, a message) can then be repeated after a crash.
 *
 * Two halves of a record can arrive in two concurrent calls that do not see each other's rows; a lock on the folder
 * makes them take turns. Folders are locked in order, so that two calls cannot wait for each other.
 */
export const migration = {
  version: 3,
  name: 'index-objects',
  statements: [
    `create function catalog.newest_object(of_bucket text, of_key text) returns bigint
      language sql stable as $body$
        select id from catalog.objects
        where bucket = of_bucket and key = of_key and state <> 'duplicate'
        order by sequencer collate "C" desc, id desc limit 1
      $body$`,

    `create function catalog.pair_signals(header bigint) returns void
      language plpgsql as $body$
      declare
        paired bigint[];
        misfit boolean;
        outcome text;
      begin
        -- A newer version of the header takes the place of one that still waits.
        if exists (
          select 1 from catalog.objects o
          where o.id = header and catalog.newest_object(o.bucket, o.key) <> header
        ) then
          update catalog.recordings
          set state = 'rejected', reason = 'superseded', finished_at = now()
          where object_id = header and state = 'waiting';
          return;
        end if;

        select array_agg(signal.id order by w.position), bool_or(signal.size < w.minimum_bytes or signal.size > w.maximum_bytes)
        into paired, misfit
        from catalog.wanted_signals w
        left join catalog.objects signal on signal.id = catalog.newest_object(w.bucket, w.key)
        where w.header_id = header;
        if paired is null or array_position(paired, null) is not null then
          return;
        end if;
        outcome := case when misfit then 'rejected' else 'ready' end;

        update catalog.recordings
        set signal_ids = paired, state = outcome, reason = case when misfit then 'signal_length' end,
            detail = null, noted_at = null,
            ready_at = case when misfit then null else now() end,
            finished_at = case when misfit then now() end
        where object_id = header and signal_ids is null
          and (state = 'waiting' or (state = 'rejected' and reason = 'half_absent'));
        if not found then
          insert into catalog.recordings (id, modality, format, object_id, signal_ids, facts, state, reason, ready_at,
                                          finished_at)
          select md5(header::text || paired::text)::uuid, r.modality, r.format, header, paired, r.facts, outcome,
                 case when misfit then 'signal_length' end, case when misfit then null else now() end,
                 case when misfit then now() end
          from catalog.recordings r
          where r.object_id = header and not (r.signal_ids is null and r.state = 'rejected')
          limit 1
          on conflict (object_id, signal_ids) do nothing;
        end if;
        -- The header's word counts for more than what the bytes of a raw signal happen to look like.
        update catalog.objects
        set state = 'indexed', reason = null, detail = null, noted_at = null
        where id = any (paired) and state in ('waiting', 'rejected');
      end
      $body$`,

    // Where a recording's bytes are: what a manifest line or a message to the score function carries.
    `create function catalog.source_of(r catalog.recordings) returns jsonb
      language sql stable as $body$
        select jsonb_build_object('bucket', o.bucket, 'key', o.key, 'versionId', o.version_id, 'signals', (
          select jsonb_agg(jsonb_build_object('key', s.key, 'versionId', s.version_id) order by position)
          from unnest(r.signal_ids) with ordinality as w(id, position)
          join catalog.objects s on s.id = w.id
        ))
        from catalog.objects o where o.id = r.object_id
      $body$`,

    `create function catalog.index_objects(findings jsonb)
      returns table (
        bucket text, key text, version_id text, kind text, state text, reason text, detail text,
        recording_id uuid, modality text, recording_state text, recording_reason text, recording_detail text,
        source jsonb
      )
      language plpgsql as $body$
      #variable_conflict use_column
      declare
        finding record;
        object bigint;
        recording uuid;
        header bigint;
        known bigint[] := '{}';
      begin
        perform pg_advisory_xact_lock(hashtextextended(folder, 0))
        from (
          select distinct f ->> 'bucket' || '/' || regexp_replace(f ->> 'key', '[^/]*$', '') as folder
          from jsonb_array_elements(findings) f order by 1
        ) folders;

        for finding in
          select * from jsonb_to_recordset(findings) as f(
            bucket text, key text, "versionId" text, sequencer text, size bigint, etag text, kind text, state text,
            reason text, detail text, recording jsonb, experiment jsonb)
        loop
          insert into catalog.objects (bucket, key, version_id, sequencer, size, etag, kind, state, reason, detail)
          values (finding.bucket, finding.key, finding."versionId", finding.sequencer, finding.size, finding.etag,
                  finding.kind, finding.state, finding.reason, finding.detail)
          on conflict on constraint objects_bucket_key_version_id_key do nothing
          returning id into object;
          continue when object is null;

          -- The same bytes again under the same name: nothing to do twice, unless the first time failed for a reason
          -- outside of them.
          if finding.state <> 'rejected' and exists (
            select 1 from (
              select o.id, o.etag, o.size, o.state from catalog.objects o
              where o.bucket = finding.bucket and o.key = finding.key and o.id <> object and o.state <> 'duplicate'
              order by o.sequencer collate "C" desc limit 1
            ) before
            where before.etag = finding.etag and before.size = finding.size and before.state <> 'rejected'
              and not exists (
                select 1 from catalog.recordings r
                where r.object_id = before.id and (r.state = 'failed' or r.reason = 'object_absent'))
          ) then
            update catalog.objects o set state = 'duplicate' where o.id = object;
            continue;
          end if;
          known := known || object;

          if finding.experiment is not null then
            insert into registry.runs (id, name, experiment, object_id, state)
            values (md5(finding.bucket || '/' || finding.key || '@' || finding."versionId")::uuid,
                    finding.experiment ->> 'name', finding.experiment, object, 'requested')
            on conflict do nothing;
          end if;
          continue when finding.recording is null;

          insert into catalog.recordings (id, modality, format, object_id, facts, state, reason, detail, ready_at,
                                          finished_at)
          values (md5(finding.bucket || '/' || finding.key || '@' || finding."versionId")::uuid,
                  finding.recording ->> 'modality', finding.recording ->> 'format', object,
                  finding.recording -> 'facts',
                  case when finding.recording ? 'reason' then 'rejected'
                       when finding.recording ? 'signals' then 'waiting' else 'ready' end,
                  finding.recording ->> 'reason', finding.recording ->> 'detail',
                  case when finding.recording ?| array['reason', 'signals'] then null else now() end,
                  case when finding.recording ? 'reason' then now() end)
          returning id into recording;
          insert into catalog.wanted_signals (header_id, position, bucket, key, minimum_bytes, maximum_bytes)
          select object, s.position, finding.bucket, s.signal ->> 'key', (s.signal ->> 'minimumBytes')::bigint,
                 (s.signal ->> 'maximumBytes')::bigint
          from jsonb_array_elements(finding.recording -> 'signals') with ordinality as s(signal, position);
          if finding.recording ? 'tags' then
            insert into raw.documents (object_id, tags) values (object, finding.recording -> 'tags');
          end if;
          if finding.recording ? 'instance' then
            insert into echo.instances
            select * from jsonb_populate_record(
              null::echo.instances, finding.recording -> 'instance' || jsonb_build_object('recording_id', recording));
          end if;
        end loop;

        for header in
          select distinct w.header_id
          from catalog.objects o
          join catalog.wanted_signals w on w.header_id = o.id or (w.bucket = o.bucket and w.key = o.key)
          where o.id = any (known)
          order by 1
        loop
          perform catalog.pair_signals(header);
        end loop;

        return query
          select a.bucket, a.key, a.version_id, a.kind, a.state, a.reason, a.detail,
                 r.id, r.modality, r.state, r.reason, r.detail, catalog.source_of(r)
          from (
            select distinct o.*
            from jsonb_to_recordset(findings) as f(bucket text, key text, "versionId" text)
            join catalog.objects o on o.bucket = f.bucket and o.key = f.key and o.version_id = f."versionId"
          ) a
          left join lateral (
            select own.* from catalog.recordings own where own.object_id = a.id
            union all
            select paired.*
            from catalog.wanted_signals w
            join catalog.recordings paired on paired.object_id = w.header_id and a.id = any (paired.signal_ids)
            where w.bucket = a.bucket and w.key = a.key
          ) answered on true
          left join catalog.recordings r on r.id = answered.id;
      end
      $body$`,
  ],
};
