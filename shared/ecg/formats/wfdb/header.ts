import { SystoleError } from '../../../errors.ts';
import { sampleFormats, unsupportedSampleFormats } from './sample-formats.ts';

/** One signal line of a WFDB header; a field that the line leaves out has the default of header(5). */
export interface WfdbSignal {
  /** Name of the signal file, in the folder of the header; `~` for a null signal, which has none. */
  readonly file: string;
  /** Storage format of signal(5), for example 16 or 212; 0 for a null signal. */
  readonly format: number;
  readonly samplesPerFrame: number;
  /** Frames by which the signal is late in its file. */
  readonly skew: number;
  /** Bytes before the first sample in the signal file. */
  readonly byteOffset: number;
  /** Analogue-to-digital units per physical unit. */
  readonly gain: number;
  /** False where the header gives no gain, so that 200 units per millivolt are assumed. */
  readonly calibrated: boolean;
  /** The value that stands for 0 physical units. */
  readonly baseline: number;
  readonly unit: string;
  /** Bits of the converter; 0 when not stated. */
  readonly adcResolution: number;
  readonly adcZero: number;
  readonly initialValue: number | undefined;
  /** Sum of all samples modulo 65536, as written: signed or unsigned. */
  readonly checksum: number | undefined;
  /** Bytes in whose multiples the file has been written; 0 for a plain file. */
  readonly blockSize: number;
  /** The lead's name in the recordings that Systole reads. */
  readonly description: string;
}

export interface WfdbHeader {
  /** Record name without the `.mat` that some Georgia headers append. */
  readonly record: string;
  /** Frames per second. */
  readonly rate: number;
  /** Frames of the record; undefined when the header does not say (or says 0), so that the file's length decides. */
  readonly frames: number | undefined;
  /** `HH:MM:SS` and `YYYY-MM-DD` where given in a form that can be read. */
  readonly startTime: string | undefined;
  readonly startDate: string | undefined;
  readonly signals: readonly WfdbSignal[];
  /** Comment lines without their `#`. */
  readonly comments: readonly string[];
}

/** A header is a page of text; anything near this size is something else. */
export const maximumHeaderBytes = 1 << 20;
const maximumSignals = 1024;
const decoder = new TextDecoder();

/**
 * Parses a single-segment WFDB header (header(5) of the WFDB Applications Guide), tolerating what is found in
 * published databases: comments before the record line, CRLF, a byte-order mark, date before time, a record named
 * with its `.mat`.
 *
 * @throws SystoleError `empty`, `file_too_large`, `header_syntax` (with the line), `header_value` (with the line and
 * field), `unsupported_format` (several segments, compressed signals, signals on tapes or pipes).
 */
export function parseHeader(bytes: Uint8Array): WfdbHeader {
  if (bytes.length === 0) throw new SystoleError('empty');
  if (bytes.length > maximumHeaderBytes)
    throw new SystoleError('file_too_large', `A header of ${bytes.length} bytes.`);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)
      throw new SystoleError('header_syntax', `Byte ${i} is a control character.`);
  }
  const lines = decoder.decode(bytes).split(/\r\n|\n|\r/);

  const comments: string[] = [];
  const signals: WfdbSignal[] = [];
  const fields: KnownFields = { storages: new Map(), gains: new Map() };
  let recordLine: RecordLine | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#')) comments.push(line.slice(1));
    else if (line.trim() === '') continue;
    else if (recordLine === undefined) recordLine = parseRecordLine(line, index + 1);
    else if (signals.length < recordLine.signals) signals.push(parseSignalLine(line, index + 1, fields));
    else
      throw new SystoleError(
        'header_syntax',
        `Line ${index + 1}: the record line states only ${recordLine.signals} signals.`,
      );
  }
  if (recordLine === undefined) throw new SystoleError('header_syntax', 'There is no record line.');
  if (signals.length < recordLine.signals)
    throw new SystoleError(
      'header_syntax',
      `${signals.length} signal lines where the record line states ${recordLine.signals}.`,
    );
  const { record, rate, frames, startTime, startDate } = recordLine;
  return { record, rate, frames, startTime, startDate, signals, comments };
}

