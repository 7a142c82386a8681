/**
 * The closed set of reasons for which Systole refuses a file or fails a piece of work. A reason is stored in
 * the catalog, written to the JSON note beside the results, and counted in metrics, so it is a stable name and
 * never carries anything taken from the file (patient data stays out of logs, messages and metrics).
 */
export const reasons = {
  empty: 'The file has no bytes.',
  unrecognised: 'The content is none of the formats that Systole reads.',
  unsupported_format: 'The format is known but not read by Systole.',
  header_syntax: 'The header cannot be parsed.',
  header_value: 'The header holds a value that is out of range or contradicts another.',
  signal_length: 'The signal file is shorter or longer than its header says.',
  signal_checksum: 'The checksum of a signal differs from the one in its header.',
  signal_value: 'The signal holds values that are not finite or not plausible as an electrocardiogram.',
  not_readable: 'Too few leads show a heart beat: a model would only guess.',
  superseded: 'A newer version of the file came before its other half.',
  object_absent: 'The file was deleted before it was read.',
  half_absent: 'The other half of the recording (header or signal) did not come within a day.',
  leads_missing: 'The twelve standard leads cannot be found or derived.',
  recording_too_short: 'The recording is shorter than the model needs.',
  recording_too_long: 'The recording is longer than Systole reads.',
  dicom_syntax: 'The DICOM data set is broken.',
  dicom_pixels: 'The pixel data cannot be decoded or contradict their header.',
  picture_syntax: 'The picture file is broken, or of a kind that Systole does not read.',
  transfer_syntax: 'The DICOM transfer syntax is not supported.',
  modality: 'The DICOM object is not an ultrasound image; it is indexed and not scored.',
  inflates_too_large: 'Compressed content inflates beyond the limit.',
  file_too_large: 'The file is larger than the limit.',
  experiment_invalid: 'The experiment file does not match its schema.',
  labels_invalid: 'The label file cannot be read.',
  weights_invalid: 'The weight file is broken, or it is of another net.',
  attempts_exhausted: 'The work failed again and again for a reason outside the file.',
} as const;

export type Reason = keyof typeof reasons;

/**
 * A named refusal. `detail` may hold positions, sizes, field names and numbers, never values of identifying
 * fields.
 */
export class SystoleError extends Error {
  readonly reason: Reason;
  readonly detail: string | undefined;

  constructor(reason: Reason, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? reasons[reason] : `${reasons[reason]} ${detail}`, options);
    this.name = 'SystoleError';
    this.reason = reason;
    this.detail = detail;
  }
}
