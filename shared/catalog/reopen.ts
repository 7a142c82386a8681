import type { Database } from './database.ts';
import type { Parameters } from './encode-parameters.ts';
import { requestForPromoted } from './evaluations.ts';
import type { ModelTask } from './models.ts';

/**
 * Makes echo instances ready again that were scored without chambers for want of a segmentation model, where a model of
 * their view is in force by now. An instance that could not be scored again since that model came into force is left
 * alone until the next promotion.
 * @returns how many there were, at most `limit`, those that have waited longest first
 */
export function reopenUnmeasured(database: Database, limit: number): Promise<number> {
  return reopen(
    database,
    `select r.id
     from (
       select substring(task from '^segmentation-(.*)$') as view, max(promoted_at) as promoted_at
       from registry.models where task in ('segmentation-a2c', 'segmentation-a4c') and promoted_at is not null
       group by task
     ) f
     join measurement.instances m on m.view = f.view and m.reasons @> '["no_model"]'
     join catalog.recordings r on r.id = m.recording_id
     where r.state = 'scored' and not ${triedSince('f.promoted_at')}`,
    { task: 'segmentation', limit },
  );
}

/** A model of echo that is in force. */
export interface EchoModel {
  readonly task: Exclude<ModelTask, 'ecg'>;
  readonly name: string;
  readonly version: string;
}

/**
 * Makes echo instances ready again whose view, or whose chambers, are by another model than this one: what somebody asks
 * for who puts it in force. Of a segmentation model these are the instances of its view.
 * @returns how many there were, at most `limit`, those that were scored first before others
 */
export function reopenForModel(database: Database, model: EchoModel, limit: number): Promise<number> {
  return reopen(
    database,
    `select r.id
     from measurement.instances m
     join catalog.recordings r on r.id = m.recording_id
     join registry.models f on f.name = :name and f.version = :version
     where r.state = 'scored' and not ${triedSince('f.promoted_at')}
       and case when :task = 'views' then not exists (
                  select 1 from classification.predictions c
                  where c.recording_id = r.id and c.model_name = f.name and c.model_version = f.version)
                else :task = 'segmentation-' || m.view
                  and (m.model_name, m.model_version) is distinct from (f.name, f.version) end`,
    { ...model, limit },
  );
}

/** Whether `r` could not be scored again in a round that ended after this. */
const triedSince = (time: string): string => `exists (
  select 1 from catalog.rounds e where e.recording_id = r.id and e.state <> 'scored' and e.finished_at > ${time})`;

/**
 * Makes the chosen rows of catalog.recordings (`r`) ready again; their earlier round is kept. Every export is to be
 * evaluated again by the models whose answers change: what a promotion asked for may have found nothing to judge.
 */
async function reopen(database: Database, choice: string, parameters: Parameters): Promise<number> {
  const [row] = await database.query<{ reopened: number }>(
    `with chosen as (
       ${choice}
       order by r.finished_at limit :limit for update of r skip locked
     ), kept as (
       -- A round that gave the recording back to its scores is there already.
       insert into catalog.rounds (recording_id, ready_at, dispatched_at, finished_at, state, lane, run_id)
       select r.id, r.ready_at, r.dispatched_at, r.finished_at, r.state, r.lane, r.run_id
       from chosen join catalog.recordings r on r.id = chosen.id
       on conflict do nothing
     ), reopened as (
       -- Not prepared: other models may want other frames, and what waits for a model is counted by it.
       update catalog.recordings r
       set state = 'ready', ready_at = now(), dispatched_at = null, finished_at = null, lane = null, run_id = null,
           prepared = null
       from chosen where r.id = chosen.id and r.state = 'scored'
       returning r.id
     ), models as (
       select distinct on (task) name, version, task from registry.models
       where promoted_at is not null and task <> 'ecg' and (task <> 'views' or :task = 'views')
         and exists (select 1 from reopened)
       order by task, promoted_at desc, name, version
     ), asked as (
       ${requestForPromoted}
     )
     select count(*)::int as reopened from reopened`,
    parameters,
  );
  return row!.reopened;
}
