/**
 * The text of a file that says by a byte-order mark how it is encoded (UTF-8, UTF-16 as Windows writes it), or, without one,
 * is encoded as its format has it. The mark is left away.
 */
export function markedText(bytes: Uint8Array, otherwise: 'utf-8' | 'latin1'): string {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return new TextDecoder().decode(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  return new TextDecoder(otherwise).decode(bytes);
}
