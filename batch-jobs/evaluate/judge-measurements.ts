import type { Database } from '../../shared/catalog/database.ts';
import {
  type EchoEvaluationRows,
  type LabelledMeasurement,
  labelledMeasurements,
} from '../../shared/catalog/echo-evaluations.ts';
import type { Evaluation } from '../../shared/catalog/evaluations.ts';
import type { EvaluatedQuantity, JudgedMeasurement } from '../../shared/learning/echo-evaluation.ts';

/** Names of a quantity in `measurement.calculations`: ours, and that of the published system. */
const names: Readonly<Record<string, EvaluatedQuantity>> = {
  EDV: 'EDV',
  'VTD(MDD-ps4)': 'EDV',
  ESV: 'ESV',
  'VTS(MDD-ps4)': 'ESV',
  EF: 'EF',
  'FE(MDD-ps4)': 'EF',
};

/** The measurements of one evaluation by their method. */
export interface JudgedMeasurements {
  readonly byMethod: ReadonlyMap<string, readonly JudgedMeasurement[]>;
  readonly rows: EchoEvaluationRows['measurements'];
  /** Instances with volumes in the export of which nothing was measured. */
  readonly unmeasured: number;
}

/** Holds volumes and ejection fractions against those of the export. */
export async function judgeMeasurements(
  database: Database,
  evaluation: Evaluation,
  signal: AbortSignal,
): Promise<JudgedMeasurements> {
  const byMethod = new Map<string, JudgedMeasurement[]>();
  const rows: EchoEvaluationRows['measurements'][number][] = [];
  let unmeasured = 0;
  for await (const page of labelledMeasurements(database, evaluation))
    for (const labelled of page) {
      signal.throwIfAborted();
      const found = judged(labelled);
      if (found.length === 0) unmeasured += 1;
      for (const { method, ...measurement } of found) {
        byMethod.set(method, [...(byMethod.get(method) ?? []), measurement]);
        rows.push(rowOf(labelled, method, measurement));
      }
    }
  return { byMethod, rows, unmeasured };
}

function judged(labelled: LabelledMeasurement): (JudgedMeasurement & { readonly method: string })[] {
  const truths: Record<EvaluatedQuantity, number | null> = {
    EDV: labelled.edv,
    ESV: labelled.esv,
    EF: labelled.ef,
  };
  return labelled.calculations.flatMap(({ method, quantity: name, value }) => {
    const quantity = names[name];
    const truth = quantity === undefined ? null : truths[quantity];
    return quantity === undefined || truth === null
      ? []
      : [{ study: labelled.study, method, quantity, truth, measured: value }];
  });
}

function rowOf(
  { recordingId, study, instance }: LabelledMeasurement,
  method: string,
  { quantity, truth, measured }: JudgedMeasurement,
): EchoEvaluationRows['measurements'][number] {
  const difference = Math.abs(measured - truth);
  return {
    recording_id: recordingId,
    studyidk: study,
    instanceidk: instance,
    method,
    quantity,
    truth,
    calculated: measured,
    absolute_difference: difference,
    relative_difference: truth === 0 ? null : difference / truth,
  };
}
