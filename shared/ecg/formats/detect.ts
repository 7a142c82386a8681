import { mat4Header } from './mat4.ts';

/**
 * What a file of the electrocardiogram side is. `unsupported`: an electrocardiogram format that Systole knows and does
 * not read (HL7 aECG, GE MUSE, Philips Sierra, SCP-ECG, EDF, MATLAB 5 and 7.3). `unknown` includes plain WFDB signal
 * files: they have no mark, only the header that names them says what they are.
 */
export type EcgFormat = 'wfdb-header' | 'mat4' | 'pe-xml' | 'labels-csv' | 'unsupported' | 'unknown';

/**
 * Says from its first bytes what a file is, never from its name.
 *
 * @param head the beginning of the file; 4096 bytes are enough for every format but XML, which may hold much before its
 * `<rhythm>`.
 */
export function detectEcgFormat(head: Uint8Array): EcgFormat {
  const matrix = mat4Header(head);
  if (matrix !== undefined) return matrix.name === 'val' ? 'mat4' : 'unsupported';
  const text = textOf(head);
  if (text === undefined) return isForeignBinary(head) ? 'unsupported' : 'unknown';
  if (text.startsWith('0       ') || text.startsWith('MATLAB 5.0 MAT-file')) return 'unsupported';
  if (/^\s*</.test(text)) {
    if (/<rhythm[\s>]/.test(text)) return 'pe-xml';
    return /<(?:\w+:)?(?:AnnotatedECG|RestingECG|restingecgdata)[\s>]/.test(text) ? 'unsupported' : 'unknown';
  }
  // The last line may be cut.
  const lines = text.split(/\r\n|\n|\r/);
  if (isWfdbHeader(lines)) return 'wfdb-header';
  if (isLabels(lines)) return 'labels-csv';
  return 'unknown';
}

/** The bytes as text, or undefined when they hold control characters; UTF-16 is told by its byte-order mark. */
function textOf(head: Uint8Array): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le').decode(head);
  for (const byte of head) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return undefined;
  return new TextDecoder().decode(head);
}

function isForeignBinary(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 32));
  return (
    text.startsWith('MATLAB 5.0 MAT-file') ||
    text.startsWith('\u0089HDF\r\n') ||
    text.slice(16, 22) === 'SCPECG' ||
    text.startsWith('0       ')
  );
}

const recordLine =
  /^[^\s/,;]+(?:\/\d+)?[ \t]+\d{1,4}(?:[ \t]+[\d.]+(?:e[+-]?\d+)?(?:\/\S+)?(?:[ \t]+\d+.*)?)?[ \t]*$/i;
const signalLine = /^\S+[ \t]+\d{1,4}(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:[ \t].*)?$/;
const segmentLine = /^\S+[ \t]+\d+[ \t]*$/;

function isWfdbHeader(lines: readonly string[]): boolean {
  const [first, second] = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (first === undefined || !recordLine.test(first)) return false;
  return second !== undefined && (signalLine.test(second) || segmentLine.test(second));
}

/** A table that starts with a record column, or the headless `file;0` lines of the pulmonary-embolism system. */
function isLabels(lines: readonly string[]): boolean {
  if (/^\s*"?(?:record|file|filename|filename_hr|ecg_id)"?\s*[,;]/i.test(lines[0]!)) return true;
  const whole = lines.slice(0, lines.length > 1 ? -1 : undefined).filter((line) => line.trim() !== '');
  return whole.length > 0 && whole.every((line) => /^[^;,]+;\s*[01]\s*$/.test(line));
}
