import type { Lead, Recording } from '../../recording.ts';
import { mat4Bytes } from '../mat4.ts';
import { matrixTypes, sampleFormats } from './sample-formats.ts';

export interface RecordForm {
  /** Record name: letters, digits, underscores and hyphens; the files are named after it. */
  readonly record: string;
  /** Storage format of signal(5). */
  readonly format: number;
  /** `dat`: samples only; `mat`: a MATLAB v4 matrix `val`, as the challenge's records have it. */
  readonly container: 'dat' | 'mat';
  /** Comment lines after those for age, sex and diagnoses, without their `#`. */
  readonly comments?: readonly string[];
}

/**
 * Writes a recording as a WFDB record: header(5) with initial values and checksums, and one signal file.
 *
 * @returns the content of each file by its name, the signal file before the header.
 * @throws RangeError when samples do not fit the format, or leads do not fit together.
 */
export function writeRecord(recording: Recording, form: RecordForm): Map<string, Uint8Array> {
  const { record, format: code, container } = form;
  const format = sampleFormats.get(code);
  const matrix = matrixTypes.get(code);
  if (!/^[\w-]+$/.test(record)) throw new RangeError(`no record name: ${record}`);
  if (format === undefined || (container === 'mat' && matrix === undefined))
    throw new RangeError(`format ${code} cannot be written as ${container}`);

  const perFrame = recording.leads.map((lead) => lead.rate / recording.rate);
  const frames = Math.min(...recording.leads.map((lead, i) => lead.samples.length / perFrame[i]!));
  const total = perFrame.reduce((sum, samples) => sum + samples, 0);
  if (
    !perFrame.every((samples) => Number.isInteger(samples) && samples > 0) ||
    recording.leads.some((lead, i) => lead.samples.length !== frames * perFrame[i]!)
  )
    throw new RangeError('leads differ in length or their rates are no multiples of the frame rate');

  const values = new Int32Array(frames * total);
  const sums = new Int32Array(recording.leads.length);
  let offset = 0;
  for (const [position, lead] of recording.leads.entries()) {
    let previous = stored(lead.samples[0] ?? 0, format.invalid);
    for (let i = 0; i < lead.samples.length; i++) {
      const value = stored(lead.samples[i]!, format.invalid);
      const written = format.differences ? value - previous : value;
      if ((written < format.minimum || written > format.maximum) && written !== format.invalid)
        throw new RangeError(`lead ${position} does not fit format ${code}`);
      const k = i % perFrame[position]!;
      values[Math.floor(i / perFrame[position]!) * total + offset + k] = written;
      sums[position] = sums[position]! + value;
      previous = value;
    }
    offset += perFrame[position]!;
  }
  const samples = format.encode(values);
  const head =
    container === 'mat'
      ? mat4Bytes({ ...matrix!, rows: total, columns: frames, name: 'val' })
      : new Uint8Array(0);
  const file = new Uint8Array(head.length + samples.length);
  file.set(head);
  file.set(samples, head.length);

  const fileName = `${record}.${container}`;
  const lines = [
    `${record} ${recording.leads.length} ${recording.rate} ${frames}`,
    ...recording.leads.map((lead, position) => {
      const storage = `${code}${perFrame[position] === 1 ? '' : `x${perFrame[position]}`}${head.length > 0 ? `+${head.length}` : ''}`;
      const initial = stored(lead.samples[0] ?? 0, format.invalid);
      const checksum = (sums[position]! << 16) >> 16;
      return `${fileName} ${storage} ${gainOf(lead)} ${resolutionOf(code)} 0 ${initial} ${checksum} 0 ${lead.name}`;
    }),
    ...(recording.age === undefined ? [] : [`#Age: ${recording.age}`]),
    ...(recording.sex === undefined ? [] : [`#Sex: ${recording.sex === 'male' ? 'Male' : 'Female'}`]),
    ...(recording.diagnoses.length === 0 ? [] : [`#Dx: ${recording.diagnoses.join(',')}`]),
    ...(form.comments ?? []).map((comment) => `#${comment}`),
  ];
  return new Map([
    [fileName, file],
    [`${record}.hea`, new TextEncoder().encode(`${lines.join('\n')}\n`)],
  ]);
}

function stored(sample: number, invalid: number | undefined): number {
  if (!Number.isNaN(sample)) return Math.round(sample);
  if (invalid === undefined) throw new RangeError('the format has no value for an invalid sample');
  return invalid;
}

function gainOf(lead: Lead): string {
  return `${lead.gain}(${lead.baseline})/${lead.unit}`;
}

/** Bits of the converter that a format can take. */
function resolutionOf(code: number): number {
  const { minimum, maximum, differences } = sampleFormats.get(code)!;
  return differences ? 8 : Math.ceil(Math.log2(maximum - minimum + 1));
}
