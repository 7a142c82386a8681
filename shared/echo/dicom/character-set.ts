/** Single-byte and whole-string sets: defined term of (0008,0005), PS3.3 C.12.1.1.2, to its WHATWG name. */
const labels: Record<string, string> = {
  'ISO_IR 6': 'iso-8859-1',
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 58': 'gbk',
  'ISO_IR 87': 'iso-2022-jp',
  'ISO_IR 149': 'euc-kr',
  'ISO_IR 159': 'iso-2022-jp',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** Escape sequences of ISO 2022 (PS3.3 tables C.12-3 and C.12-4) to the set that they call. */
const escapes: readonly (readonly [string, string])[] = [
  ['(B', 'iso-8859-1'],
  ['-A', 'iso-8859-1'],
  ['-B', 'iso-8859-2'],
  ['-C', 'iso-8859-3'],
  ['-D', 'iso-8859-4'],
  ['-L', 'iso-8859-5'],
  ['-G', 'iso-8859-6'],
  ['-F', 'iso-8859-7'],
  ['-H', 'iso-8859-8'],
  ['-M', 'windows-1254'],
  ['-b', 'iso-8859-15'],
  ['-T', 'windows-874'],
  [')I', 'shift_jis'],
  ['(J', 'shift_jis'],
  ['$B', 'jis-x-0208'],
  ['$@', 'jis-x-0208'],
  ['$(D', 'jis-x-0212'],
  ['$)C', 'euc-kr'],
  ['$)A', 'gbk'],
];

const escapeByte = 0x1b;
const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

function decode(label: string, bytes: Uint8Array): string {
  let decoder = decoders.get(label);
  if (decoder === undefined) decoders.set(label, (decoder = new TextDecoder(label)));
  return decoder.decode(bytes);
}

/** A JIS X 0208 or 0212 run in G0: both bytes get their high bit, which is EUC-JP (0212 with the prefix 8F). */
function decodeJis(set: string, bytes: Uint8Array): string {
  const prefix = set === 'jis-x-0212';
  const euc: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    // A delimiter between two names of a person is ASCII and stands alone.
    if (bytes[i]! < 0x21) {
      euc.push(bytes[i--]!);
      continue;
    }
    if (prefix) euc.push(0x8f);
    euc.push(bytes[i]! | 0x80, bytes[i + 1]! | 0x80);
  }
  return decode('euc-jp', Uint8Array.from(euc));
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80 || byte === escapeByte) return false;
  return true;
}

/**
 * Text of a value under the terms of Specific Character Set (0008,0005). Unknown terms, and bytes that their set does
 * not know, come out as replacement characters; it never throws.
 */
export function decodeText(bytes: Uint8Array, terms: readonly string[]): string {
  if (isAscii(bytes)) return decode('iso-8859-1', bytes);
  const first = labels[(terms[0] ?? '').replace(/^ISO[ _]2022 IR/, 'ISO_IR').replace(/^ISO-IR/, 'ISO_IR')];
  const initial = first ?? 'iso-8859-1';
  if (!bytes.includes(escapeByte)) return decode(initial, bytes);
  let text = '';
  let set = initial;
  let start = 0;
  for (let i = 0; i <= bytes.length; i++) {
    if (i < bytes.length && bytes[i] !== escapeByte) continue;
    const run = bytes.subarray(start, i);
    text += set.startsWith('jis-') ? decodeJis(set, run) : decode(set, run);
    if (i === bytes.length) break;
    const rest = decode('iso-8859-1', bytes.subarray(i + 1, i + 4));
    const called = escapes.find(([sequence]) => rest.startsWith(sequence));
    set = called?.[1] ?? initial;
    start = i + 1 + (called?.[0].length ?? 0);
  }
  return text;
}