interface RecordLine {
  readonly record: string;
  readonly signals: number;
  readonly rate: number;
  readonly frames: number | undefined;
  readonly startTime: string | undefined;
  readonly startDate: string | undefined;
}

function parseRecordLine(text: string, line: number): RecordLine {
  const fields = text.trim().split(/\s+/);
  const name = /^([^\s/]+)(?:\/(\d+))?$/.exec(fields[0]!);
  if (!name) throw new SystoleError('header_syntax', `Line ${line}: the record name.`);
  if (fields.length < 2 || !/^\d+$/.test(fields[1]!))
    throw new SystoleError('header_syntax', `Line ${line}: the number of signals.`);
  if (name[2] !== undefined)
    throw new SystoleError('unsupported_format', 'A WFDB record of several segments.');
  const signals = Number(fields[1]);
  if (signals > maximumSignals)
    throw new SystoleError('header_value', `Line ${line}: more than ${maximumSignals} signals.`);

  // fs[/counter frequency[(base counter)]]: the counter numbers the pages of a recorder and is of no use here.
  const rateField = fields[2] ?? '250';
  const rateText = /^([^/(]+)(?:\/[^/(]+(?:\([^)]+\))?)?$/.exec(rateField)?.[1];
  const rate = rateText === undefined ? undefined : parseDecimal(rateText);
  if (rate === undefined) throw new SystoleError('header_syntax', `Line ${line}: the sampling frequency.`);
  if (!(rate > 0 && rate <= 1e6))
    throw new SystoleError('header_value', `Line ${line}: the sampling frequency.`);

  const framesField = fields[3] ?? '0';
  if (!/^\d{1,15}$/.test(framesField))
    throw new SystoleError('header_syntax', `Line ${line}: the number of samples.`);
  const frames = Number(framesField);

  // Time comes before date in header(5), and after it in the challenge's headers.
  const rest = fields.slice(4);
  return {
    record: name[1]!.replace(/\.mat$/i, ''),
    signals,
    rate,
    frames: frames === 0 ? undefined : frames,
    startTime: rest.map(readTime).find((time) => time !== undefined),
    startDate: rest.map(readDate).find((date) => date !== undefined),
  };
}

/** The format field of a signal line: format[xsamples][:skew][+offset]. */
type Storage = Pick<WfdbSignal, 'format' | 'samplesPerFrame' | 'skew' | 'byteOffset'>;

function parseStorage(text: string): Storage | undefined {
  const match = /^(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,12}))?$/.exec(text);
  if (!match) return undefined;
  return {
    format: Number(match[1]),
    samplesPerFrame: Number(match[2] ?? 1),
    skew: Number(match[3] ?? 0),
    byteOffset: Number(match[4] ?? 0),
  };
}

/** The gain field of a signal line: gain[(baseline)][/unit]. */
interface Gain {
  readonly gain: number;
  readonly baseline: number | undefined;
  readonly unit: string;
}

function parseGain(text: string): Gain | undefined {
  const match = /^([^(/]*)(?:\(([^)]*)\))?(?:\/(\S+))?$/.exec(text);
  if (!match) return undefined;
  const gain = match[1] === '' ? 0 : parseDecimal(match[1]!);
  const baseline = match[2] === undefined ? undefined : parseInteger(match[2]);
  if (gain === undefined || (match[2] !== undefined && baseline === undefined)) return undefined;
  return { gain, baseline, unit: match[3] ?? 'mV' };
}

/** Fields that have been parsed: the signals of a record mostly have them in common. */
interface KnownFields {
  readonly storages: Map<string, Storage | undefined>;
  readonly gains: Map<string, Gain | undefined>;
}

function known<T>(results: Map<string, T>, text: string, parse: (text: string) => T): T {
  if (!results.has(text)) results.set(text, parse(text));
  return results.get(text)!;
}

