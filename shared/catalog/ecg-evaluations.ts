import type { Database } from './database.ts';
import type { Evaluation } from './evaluations.ts';
import type { Prediction } from './recordings.ts';

/** A recording of a data set that the model has scored. */
export interface EvaluatedEcgRow {
  readonly id: string;
  readonly key: string;
  /** What is true of it, as written. */
  readonly present: readonly string[];
  readonly predictions: readonly Prediction[];
}

/** The scored recordings of a data set, in pages by their ids. */
export function evaluatedEcgs(
  database: Database,
  { dataSet, modelName, modelVersion }: Evaluation,
): AsyncGenerator<EvaluatedEcgRow[]> {
  return database.pages<EvaluatedEcgRow>(
    `select e.recording_id::text as id, e.key, e.present,
            (select jsonb_agg(jsonb_build_object('label', p.label, 'probability', p.probability,
                                                 'threshold', p.threshold, 'positive', p.positive) order by p.label)
             from ecg.predictions p
             where p.recording_id = e.recording_id and p.model_name = :modelName and p.model_version = :modelVersion
            ) as predictions
     from ecg.evaluated_recordings(:dataSet, :modelName, :modelVersion) e
     where e.state = 'scored' and e.scored and (:after::uuid is null or e.recording_id > :after::uuid)
     order by e.recording_id limit :rows`,
    { dataSet, modelName, modelVersion },
    'id',
  );
}

/** The classes that the data set's label table tells of every record; null for lists of diagnoses. */
export async function evaluatedClasses(
  database: Database,
  { dataSet }: Evaluation,
): Promise<readonly string[] | null> {
  const [row] = await database.query<{ classes: string[] | null }>(
    'select classes from ecg.current_label_sets where key = :dataSet',
    { dataSet },
  );
  return row?.classes ?? null;
}

/** One figure of an evaluation. */
export interface EcgFigureRow {
  /** Folder of the source database; null for all recordings. */
  readonly source: string | null;
  readonly metric: string;
  /** Null for a figure of all classes together. */
  readonly label: string | null;
  /** Null where it is not defined on these recordings. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Figures of one statement: some hundred bytes each, and requests end at 4 MiB. */
const statementRows = 5000;

/** Stores the figures of an evaluation; an attempt before this one has left the same. */
export async function storeEcgEvaluation(
  database: Database,
  evaluationId: string,
  rows: readonly EcgFigureRow[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += statementRows)
    await database.query(
      `insert into ecg.evaluations (evaluation_id, source, metric, label, value, low, high)
       select :evaluationId::uuid, f.source, f.metric, f.label, f.value, f.low, f.high
       from jsonb_to_recordset(:rows::jsonb) as f(source text, metric text, label text, value double precision,
                                                  low double precision, high double precision)
       on conflict do nothing`,
      { evaluationId, rows: JSON.stringify(rows.slice(start, start + statementRows)) },
    );
}

/** The figures of an evaluation. */
export function ecgFigures(database: Database, evaluationId: string): Promise<EcgFigureRow[]> {
  return database.query<EcgFigureRow>(
    `select source, metric, label, value, low, high from ecg.evaluations
     where evaluation_id = :evaluationId::uuid order by source nulls first, metric, label nulls first limit 4000`,
    { evaluationId },
  );
}
