import { type EcgFindings, ecgFindings } from '../ecg/findings.ts';
import {
  type PreprocessedRecording,
  type PreprocessingConfiguration,
  preprocess,
} from '../ecg/preprocessing.ts';
import type { Recording } from '../ecg/recording.ts';
import { SystoleError } from '../errors.ts';

/** A recording that no model should answer for, with what was found of it nevertheless. */
export class UnscorableEcg extends SystoleError {
  readonly findings: EcgFindings | undefined;

  constructor({ reason, detail }: SystoleError, findings: EcgFindings | undefined) {
    super(reason, detail);
    this.findings = findings;
  }
}

/** An ECG looked at, and ready for a model. */
export interface PreparedEcg {
  readonly findings: EcgFindings | undefined;
  readonly preprocessed: PreprocessedRecording;
}

/**
 * Looks at a recording's quality, measures it, and preprocesses it.
 * @throws UnscorableEcg with the reasons of `preprocess`, and `not_readable`.
 */
export function prepareEcg(recording: Recording, configuration: PreprocessingConfiguration): PreparedEcg {
  const findings = ecgFindings(recording);
  try {
    const preprocessed = preprocess(recording, configuration);
    if (findings?.quality.verdict === 'not_readable') {
      const unusable = findings.quality.findings.find(({ mark }) => mark === 'leads_unusable');
      throw new SystoleError(
        'not_readable',
        unusable === undefined ? 'No beats.' : `Unusable: ${unusable.leads.join(', ')}.`,
      );
    }
    return { findings, preprocessed };
  } catch (error) {
    throw error instanceof SystoleError ? new UnscorableEcg(error, findings) : error;
  }
}
