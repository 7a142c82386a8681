import type { ChallengeEvaluation } from './challenge-evaluation.ts';

/** The figures of the 2020 challenge as a document: what is not defined (NaN) is null. */
export interface ChallengeDocument {
  readonly auroc: number | null;
  readonly auprc: number | null;
  readonly accuracy: number | null;
  readonly fMeasure: number | null;
  readonly fBeta2: number | null;
  readonly gBeta2: number | null;
  readonly challengeMetric: number | null;
  readonly classes: readonly {
    readonly code: string;
    readonly auroc: number | null;
    readonly auprc: number | null;
    readonly fMeasure: number | null;
  }[];
}

/** An evaluation in a form that JSON holds. */
export function challengeDocument(evaluation: ChallengeEvaluation): ChallengeDocument {
  const defined = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    auroc: defined(evaluation.auroc),
    auprc: defined(evaluation.auprc),
    accuracy: defined(evaluation.accuracy),
    fMeasure: defined(evaluation.fMeasure),
    fBeta2: defined(evaluation.fBeta2),
    gBeta2: defined(evaluation.gBeta2),
    challengeMetric: defined(evaluation.challengeMetric),
    classes: evaluation.classes.map((code, c) => ({
      code,
      auroc: defined(evaluation.aurocPerClass[c]!),
      auprc: defined(evaluation.auprcPerClass[c]!),
      fMeasure: defined(evaluation.fMeasurePerClass[c]!),
    })),
  };
}
