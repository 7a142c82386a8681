/** Beginnings of files that are no signal: pictures, archives, documents, programs. */
const signatures: readonly (readonly number[])[] = [
  [0xff, 0xd8, 0xff], // JPEG
  [0x47, 0x49, 0x46, 0x38], // GIF
  [0x25, 0x50, 0x44, 0x46], // PDF
  [0x50, 0x4b, 0x03, 0x04], // ZIP
  [0x1f, 0x8b, 0x08], // gzip
  [0x42, 0x5a, 0x68], // bzip2
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], // xz
  [0x7f, 0x45, 0x4c, 0x46], // ELF
  [0x4d, 0x5a, 0x90, 0x00], // PE
];

/** Whether the first bytes are those of a format that holds no recording. */
export const knownElsewhere = (first: Uint8Array): boolean =>
  signatures.some((signature) => signature.every((byte, index) => first[index] === byte));

/** No control characters: text of some kind, which no signal file is. */
export const isText = (first: Uint8Array): boolean =>
  first.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13 || byte === 12);

/** An experiment has its net and its classes as keys of the outermost mapping. */
export function looksLikeExperiment(first: Uint8Array): boolean {
  if (!isText(first)) return false;
  const text = new TextDecoder().decode(first);
  return /^net:/m.test(text) && /^(?:classes|preprocessing|optimizer):/m.test(text);
}

/** A CSV of labelled pictures (see docs/models.md) has a column `image` or `patient` beside others. */
export function looksLikePictureTable(first: Uint8Array): boolean {
  if (!isText(first)) return false;
  const [head = ''] = new TextDecoder().decode(first).split(/\r?\n/, 1);
  const columns = head.split(/[,;]/).map((cell) => cell.trim().toLowerCase());
  return columns.length > 1 && columns.some((column) => column === 'image' || column === 'patient');
}
