import type { PreprocessingConfiguration } from '../ecg/preprocessing.ts';
import type { FramePreprocessing } from '../echo/preprocessing.ts';
import type { Database } from './database.ts';
import { requestForPromoted } from './evaluations.ts';

/** What a model answers: diagnoses of an ECG, the view of an echo frame, the chambers of an apical view. */
export type ModelTask = 'ecg' | 'views' | 'segmentation-a4c' | 'segmentation-a2c';

/** A model of the registry. `preprocessing` is how its recordings, or its frames, are brought to it. */
export type RegisteredModel = RegistryRow &
  (
    | { readonly task: 'ecg'; readonly preprocessing: PreprocessingConfiguration }
    | { readonly task: Exclude<ModelTask, 'ecg'>; readonly preprocessing: FramePreprocessing }
  );

interface RegistryRow {
  readonly name: string;
  readonly version: string;
  /** Folder in the models bucket. */
  readonly prefix: string;
  /** Nets whose mean it is. */
  readonly ensemble: number;
  readonly promotedAt: string | null;
}

const columns = `name, version, task, prefix, coalesce(jsonb_array_length(card -> 'members'), 1)::int as ensemble,
  card -> 'preprocessing' as preprocessing,
  to_char(promoted_at, 'YYYY-MM-DD"T"HH24:MI:SSOF') as "promotedAt"`;

/** The model in force for each task: the one promoted last. */
export async function promotedModels(database: Database): Promise<RegisteredModel[]> {
  return database.query<RegisteredModel>(
    `select distinct on (task) ${columns} from registry.models
     where promoted_at is not null order by task, promoted_at desc, name, version`,
  );
}

export async function listModels(database: Database): Promise<RegisteredModel[]> {
  return database.query<RegisteredModel>(
    `select ${columns} from registry.models order by task, promoted_at desc nulls last, created_at desc, name`,
  );
}

/** Registers a model, once; `promote` puts it in force where none is for its task, to be evaluated as by `promoteModel`. */
export async function registerModel(
  database: Database,
  model: {
    readonly name: string;
    readonly version: string;
    readonly task: ModelTask;
    readonly prefix: string;
  } & {
    readonly card: unknown;
    readonly runId?: string;
    readonly promote: boolean;
  },
): Promise<void> {
  const { promote, card, runId, ...rest } = model;
  await database.query(
    `with registered as (
       insert into registry.models (name, version, task, prefix, card, run_id, promoted_at)
       select :name, :version, :task, :prefix, :card::jsonb, :runId::uuid,
              case when :promote and not exists (
                select 1 from registry.models where task = :task and promoted_at is not null
              ) then now() end
       on conflict (name, version) do nothing
       returning name, version, task, promoted_at
     ), models as (select name, version, task from registered where promoted_at is not null)
     ${requestForPromoted}`,
    { ...rest, card: JSON.stringify(card), runId: runId ?? null, promote },
  );
}

/**
 * Puts a model in force for its task from now on, and asks for it to be evaluated on every data set that there is.
 * @returns false when there is no such model
 */
export async function promoteModel(database: Database, name: string, version: string): Promise<boolean> {
  const rows = await database.query<{ name: string }>(
    `with models as (
       update registry.models set promoted_at = clock_timestamp()
       where name = :name and version = :version returning name, version, task
     ), asked as (${requestForPromoted})
     select name from models`,
    { name, version },
  );
  return rows.length > 0;
}