function parseSignalLine(text: string, line: number, { storages, gains }: KnownFields): WfdbSignal {
  const fields = text.trim().split(/\s+/);
  const [file, formatField, gainField, resolutionField, zeroField, initialField, checksumField, blockField] =
    fields;
  if (file === undefined || formatField === undefined)
    throw new SystoleError('header_syntax', `Line ${line}: a signal line needs a file and a format.`);

  const storage = known(storages, formatField, parseStorage);
  if (!storage) throw new SystoleError('header_syntax', `Line ${line}: the storage format.`);
  const { format } = storage;
  if (unsupportedSampleFormats.has(format))
    throw new SystoleError('unsupported_format', `WFDB signals stored in format ${format}.`);
  if (!sampleFormats.has(format) && format !== 0)
    throw new SystoleError('header_value', `Line ${line}: there is no storage format ${format}.`);
  if (file === '-' || file.startsWith('/dev/'))
    throw new SystoleError('unsupported_format', 'A WFDB signal read from a pipe or a tape.');
  if (format !== 0 && (file.includes('/') || file.includes('\\') || file === '.' || file === '..'))
    throw new SystoleError('header_value', `Line ${line}: the signal file is in another folder.`);
  if (storage.samplesPerFrame === 0)
    throw new SystoleError('header_value', `Line ${line}: samples per frame.`);

  const gain = known(gains, gainField ?? '0', parseGain);
  if (!gain) throw new SystoleError('header_syntax', `Line ${line}: the gain.`);
  if (!Number.isFinite(gain.gain)) throw new SystoleError('header_value', `Line ${line}: the gain.`);

  const adcZero = integerOf(zeroField, line, 'ADC zero') ?? 0;
  return {
    file,
    format,
    samplesPerFrame: storage.samplesPerFrame,
    skew: storage.skew,
    byteOffset: storage.byteOffset,
    gain: gain.gain === 0 ? 200 : gain.gain,
    calibrated: gain.gain !== 0,
    baseline: gain.baseline ?? adcZero,
    unit: gain.unit,
    adcResolution: integerOf(resolutionField, line, 'ADC resolution') ?? 0,
    adcZero,
    initialValue: integerOf(initialField, line, 'initial value'),
    checksum: integerOf(checksumField, line, 'checksum'),
    blockSize: integerOf(blockField, line, 'block size') ?? 0,
    description: fields.length === 9 ? fields[8]! : fields.slice(8).join(' '),
  };
}

function integerOf(field: string | undefined, line: number, name: string): number | undefined {
  if (field === undefined) return undefined;
  const value = parseInteger(field);
  if (value === undefined) throw new SystoleError('header_syntax', `Line ${line}: the ${name}.`);
  return value;
}

function parseDecimal(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : undefined;
}

/** An optional sign and one to twelve digits. By hand: a header has five of them a signal. */
function parseInteger(text: string): number | undefined {
  const first = text.charCodeAt(0);
  const start = first === plus || first === minus ? 1 : 0;
  if (text.length === start || text.length > start + 12) return undefined;
  let value = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return first === minus ? -value : value;
}

const [plus, minus, zero] = ['+', '-', '0'].map((sign) => sign.charCodeAt(0)) as [number, number, number];

function readTime(text: string): string | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/.exec(text);
  return match ? `${match[1]!.padStart(2, '0')}:${match[2]}:${match[3] ?? '00'}` : undefined;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function readDate(text: string): string | undefined {
  const match = /^(\d{1,2})[/-](\d{1,2}|[A-Za-z]{3})[/-](\d{4})$/.exec(text);
  if (!match) return undefined;
  const named = months.indexOf(match[2]!.toLowerCase());
  const month = named >= 0 ? named + 1 : Number(match[2]);
  if (!(month >= 1 && month <= 12)) return undefined;
  return `${match[3]}-${String(month).padStart(2, '0')}-${match[1]!.padStart(2, '0')}`;
}
